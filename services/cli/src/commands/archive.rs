//! `tally export` and `tally import`: jobs, whole, out of one store and into another.
//!
//! A job's line comes first, then the pieces of its body, so that an import which knows the job already passes over both.
//! Before all of them stands the secret of idempotency keys.

mod export;
mod home;
mod import;

use std::path::PathBuf;

pub(crate) use self::export::export;
pub(crate) use self::import::import;

/// Write all jobs as lines of text
///
/// One line of JSON for each job: what was submitted, its state, its result; then one for each deleted job whose id is
/// still remembered. A running job is written as a waiting one. The first line is a secret: what the ids of jobs with an
/// idempotency key are derived with.
/// Give the data folder of a stopped server, or nothing and set MONGODB_URI for a cluster.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// A data folder; without one, the cluster
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// Where the lines go, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,

    #[command(flatten)]
    cluster: Store,
}

/// Take in jobs that an export wrote
///
/// A job whose id is known, or was, is passed over: repeating an import changes nothing. What waited there waits here,
/// and is run. Keys of idempotency come along into a store that has never been used; any other keeps its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// A data folder; without one, the cluster
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,

    /// Where the lines come from, or - for standard input
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    input: PathBuf,

    #[command(flatten)]
    cluster: Store,
}

/// Where the jobs of a cluster are. No broker is needed to move them.
#[derive(Debug, clap::Args)]
struct Store {
    /// Where MongoDB is, as in mongodb://user:password@host:27017/tally
    #[arg(long, env = "MONGODB_URI", value_name = "URI", hide_env_values = true)]
    mongodb_uri: Option<String>,
}
