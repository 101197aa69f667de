//! `tally migrate`: converts the database of a cluster from an earlier format to this version's.

use crate::command_error::CommandError;
use crate::exit::Exit;
#[cfg(feature = "cluster")]
use crate::{
    client,
    composition::SystemDeps,
    roles::startup_error,
    screen::{self, Progress},
};

/// Convert the database of a cluster to the format of this version
///
/// Stop every tally-api and tally-worker first. If it stops early, run it again: it continues, and a second run changes
/// nothing. A data folder needs no command: its server converts it when it starts.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of MongoDB, such as mongodb://user:password@host:27017/tally
    #[arg(long, env = "MONGODB_URI", value_name = "URI", hide_env_values = true)]
    mongodb_uri: String,
}

#[cfg(feature = "cluster")]
pub(crate) fn run(args: &Args) -> Result<Exit, CommandError> {
    client::run(migrate(args), || vec!["run the same again to continue".to_owned()])
}

/// The address is required, and was refused before.
#[cfg(not(feature = "cluster"))]
pub(crate) fn run(_: &Args) -> Result<Exit, CommandError> {
    Err(CommandError::new(Exit::Usage, "this tally was built without the cluster"))
}

#[cfg(feature = "cluster")]
async fn migrate(args: &Args) -> Result<Exit, CommandError> {
    let clock = SystemDeps::new().clock;
    let options = tally_mongo::Options::at(&args.mongodb_uri);
    let progress = Progress::of_items(0);
    let reach = |done, total| progress.set(done, total);
    let migrated = tally_mongo::migrate(options, clock, tally_wordcount::legacy::read_document, reach).await;
    drop(progress);
    let migrated = migrated.map_err(|error| startup_error::of_migration(&error))?;
    let (converted, unchanged) = (migrated.converted, migrated.unchanged);
    screen::info(format_args!("converted {converted} jobs; {unchanged} had this format already"));
    Ok(Exit::Ok)
}
