//! How values of the room look in the database.
//!
//! Each shape is its own and is converted by hand, so that a change inside never changes stored documents by accident.
//! Field names are ours and constant; what users wrote is only ever a value. Readers pass over fields they do not know,
//! and an absent field means what it meant when it was left out.

pub mod asked;
mod differences;
pub mod failure;
pub mod record;
pub mod report;
pub mod source;

use bson::DateTime;
use tally_kernel::Timestamp;

/// A stored value that does not read back.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not the document that was written.
    #[error("not a document that was written here")]
    Shape(#[from] bson::error::Error),
    /// Not the text that was written.
    #[error("not a report that was written here")]
    Report(#[from] serde_json::Error),
    /// Written by a later version.
    #[error("written in format {0}, which this version does not know")]
    Newer(i32),
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
    /// A number or text that cannot stand where it does.
    #[error("a stored {0} is out of range")]
    Range(&'static str),
}

/// A moment in the database.
pub fn date(moment: Timestamp) -> DateTime {
    DateTime::from_millis(moment.as_ms())
}

/// A moment read back.
pub fn moment(date: DateTime) -> Timestamp {
    Timestamp::from_ms(date.timestamp_millis())
}

/// Numbers of the room count up from zero; no database holds enough to overflow them.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads such a number.
pub fn unsigned<T: TryFrom<i64>>(number: i64, what: &'static str) -> Result<T, Unreadable> {
    T::try_from(number).map_err(|_| Unreadable::Range(what))
}

#[cfg(test)]
mod tests;
