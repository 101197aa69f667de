//! Why a parser process ended without an outcome: a limit or a crash.
//!
//! The cause follows from its exit status and from what the Rust runtime writes to stderr when it aborts.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use tally_jobs::failure::{Failure, FailureType};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;

use super::{SandboxLimits, over_limit};

/// The signal of a process that used up its processor time; the same number on Linux and macOS.
const SIGXCPU: i32 = 24;

/// The signal of the kernel's OOM killer, or of an operator.
const SIGKILL: i32 = 9;

/// How much of its stderr is read, in bytes.
const MAX_STDERR: u64 = 4096;

/// Waits for a parser that sent no outcome, and returns the failure that its exit means.
pub(super) async fn failure_of_exit(
    child: &mut Child,
    stderr: impl AsyncRead + Unpin,
    limits: &SandboxLimits,
) -> Failure {
    let mut written = Vec::new();
    let _ = stderr.take(MAX_STDERR).read_to_end(&mut written).await;
    match child.wait().await {
        Ok(status) => failure_of(status, &String::from_utf8_lossy(&written), limits),
        Err(_) => crashed("it cannot be told how"),
    }
}

fn failure_of(status: ExitStatus, stderr: &str, limits: &SandboxLimits) -> Failure {
    // Rust writes this before it aborts because an allocation failed.
    if stderr.contains("memory allocation of") {
        return over_limit(format!("more than {} bytes of memory", limits.memory_bytes));
    }
    match status.signal() {
        Some(SIGXCPU) => over_limit(format!("more than {} s of processor time", limits.cpu.as_secs())),
        Some(signal) if stderr.contains("overflowed its stack") => {
            crashed(&format!("it is nested too deeply, signal {signal}"))
        }
        // The worker does not ask for the cause after it killed the parser itself.
        Some(SIGKILL) => crashed("it was killed, most likely for want of memory"),
        Some(signal) => crashed(&format!("signal {signal}")),
        None => crashed(&format!("{status}")),
    }
}

/// The failure of a crash, which another attempt may avoid.
pub(super) fn crashed(how: &str) -> Failure {
    let detail = format!("this document crashed the process that read it ({how}); send a simpler document");
    Failure::new(FailureType::CRASHED_WORKER, detail)
}
