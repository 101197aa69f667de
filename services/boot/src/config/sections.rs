//! The sections of options, one struct for each; a role takes those that it needs.

mod cluster;
mod courtesy;
mod draining;
mod fetching;
mod listening;
mod logging;
mod storing;
mod working;

pub use cluster::{Addresses, Cluster, HalfACluster};
pub use courtesy::Courtesy;
pub use draining::Draining;
pub use fetching::Fetching;
pub use listening::Listening;
pub use logging::Logging;
pub use storing::Storing;
pub use working::Working;

/// Where the file with options is.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigFile {
    /// A TOML file with options: the long names, `_` for `-`. Flags and environment go before it; no file is read
    /// unless it is named.
    #[arg(long, env = "TALLY_CONFIG", value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
}
