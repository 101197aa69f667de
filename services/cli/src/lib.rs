//! Wiring, roles and the commands of `tally`.
//!
//! The only crate that names every other one of ours. Which boxes are plugged together is decided in `wire` alone;
//! the commands that talk to a server know its HTTP contract and nothing of what is behind it.

#![cfg_attr(
    not(feature = "cluster"),
    expect(dead_code, reason = "some of what the roles share serves those of a cluster alone")
)]

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

#[cfg(feature = "cluster")]
use clap::CommandFactory;
use clap::FromArgMatches;
use tally_boot::config::{self, ConfigError, LayeredConfig};

use crate::args::Cli;
use crate::exit::Exit;
use crate::trouble::Trouble;

/// Runs `tally` and says with what status the process should end.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse_or(args, |args| run(args::command(), args, |cli: &Cli, layered| commands::run(cli, layered)))
}

/// Runs `tally-api`, the API of a cluster, and says with what status the process should end.
#[cfg(feature = "cluster")]
pub fn api(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(roles::api::Args::command(), args, |args, _| roles::api::run(args))
}

/// Runs `tally-worker`, a worker of a cluster, and says with what status the process should end.
#[cfg(feature = "cluster")]
pub fn worker(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse_or(args, |args| run(roles::worker::command(), args, |args, _| roles::worker::run(args)))
}

/// Does what else there is to do, unless this process is the child of another one of ours, born to read one document.
fn parse_or(
    args: impl IntoIterator<Item = OsString>,
    run: impl FnOnce(Vec<OsString>) -> ExitCode,
) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    match args.as_slice() {
        [_, only] if only == tally_worker::PARSER => match tally_worker::parse_document() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        },
        _ => run(args),
    }
}

/// Parses a command line with its file, does what it says, and tells trouble.
fn run<A: FromArgMatches>(
    command: clap::Command,
    args: impl IntoIterator<Item = OsString>,
    act: impl FnOnce(&A, &LayeredConfig) -> Result<Exit, Trouble>,
) -> ExitCode {
    let acted = match config::parse(command, args) {
        Ok(layered) => match A::from_arg_matches(&layered.matches) {
            Ok(args) => act(&args, &layered),
            Err(said) => Ok(usage(&said)),
        },
        Err(ConfigError::Usage(said)) => Ok(usage(&said)),
        Err(ConfigError::File(error)) => Err(Trouble::new(Exit::Configuration, error.to_string())),
    };
    let exit = acted.unwrap_or_else(|trouble| {
        screen::complain(&trouble);
        trouble.exit()
    });
    exit.into()
}

/// Prints what clap has to say: help and version on stdout, complaints on stderr.
fn usage(said: &clap::Error) -> Exit {
    // A closed stdout is no reason to complain about a help text.
    let _ = said.print();
    if said.use_stderr() { Exit::Usage } else { Exit::Ok }
}
