//! How many threads count documents.

use std::num::NonZeroUsize;

/// Options of the workers.
#[derive(Clone, Debug, clap::Args)]
pub struct WorkerOptions {
    /// Number of threads that count documents [default: one per core]
    #[arg(long, env = "TALLY_WORKERS", value_name = "N")]
    pub workers: Option<NonZeroUsize>,
}

impl WorkerOptions {
    /// The given number, or one thread for each core that this process may use.
    #[must_use]
    pub fn count(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.workers.unwrap_or_else(cores)
    }
}
