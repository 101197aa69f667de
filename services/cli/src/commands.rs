//! The commands. Each file has what one takes and what it does.

pub(crate) mod amend;
pub(crate) mod archive;
pub(crate) mod config;
pub(crate) mod count;
pub(crate) mod doctor;
pub(crate) mod get;
mod jobs;
pub(crate) mod migrate;
pub(crate) mod shell;
pub(crate) mod submit;
pub(crate) mod watch;

use tally_boot::config::LayeredConfig;

use self::amend::Order;
use crate::args::{Cli, Command};
use crate::exit::Exit;
use crate::roles::serve;
use crate::trouble::Trouble;

/// Runs the chosen one.
pub(crate) fn run(cli: &Cli, layered: &LayeredConfig) -> Result<Exit, Trouble> {
    #[cfg(not(feature = "cluster"))]
    crate::roles::standalone::refuse_cluster(&layered.matches)?;
    match &cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Count(args) => count::run(args),
        Command::Submit(args) => submit::run(args),
        Command::Get(args) => get::get(args),
        Command::List(args) => get::list(args),
        Command::Watch(args) => watch::run(args),
        Command::Cancel(args) => amend::run(Order::Cancel, args),
        Command::Retry(args) => amend::run(Order::Retry, args),
        Command::Delete(args) => amend::run(Order::Delete, args),
        Command::Export(args) => archive::export(args),
        Command::Import(args) => archive::import(args),
        Command::Migrate(args) => migrate::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Config(args) => config::run(args, layered),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}
