//! The limit of concurrent fetches from one host.

/// Options of roles that run many jobs. A single fetch needs no limit.
#[derive(Clone, Debug, clap::Args)]
pub struct PerHostLimit {
    /// Maximum number of jobs in each process that fetch from one host (name and port) at once; others run later
    #[arg(long, env = "TALLY_FETCH_PER_HOST", value_name = "N", default_value = "8")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub fetch_per_host: u16,
}
