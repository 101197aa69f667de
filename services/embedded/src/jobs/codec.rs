//! How values of the room look on disk.
//!
//! Each shape is its own and is converted by hand, so that a change inside never changes old files by accident. Readers
//! pass over fields they do not know. An absent field means what it meant when it was left out, which is said here and
//! not taken from the room's present defaults.

pub mod asked;
pub mod differences;
pub mod failure;
pub mod report;

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// A text of a shape. Reading borrows it, also where it stands in a list or a row, in which serde copies every `Cow`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    /// A text of its own.
    fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.into())
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A stored value that does not read back.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not the JSON that was written.
    #[error("a stored value is not what was written")]
    Json(#[from] serde_json::Error),
    /// A name of another version.
    #[error("a stored {what} is called `{name}`, which this version does not know")]
    Name {
        /// What it names.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Bytes that are no list of words.
    #[error(transparent)]
    Words(#[from] tally_jobs::words::Damaged),
    /// A number that cannot stand where it does.
    #[error("a stored {0} is out of range")]
    Range(&'static str),
}

#[cfg(test)]
mod tests;
