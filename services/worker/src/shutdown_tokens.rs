//! The two steps of a graceful shutdown.

use tokio_util::sync::CancellationToken;

/// Cancelled one after the other when a process ends.
#[derive(Clone, Debug, Default)]
pub struct ShutdownTokens {
    /// From now on no new work starts.
    pub drain: CancellationToken,
    /// From now on nothing waits for running jobs.
    pub give_up: CancellationToken,
}
