//! The bounds of one data folder.
//!
//! Values only; the caller reads them from a file, the environment or the command line.

use tally_jobs::key::KeySecret;

/// The bounds of a data folder, and the secret of a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderOptions {
    /// The most jobs that may be queued. Beyond it a submit fails with `Overloaded`.
    pub max_queued_jobs: u64,
    /// The most submitted bytes of jobs that are queued or running, in records and files together.
    pub max_queued_bytes: u64,
    /// The largest size of the database file, in bytes; `None`: as large as the disk. Beyond it the store behaves
    /// as on a full disk: writes fail, reads go on.
    pub max_database_bytes: Option<u64>,
    /// The secret of idempotency keys for a new folder; `None`: a random one. A folder that has a secret keeps it.
    pub key_secret: Option<KeySecret>,
}

impl Default for FolderOptions {
    /// A million jobs, 16 GiB, no bound on the file, a random secret.
    fn default() -> Self {
        Self {
            max_queued_jobs: 1_000_000,
            max_queued_bytes: 16 << 30,
            max_database_bytes: None,
            key_secret: None,
        }
    }
}
