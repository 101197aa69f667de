//! The configuration file: a flat TOML table whose keys are the options' names.
//!
//! Knows how values become the strings that a flag would have; what they mean is the options' affair.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// A file that was read, its values not yet looked at.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<(String, Vec<String>)>,
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot read the configuration file {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is not TOML.
    #[error("{} is not TOML: {said}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        said: String,
    },
    /// No option is called so.
    #[error("{} has no option {key:?}; {}", path.display(), advice(nearest.as_deref(), known))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The name that it most resembles.
        nearest: Option<String>,
        /// All names.
        known: Vec<String>,
    },
    /// The option does not take this value.
    #[error("{}: {key}: {said}", path.display())]
    BadValue {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong with its value.
        said: String,
    },
}

fn advice(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("use one of {}", known.join(", ")),
    }
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, FileError> {
        let text = fs::read_to_string(path)
            .map_err(|cause| FileError::Unreadable { path: path.to_owned(), cause })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let syntax = |error: toml::de::Error| FileError::Syntax {
            path: path.to_owned(),
            said: error.to_string().trim_end().to_owned(),
        };
        let table: Table = text.parse().map_err(syntax)?;
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let values = texts(&value).map_err(|said| FileError::BadValue {
                path: path.to_owned(),
                key: key.clone(),
                said: said.to_owned(),
            })?;
            entries.push((key, values));
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// The values of a key, as flags would give them.
    pub(super) fn get(&self, key: &str) -> Option<&[String]> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, values)| values.as_slice())
    }

    /// The complaint about a key that is none of `known`.
    pub(super) fn unknown(&self, key: &str, known: Vec<String>) -> FileError {
        let nearest = known
            .iter()
            .map(|name| (strsim::jaro_winkler(key, name), name))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name.clone());
        FileError::UnknownKey { path: self.path.clone(), key: key.to_owned(), nearest, known }
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
