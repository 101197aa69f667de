//! The configuration file: a flat TOML table whose keys are the options' names.
//!
//! Turns values into the strings of flags. The options give them their meaning.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// A parsed file whose values are not validated yet.
#[derive(Clone, Debug)]
pub(super) struct ParsedConfigFile {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<(String, Vec<String>)>,
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {cause}", path.display())]
    Unreadable {
        path: PathBuf,
        /// The error of the system.
        cause: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{} is not TOML: {reason}", path.display())]
    Syntax {
        path: PathBuf,
        /// Where, and what is wrong.
        reason: String,
    },
    /// The file has a key that is no option.
    #[error("{} has no option {key:?}; {}", path.display(), advice(nearest.as_deref(), known))]
    UnknownKey {
        path: PathBuf,
        key: String,
        /// The most similar name.
        nearest: Option<String>,
        /// The names of all options.
        known: Vec<String>,
    },
    /// The value of a key is not valid.
    #[error("{}: {key}: {reason}", path.display())]
    BadValue {
        path: PathBuf,
        key: String,
        /// What is wrong with its value.
        reason: String,
    },
}

fn advice(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("use one of {}", known.join(", ")),
    }
}

impl ParsedConfigFile {
    pub(super) fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let text = fs::read_to_string(path)
            .map_err(|cause| ConfigFileError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigFileError> {
        let syntax = |error: toml::de::Error| ConfigFileError::Syntax {
            path: path.to_owned(),
            reason: error.to_string().trim_end().to_owned(),
        };
        let table: Table = text.parse().map_err(syntax)?;
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let values = texts(&value).map_err(|reason| ConfigFileError::BadValue {
                path: path.to_owned(),
                key: key.clone(),
                reason: reason.to_owned(),
            })?;
            entries.push((key, values));
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// The values of a key, as strings of flags.
    pub(super) fn get(&self, key: &str) -> Option<&[String]> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, values)| values.as_slice())
    }

    /// The error for a key that is not one of `known`.
    pub(super) fn unknown_key(&self, key: &str, known: Vec<String>) -> ConfigFileError {
        let nearest = known
            .iter()
            .map(|name| (strsim::jaro_winkler(key, name), name))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name.clone());
        ConfigFileError::UnknownKey { path: self.path.clone(), key: key.to_owned(), nearest, known }
    }
}

fn texts(value: &Value) -> Result<Vec<String>, &'static str> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Integer(number) => Ok(vec![number.to_string()]),
        Value::Float(number) => Ok(vec![number.to_string()]),
        Value::Boolean(yes) => Ok(vec![yes.to_string()]),
        Value::Array(items) => {
            let each: Result<Vec<_>, _> = items.iter().map(texts).collect();
            Ok(each?.concat())
        }
        Value::Table(_) => Err("options stand at the top of the file, without [sections]"),
        Value::Datetime(_) => Err("no option takes a date; put it into quotes if it is a text"),
    }
}
