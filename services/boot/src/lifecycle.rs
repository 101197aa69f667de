//! Graceful shutdown by signals: the first signal drains the process, the second ends it at once.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status of an interrupted process: 128 plus the number of SIGINT, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// Catches SIGINT and SIGTERM, so that they no longer end the process by themselves.
#[derive(Debug)]
pub struct ShutdownSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl ShutdownSignals {
    /// Starts to catch SIGINT and SIGTERM. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The system cannot install a handler.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Cancels `drain` at the first signal, and exits with [`INTERRUPTED`] at the second.
    pub async fn shut_down(mut self, drain: CancellationToken) {
        self.next().await;
        drain.cancel();
        self.next().await;
        std::process::exit(i32::from(INTERRUPTED));
    }

    /// Returns at the next signal.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
