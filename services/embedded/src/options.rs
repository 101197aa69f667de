//! The bounds of one data folder.
//!
//! Values only; where they come from (file, environment, command line) is the caller's affair.

use tally_jobs::key::KeySecret;

/// What a folder takes at most, and how it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The most jobs that may wait; beyond it a submit is answered with `Overloaded`.
    pub max_queued_jobs: u64,
    /// The most bytes that jobs which have not ended may have handed in, in records and files together.
    pub max_queued_bytes: u64,
    /// The largest size of the database file, in bytes; `None`: as large as the disk. Beyond it the store behaves
    /// as on a full disk: it refuses writes and goes on reading.
    pub max_database_bytes: Option<u64>,
    /// The secret of idempotency keys that a new folder begins with; `None`: one by chance. A folder that has one
    /// keeps it.
    pub key_secret: Option<KeySecret>,
}

impl Default for Options {
    /// A million jobs, 16 GiB, no bound on the file, a secret by chance.
    fn default() -> Self {
        Self {
            max_queued_jobs: 1_000_000,
            max_queued_bytes: 16 << 30,
            max_database_bytes: None,
            key_secret: None,
        }
    }
}
