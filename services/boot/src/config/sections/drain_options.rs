//! How long a process waits for running jobs when it ends.

use super::super::HumanDuration;

/// Options of the drain.
#[derive(Clone, Debug, clap::Args)]
pub struct DrainOptions {
    /// Maximum time to wait for running jobs when the process ends; unfinished jobs run again at the next start
    #[arg(long, env = "TALLY_DRAIN_TIMEOUT", value_name = "TIME", default_value = "25s")]
    pub drain_timeout: HumanDuration,
}
