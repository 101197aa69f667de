//! Combines flags, environment and file, and remembers the origin of each value.
//!
//! A value of the file becomes the default of its option, so that clap validates all values alike.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::file::{ConfigFileError, ParsedConfigFile};

/// The id of the option that names the file. The file itself may not contain it.
const CONFIG: &str = "config";

/// The command line or the file is wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The command line is wrong, or asks for help or the version: with clap's text and exit status.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The file is wrong.
    #[error(transparent)]
    File(#[from] ConfigFileError),
}

/// A parsed command line with its file.
#[derive(Debug)]
pub struct LayeredConfig {
    /// All values, for `FromArgMatches`.
    pub matches: ArgMatches,
    command: Command,
    file: Option<ParsedConfigFile>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionOrigin {
    /// From the command line.
    Flag,
    /// From this environment variable.
    Environment(String),
    File(PathBuf),
    /// The option's default.
    Default,
}

/// An option with the values in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveOption {
    /// Its name in the file.
    pub key: String,
    /// Its values; empty when it has none.
    pub values: Vec<String>,
    /// Where its values come from.
    pub origin: OptionOrigin,
}

/// Parses a command line, the environment, and the file that the (sub)command's `--config` names.
///
/// # Errors
/// A wrong command line, `--help` and `--version` (as clap reports them), or a wrong file.
pub fn parse(
    command: Command,
    args: impl IntoIterator<Item = OsString>,
) -> Result<LayeredConfig, ConfigError> {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = command.clone().try_get_matches_from(&args)?;
    let path = path_of(&matches);
    let Some(file_path) = config_path(innermost(&matches)) else {
        return Ok(LayeredConfig { matches, command: descend(command, &path), file: None });
    };
    let file = ParsedConfigFile::read(&file_path)?;
    check(&file, &descend(command.clone(), &path))?;
    let command = change_subcommand(command, &path, |inner| with_file_defaults(inner, &file));
    let matches = command.clone().try_get_matches_from(&args)?;
    Ok(LayeredConfig { matches, command: descend(command, &path), file: Some(file) })
}

impl LayeredConfig {
    /// All options that a file may contain, in the order of the help.
    #[must_use]
    pub fn effective(&self) -> Vec<EffectiveOption> {
        let matches = innermost(&self.matches);
        self.command
            .get_arguments()
            .filter(|arg| is_key(arg) && !arg.is_hide_set())
            .map(|arg| self.effective_option(arg, matches))
            .collect()
    }

    fn effective_option(&self, arg: &Arg, matches: &ArgMatches) -> EffectiveOption {
        let key = key_of(arg);
        let id = arg.get_id().as_str();
        let raw = matches.get_raw(id).into_iter().flatten();
        let hidden = arg.is_hide_env_values_set();
        let value = |raw: &std::ffi::OsStr| {
            if hidden { "(hidden)".into() } else { raw.to_string_lossy().into_owned() }
        };
        let origin = match (matches.value_source(id), &self.file) {
            (Some(ValueSource::CommandLine), _) => OptionOrigin::Flag,
            (Some(ValueSource::EnvVariable), _) => {
                OptionOrigin::Environment(arg.get_env().unwrap_or_default().to_string_lossy().into_owned())
            }
            (_, Some(file)) if file.get(&key).is_some() => OptionOrigin::File(file.path.clone()),
            _ => OptionOrigin::Default,
        };
        EffectiveOption { key, values: raw.map(value).collect(), origin }
    }
}

/// The names of the chosen subcommands, outermost first.
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
    // Copies global options into the subcommands.
    command.build();
    for name in path {
        command = command.find_subcommand(name).cloned().unwrap_or(command);
    }
    command
}

fn change_subcommand(command: Command, path: &[String], change: impl FnOnce(Command) -> Command) -> Command {
    match path {
        [] => change(command),
        [name, rest @ ..] => command.mut_subcommand(name, |inner| change_subcommand(inner, rest, change)),
    }
}

/// Whether a file may contain the option: every option with an environment variable, except `--config` itself.
fn is_key(arg: &Arg) -> bool {
    arg.get_env().is_some() && arg.get_id() != CONFIG
}

fn key_of(arg: &Arg) -> String {
    arg.get_long().unwrap_or(arg.get_id().as_str()).replace('-', "_")
}

fn check(file: &ParsedConfigFile, command: &Command) -> Result<(), ConfigFileError> {
    let options: Vec<&Arg> = command.get_arguments().filter(|arg| is_key(arg)).collect();
    for (key, values) in &file.entries {
        let Some(arg) = options.iter().find(|arg| key_of(arg) == *key) else {
            return Err(file.unknown_key(key, options.iter().map(|arg| key_of(arg)).collect()));
        };
        validate(arg, values).map_err(|reason| ConfigFileError::BadValue {
            path: file.path.clone(),
            key: key.clone(),
            reason,
        })?;
    }
    Ok(())
}

/// Lets clap validate the values, with a command that has only this option.
fn validate(arg: &Arg, values: &[String]) -> Result<(), String> {
    let single = (*arg).clone().env(None::<&str>).default_values(values).required(false);
    let parsed = Command::new("file").no_binary_name(true).arg(single).try_get_matches_from(None::<OsString>);
    parsed.map(drop).map_err(|error| {
        let text = error.to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

fn with_file_defaults(command: Command, file: &ParsedConfigFile) -> Command {
    command.mut_args(|arg| match file.get(&key_of(&arg)) {
        Some(values) if is_key(&arg) => arg.default_values(values),
        _ => arg,
    })
}

#[cfg(test)]
mod tests;
