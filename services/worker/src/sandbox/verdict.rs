//! What became of a child that ended without a last word.
//!
//! Reads its exit and the little that the runtime writes when it gives up; a limit is told apart from a crash.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use tally_jobs::failure::{Failure, FailureKind};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;

use super::{SandboxLimits, over};

/// The signal of a process that has used up its processor time; the same on every Unix of ours.
const SIGXCPU: i32 = 24;

/// The signal of a process that the system, or its operator, has put an end to.
const SIGKILL: i32 = 9;

/// How much of what it wrote is looked at, in bytes.
const LAST_WORDS: u64 = 4096;

/// Waits for the end of a child that says nothing more, and tells what it means.
pub(super) async fn verdict(
    child: &mut Child,
    stderr: impl AsyncRead + Unpin,
    limits: &SandboxLimits,
) -> Failure {
    let mut said = Vec::new();
    let _ = stderr.take(LAST_WORDS).read_to_end(&mut said).await;
    match child.wait().await {
        Ok(status) => judged(status, &String::from_utf8_lossy(&said), limits),
        Err(_) => crashed("it cannot be told how"),
    }
}

fn judged(status: ExitStatus, said: &str, limits: &SandboxLimits) -> Failure {
    // What Rust writes before it aborts for want of memory.
    if said.contains("memory allocation of") {
        return over(format!("more than {} bytes of memory", limits.memory_bytes));
    }
    match status.signal() {
        Some(SIGXCPU) => over(format!("more than {} s of processor time", limits.cpu.as_secs())),
        Some(signal) if said.contains("overflowed its stack") => {
            crashed(&format!("it is nested too deeply, signal {signal}"))
        }
        // Not by us, who judge no child that we have killed.
        Some(SIGKILL) => crashed("it was killed, most likely for want of memory"),
        Some(signal) => crashed(&format!("signal {signal}")),
        None => crashed(&format!("{status}")),
    }
}

/// A failure that may be an accident of the moment.
pub(super) fn crashed(how: &str) -> Failure {
    let detail = format!("this document crashed the process that read it ({how}); send a simpler document");
    Failure::new(FailureKind::CrashedWorker, detail)
}
