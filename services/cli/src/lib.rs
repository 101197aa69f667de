//! Composition, roles and the commands of `tally`.
//!
//! The only crate that depends on every other one. Only `composition` connects the use cases to their adapters. The
//! commands that call a server know only its HTTP contract.

#![cfg_attr(
    not(feature = "cluster"),
    expect(dead_code, reason = "some of what the roles share serves those of a cluster alone")
)]

mod args;
mod client;
mod command_error;
mod commands;
mod composition;
mod exit;
mod observe;
mod roles;
mod screen;

use std::ffi::OsString;
use std::process::ExitCode;

#[cfg(feature = "cluster")]
use clap::CommandFactory;
use clap::FromArgMatches;
use tally_boot::config::{self, ConfigError, LayeredConfig};

use crate::args::Cli;
use crate::command_error::CommandError;
use crate::exit::Exit;

/// Runs `tally` and returns the exit status.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse_or(args, |args| run(args::command(), args, |cli: &Cli, layered| commands::run(cli, layered)))
}

/// Runs `tally-api`, the API of a cluster, and returns the exit status.
#[cfg(feature = "cluster")]
pub fn api(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    run(roles::api::Args::command(), args, |args, _| roles::api::run(args))
}

/// Runs `tally-worker`, a worker of a cluster, and returns the exit status.
#[cfg(feature = "cluster")]
pub fn worker(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    parse_or(args, |args| run(roles::worker::command(), args, |args, _| roles::worker::run(args)))
}

/// Calls `run`, unless this process is the sandboxed parser of one document that another Tally process started.
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

/// Parses a command line and its configuration file, calls `act`, and prints its error.
fn run<A: FromArgMatches>(
    command: clap::Command,
    args: impl IntoIterator<Item = OsString>,
    act: impl FnOnce(&A, &LayeredConfig) -> Result<Exit, CommandError>,
) -> ExitCode {
    let result = match config::parse(command, args) {
        Ok(layered) => match A::from_arg_matches(&layered.matches) {
            Ok(args) => act(&args, &layered),
            Err(error) => Ok(usage(&error)),
        },
        Err(ConfigError::Usage(error)) => Ok(usage(&error)),
        Err(ConfigError::File(error)) => Err(CommandError::new(Exit::Configuration, error.to_string())),
    };
    let exit = result.unwrap_or_else(|error| {
        screen::error(&error);
        error.exit()
    });
    exit.into()
}

/// Prints clap's output: help and version on stdout, errors on stderr.
fn usage(error: &clap::Error) -> Exit {
    // A closed stdout is not an error for a help text.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Ok }
}
