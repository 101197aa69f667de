//! The stored formats of the four parts that word counting has in a job's record, and of its attachment.
//!
//! | part | format |
//! |---|---|
//! | spec | JSON of the options that differ from the defaults; empty when none does |
//! | source | one letter: `t` a text, `u` an address, `f` a file, followed by the `Content-Type` that its client gave; the address or the file's name is the record's subject |
//! | summary | JSON of the report without its word lists, see [`summary`] |
//! | detail | the most frequent words, and the n-grams and differences where they were asked for, see [`detail`] |
//! | attachment `words` | the words of the histogram after those of the detail, a [word list](crate::word_list) |
//!
//! Each shape is converted by hand, so that a change of a type never changes stored data by accident. Readers ignore
//! fields that they do not know. An absent field means what it meant when it was left out; these meanings are constants
//! here and do not follow the defaults of today.
//!
//! The formats are small rather than ready for an answer: the end of a job is the largest write of a store, and nearly
//! every job is written more often than it is read.

pub mod detail;
mod differences;
pub mod input;
pub mod spec;
pub mod summary;

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use tally_jobs::parts::AttachmentName;

use crate::word_list::Damaged;

/// The attachment with the words that the record does not show.
pub const REMAINING_WORDS: AttachmentName = AttachmentName::of("words");

/// A text of a shape. Reading borrows it, also within lists and rows, where serde would copy every `Cow`.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
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

/// A part that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadablePart {
    /// Not the JSON that was written.
    #[error("a stored value is not what was written")]
    Json(#[from] serde_json::Error),
    /// A name that this version does not know.
    #[error("a stored {what} is called `{name}`, which this version does not know")]
    Name {
        /// What it names.
        what: &'static str,
        name: String,
    },
    /// Bytes that are not a word list.
    #[error(transparent)]
    Words(#[from] Damaged),
    /// A value that cannot be right.
    #[error("a stored {0} is out of range")]
    Range(&'static str),
}
