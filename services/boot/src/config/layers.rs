//! Lays the file under flags and environment, and tells where each value came from.
//!
//! A value of the file becomes the default of its option, so that one parser reads and judges all of them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::file::{File, FileError};

/// The id of the option that names the file; it is no key of the file itself.
const CONFIG: &str = "config";

/// Why there are no options.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The command line is wrong, or asks for help: clap's own text and exit status.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] FileError),
}

/// A parsed command line with its file.
#[derive(Debug)]
pub struct Layered {
    /// All values, for `FromArgMatches`.
    pub matches: ArgMatches,
    command: Command,
    file: Option<File>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the command line.
    Flag,
    /// From this environment variable.
    Environment(String),
    /// From this file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

/// An option as it is in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Its name, as in the file.
    pub key: String,
    /// Its values; empty when it has none.
    pub values: Vec<String>,
    /// Who said so.
    pub origin: Origin,
}

/// Parses a command line, the environment, and the file that the (sub)command's `--config` names.
///
/// # Errors
/// A wrong command line, `--help` and `--version` (as clap reports them), or a wrong file.
pub fn parse(command: Command, args: impl IntoIterator<Item = OsString>) -> Result<Layered, ConfigError> {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = command.clone().try_get_matches_from(&args)?;
    let path = path_of(&matches);
    let Some(named) = config_path(innermost(&matches)) else {
        return Ok(Layered { matches, command: descend(command, &path), file: None });
    };
    let file = File::read(&named)?;
    check(&file, &descend(command.clone(), &path))?;
    let command = at(command, &path, |inner| laid_under(inner, &file));
    let matches = command.clone().try_get_matches_from(&args)?;
    Ok(Layered { matches, command: descend(command, &path), file: Some(file) })
}

impl Layered {
    /// Every option that may stand in a file, as it is in effect, in the order of the help.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        let matches = innermost(&self.matches);
        self.command.get_arguments().filter(|arg| is_key(arg)).map(|arg| self.one(arg, matches)).collect()
    }

    fn one(&self, arg: &Arg, matches: &ArgMatches) -> Effective {
        let key = key_of(arg);
        let id = arg.get_id().as_str();
        let raw = matches.get_raw(id).into_iter().flatten();
        let hidden = arg.is_hide_env_values_set();
        let value = |raw: &std::ffi::OsStr| {
            if hidden { "(hidden)".into() } else { raw.to_string_lossy().into_owned() }
        };
        let origin = match (matches.value_source(id), &self.file) {
            (Some(ValueSource::CommandLine), _) => Origin::Flag,
            (Some(ValueSource::EnvVariable), _) => {
                Origin::Environment(arg.get_env().unwrap_or_default().to_string_lossy().into_owned())
            }
            (_, Some(file)) if file.get(&key).is_some() => Origin::File(file.path.clone()),
            _ => Origin::Default,
        };
        Effective { key, values: raw.map(value).collect(), origin }
    }
}

/// The names of the subcommands that were chosen, the outermost first.
fn path_of(matches: &ArgMatches) -> Vec<String> {
    let mut path = Vec::new();
    let mut matches = matches;
    while let Some((name, inner)) = matches.subcommand() {
        path.push(name.to_owned());
        matches = inner;
    }
    path
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| innermost(inner))
}

fn config_path(matches: &ArgMatches) -> Option<PathBuf> {
    matches.try_get_one::<PathBuf>(CONFIG).ok().flatten().cloned()
}

fn descend(command: Command, path: &[String]) -> Command {
    let mut command = command;
    // Builds the tree, so that options shared with subcommands are in all of them.
    command.build();
    for name in path {
        command = command.find_subcommand(name).cloned().unwrap_or(command);
    }
    command
}

fn at(command: Command, path: &[String], change: impl FnOnce(Command) -> Command) -> Command {
    match path {
        [] => change(command),
        [name, rest @ ..] => command.mut_subcommand(name, |inner| at(inner, rest, change)),
    }
}

/// Whether an option may stand in a file: every one that an environment variable may set, but the file's own.
fn is_key(arg: &Arg) -> bool {
    arg.get_env().is_some() && arg.get_id() != CONFIG
}

fn key_of(arg: &Arg) -> String {
    arg.get_long().unwrap_or(arg.get_id().as_str()).replace('-', "_")
}

fn check(file: &File, command: &Command) -> Result<(), FileError> {
    let options: Vec<&Arg> = command.get_arguments().filter(|arg| is_key(arg)).collect();
    for (key, values) in &file.entries {
        let Some(arg) = options.iter().find(|arg| key_of(arg) == *key) else {
            return Err(file.unknown(key, options.iter().map(|arg| key_of(arg)).collect()));
        };
        judge(arg, values).map_err(|said| FileError::BadValue {
            path: file.path.clone(),
            key: key.clone(),
            said,
        })?;
    }
    Ok(())
}

/// Has clap itself judge the values, by a command of this one option.
fn judge(arg: &Arg, values: &[String]) -> Result<(), String> {
    let alone = (*arg).clone().env(None::<&str>).default_values(values).required(false);
    let parsed = Command::new("file").no_binary_name(true).arg(alone).try_get_matches_from(None::<OsString>);
    parsed.map(drop).map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

fn laid_under(command: Command, file: &File) -> Command {
    command.mut_args(|arg| match file.get(&key_of(&arg)) {
        Some(values) if is_key(&arg) => arg.default_values(values),
        _ => arg,
    })
}

#[cfg(test)]
mod tests;
