//! The command line: the list of commands. Each command's options are in its own file.

use clap::{CommandFactory, Parser, Subcommand};
use tally_count::Definition;

use crate::commands::{action, archive, config, count, doctor, get, migrate, shell, submit, watch};
use crate::exit;
use crate::roles::serve;

/// Count words by several definitions at once, here or as jobs of a server.
#[derive(Debug, Parser)]
#[command(name = "tally", arg_required_else_help = true, after_help = exit::COMMANDS_HELP)]
#[command(max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    Count(count::Args),
    Submit(submit::Args),
    Get(get::Get),
    List(get::List),
    Watch(watch::Args),
    /// Cancel queued or running jobs
    Cancel(action::Args),
    /// Run failed or cancelled jobs again
    Retry(action::Args),
    /// Delete jobs and the content submitted with them
    Delete(action::Args),
    Export(archive::Export),
    Import(archive::Import),
    Migrate(migrate::Args),
    Doctor(doctor::Args),
    #[command(subcommand)]
    Config(config::Config),
    Completions(shell::Completions),
    Man(shell::Man),
}

/// The whole command line.
pub(crate) fn command() -> clap::Command {
    let definitions: Vec<_> = Definition::ALL.iter().map(|one| one.versioned()).collect();
    let unicode = Definition::Unicode.versioned().trim_start_matches("unicode-");
    let ours = env!("CARGO_PKG_VERSION");
    Cli::command().version(format!("{ours}\nUnicode {unicode}\ncounts by {}", definitions.join(", ")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_valid() {
        super::command().debug_assert();
    }
}
