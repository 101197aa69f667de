//! The commands. Each file has the options of a command and its code.

pub(crate) mod action;
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
use tally_jobs::state::JobAction;

use crate::args::{Cli, Command};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::roles::serve;

pub(crate) fn run(cli: &Cli, layered: &LayeredConfig) -> Result<Exit, CommandError> {
    #[cfg(not(feature = "cluster"))]
    crate::roles::standalone::refuse_cluster(&layered.matches)?;
    match &cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Count(args) => count::run(args),
        Command::Submit(args) => submit::run(args),
        Command::Get(args) => get::get(args),
        Command::List(args) => get::list(args),
        Command::Watch(args) => watch::run(args),
        Command::Cancel(args) => action::run(JobAction::Cancel, args),
        Command::Retry(args) => action::run(JobAction::Retry, args),
        Command::Delete(args) => action::run(JobAction::Delete, args),
        Command::Export(args) => archive::export(args),
        Command::Import(args) => archive::import(args),
        Command::Migrate(args) => migrate::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Config(args) => config::run(args, layered),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    }
}
