//! How the engine's values look in the database.
//!
//! Each shape is converted by hand, so that a change of a type never changes stored documents by accident. Field names
//! are constants, except the names of attachments, which are a workload's constants; what users wrote is only ever a
//! value. Readers ignore fields that they do not know. An absent field means what it meant when it was left out.

pub mod job_options;
pub mod record;

use bson::DateTime;
use tally_kernel::Timestamp;

/// A stored document that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not the document that was written.
    #[error("not a document that was written here")]
    Shape(#[from] bson::error::Error),
    /// Of another format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A value of the engine.
    #[error(transparent)]
    Value(#[from] tally_jobs::codec::Unreadable),
    /// A number or text that cannot be right.
    #[error("a stored {0} is out of range")]
    Range(&'static str),
}

/// Documents of another format than this version's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Written by an earlier version.
    #[error(
        "jobs are stored in format {0}, which an earlier version wrote; stop the cluster and run `tally migrate`"
    )]
    Older(i32),
    /// Written by a later version.
    #[error(
        "jobs are stored in format {0}, which this version does not know; run the version that wrote them"
    )]
    Newer(i32),
}

/// A moment in the database.
pub fn date(moment: Timestamp) -> DateTime {
    DateTime::from_millis(moment.as_ms())
}

/// A moment read back.
pub fn moment(date: DateTime) -> Timestamp {
    Timestamp::from_ms(date.timestamp_millis())
}

/// The engine's numbers count up from zero; no database holds enough to overflow them.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads such a number.
pub fn unsigned<T: TryFrom<i64>>(number: i64, what: &'static str) -> Result<T, Unreadable> {
    T::try_from(number).map_err(|_| Unreadable::Range(what))
}

#[cfg(test)]
mod tests;
