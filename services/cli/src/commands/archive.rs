//! `tally export` and `tally import`: move complete jobs from one store to another.
//!
//! A job's line comes first, then the pieces of its body, so that an import that already has the job skips both. The
//! first line of a file is the secret of idempotency keys.

mod export;
mod import;
mod open_store;
mod output_file;

use std::path::PathBuf;

pub(crate) use self::export::export;
pub(crate) use self::import::import;

/// Write all jobs as lines of text
///
/// One line of JSON for each job: what was submitted, its state, its result; then one for each deleted job whose id is
/// still kept. A running job is written as a queued one. The first line is a secret, from which the ids of jobs with an
/// idempotency key are derived.
/// Give the data folder of a stopped server. For a cluster, give no folder and set MONGODB_URI.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// A data folder; without one, the cluster
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// The file to write, or - for standard output; a file appears only when it is finished
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,

    #[command(flatten)]
    cluster: ClusterStore,
}

/// Import jobs that an export wrote
///
/// Skips a job whose id the store has or had, so repeating an import changes nothing. A queued job is queued here, and
/// runs. Idempotency keys are imported only into a store that has never been used; any other keeps its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// A data folder; without one, the cluster
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// The file to read, or - for standard input
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    input: PathBuf,

    #[command(flatten)]
    cluster: ClusterStore,
}

/// The store of a cluster. Moving jobs needs no broker.
#[derive(Debug, clap::Args)]
struct ClusterStore {
    /// Address of MongoDB, such as mongodb://user:password@host:27017/tally
    #[arg(long, env = "MONGODB_URI", value_name = "URI", hide_env_values = true)]
    mongodb_uri: Option<String>,
}
