//! The sections of options, one struct each. A role uses the sections that it needs.

mod cluster;
mod draining;
mod fetching;
mod listening;
mod logging;
mod per_host_limit;
mod storing;
mod working;

pub use cluster::{Cluster, ClusterAddresses, IncompleteClusterConfig};
pub use draining::Draining;
pub use fetching::Fetching;
pub use listening::Listening;
pub use logging::Logging;
pub use per_host_limit::PerHostLimit;
pub use storing::Storing;
pub use working::Working;

/// The option that names the file.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigFile {
    /// A TOML file with options, by their long names with `_` for `-`. Flags and environment override it. Without
    /// this option no file is read.
    #[arg(long, env = "TALLY_CONFIG", value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
}
