//! How a process ends.

use super::super::Span;

/// Options of the drain.
#[derive(Clone, Debug, clap::Args)]
pub struct Draining {
    /// Longest that running jobs are waited for at the end; what is left runs again at the next start
    #[arg(long, env = "TALLY_DRAIN_TIMEOUT", value_name = "TIME", default_value = "25s")]
    pub drain_timeout: Span,
}
