//! Wiring, roles and the commands of `tally`.
//!
//! The only crate that names every other one of ours. Which boxes are plugged together is decided in `wire` alone;
//! the commands that talk to a server know its HTTP contract and nothing of what is behind it.

mod args;
mod client;
mod commands;
mod exit;
mod observe;
mod roles;
mod screen;
mod trouble;
mod wire;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;
use tally_boot::config::{self, ConfigError};

use crate::args::Cli;
use crate::exit::Exit;
use crate::trouble::Trouble;

/// Runs the command line and says with what status the process should end.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match run(args) {
        Ok(exit) => exit.into(),
        Err(trouble) => {
            screen::complain(&trouble);
            trouble.exit().into()
        }
    }
}

fn run(args: impl IntoIterator<Item = OsString>) -> Result<Exit, Trouble> {
    let layered = match config::parse(args::command(), args) {
        Ok(layered) => layered,
        Err(ConfigError::Usage(said)) => return Ok(usage(&said)),
        Err(ConfigError::File(error)) => return Err(Trouble::new(Exit::Configuration, error.to_string())),
    };
    match Cli::from_arg_matches(&layered.matches) {
        Ok(cli) => commands::run(&cli, &layered),
        Err(said) => Ok(usage(&said)),
    }
}

/// Prints what clap has to say: help and version on stdout, complaints on stderr.
fn usage(said: &clap::Error) -> Exit {
    // A closed stdout is no reason to complain about a help text.
    let _ = said.print();
    if said.use_stderr() { Exit::Usage } else { Exit::Ok }
}
