//! How the engine's own values are stored: one format for every store and for exports.
//!
//! Each shape is converted by hand, so that a change of a type never changes stored data by accident. Readers ignore
//! fields that they do not know. An absent field means what it meant when it was left out; these meanings are constants
//! here and do not follow the defaults of today.

pub mod asked;
pub mod failure;
pub mod history;

/// A stored value cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
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
    /// A number that cannot be right.
    #[error("a stored {0} is out of range")]
    Range(&'static str),
}

#[cfg(test)]
mod tests;
