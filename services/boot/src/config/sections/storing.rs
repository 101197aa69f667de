//! Where jobs are kept.

use std::path::PathBuf;

/// Options of the embedded store.
#[derive(Clone, Debug, clap::Args)]
pub struct Storing {
    /// Folder of the store and the queue; made when it is not there
    #[arg(long, env = "TALLY_DATA", value_name = "FOLDER", default_value = "./tally-data")]
    pub data: PathBuf,
}
