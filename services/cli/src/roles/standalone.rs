//! The addresses of a cluster, for a program that was built without one: it takes them in order to refuse them.
//!
//! Without this, a server that should have joined a cluster would start on an empty folder.

use std::path::PathBuf;

use clap::ArgMatches;

use crate::command_error::CommandError;
use crate::exit::Exit;

/// What `tally serve` takes beside its options. With the cluster it does not have them: `tally-api` does.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ClusterAddresses {
    #[arg(long, env = "MONGODB_URI", hide = true, hide_env_values = true)]
    mongodb_uri: Option<String>,
    #[arg(long, env = "AMQP_URL", hide = true, hide_env_values = true)]
    amqp_url: Option<String>,
}

/// Refuses an address of a cluster, whether a flag, the environment or the file gave it. A command without such an
/// option ignores the environment, and so does one that is given a data folder to work on.
pub(crate) fn refuse_cluster(matches: &ArgMatches) -> Result<(), CommandError> {
    if let Some((_, inner)) = matches.subcommand() {
        return refuse_cluster(inner);
    }
    if matches!(matches.try_get_one::<PathBuf>("folder"), Ok(Some(_))) {
        return Ok(());
    }
    for (id, name) in [("mongodb_uri", "MONGODB_URI"), ("amqp_url", "AMQP_URL")] {
        let given = matches.try_get_one::<String>(id).ok().flatten();
        if given.is_some_and(|address| !address.is_empty()) {
            return Err(error(name));
        }
    }
    Ok(())
}

fn error(name: &str) -> CommandError {
    CommandError::new(Exit::Usage, format!("{name} is set, and this tally was built without the cluster"))
        .hint("build it with: cargo build --release -p tally-cli --features cluster")
        .hint(format!("for one machine without a cluster, unset {name}"))
}
