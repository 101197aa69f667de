//! The two signals of a process's end: the first asks it to drain, the second to leave at once.
//!
//! Knows signals only; what draining means is for those who hold the token.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit status of a process that was interrupted: 128 and SIGINT, as shells report it.
pub const INTERRUPTED: u8 = 130;

/// Caught signals. From its making on, the first one no longer ends the process by itself.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Starts to catch SIGINT and SIGTERM. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the system has no room for a handler.
    pub fn catch() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Cancels `drain` at the first signal, and ends the process with [`INTERRUPTED`] at the second.
    pub async fn obey(mut self, drain: CancellationToken) {
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
