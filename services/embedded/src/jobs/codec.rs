//! How values of the room look on disk.
//!
//! Each shape is its own and is converted by hand, so that a change inside never changes old files by accident. Readers
//! pass over fields they do not know. An absent field means what it meant when it was left out, which is said here and
//! not taken from the room's present defaults.

pub mod asked;
pub mod differences;
pub mod failure;
pub mod report;

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
