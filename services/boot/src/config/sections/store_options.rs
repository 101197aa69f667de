//! Where the embedded store keeps its files.

use std::path::PathBuf;

/// Options of the embedded store.
#[derive(Clone, Debug, clap::Args)]
pub struct StoreOptions {
    /// Folder of the store and the queue; created if it does not exist
    #[arg(long, env = "TALLY_DATA", value_name = "FOLDER", default_value = "./tally-data")]
    pub data: PathBuf,
}
