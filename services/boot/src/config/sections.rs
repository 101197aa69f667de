//! The sections of options, one struct each. A role uses the sections that it needs.

mod cluster_options;
mod drain_options;
mod fetch_options;
mod listen_options;
mod log_options;
mod per_host_limit;
mod store_options;
mod worker_options;

pub use cluster_options::{ClusterAddresses, ClusterOptions, IncompleteClusterConfig};
pub use drain_options::DrainOptions;
pub use fetch_options::FetchOptions;
pub use listen_options::ListenOptions;
pub use log_options::LogOptions;
pub use per_host_limit::PerHostLimit;
pub use store_options::StoreOptions;
pub use worker_options::WorkerOptions;

/// The option that names the file.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigFile {
    /// A TOML file with options, by their long names with `_` for `-`. Flags and environment override it. Without
    /// this option no file is read.
    #[arg(long, env = "TALLY_CONFIG", value_name = "FILE")]
    pub config: Option<std::path::PathBuf>,
}
