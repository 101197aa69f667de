//! Why a data folder could not be opened, each reason with what to do about it.
//!
//! Knows no exit codes; the command line maps these errors to them.

use std::io;
use std::path::{Path, PathBuf};

/// A data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is not a folder, or not writable.
    #[error("the data folder {} cannot be used; give a folder that this user may write to", folder.display())]
    NotWritable {
        folder: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    #[error(
        "the data folder {} is in use by another tally process; stop that one, or give this one a folder of its own",
        folder.display()
    )]
    Locked { folder: PathBuf },
    /// The disk has no space left.
    #[error("the disk of the data folder {} is full; free some space and start again", folder.display())]
    DiskFull { folder: PathBuf },
    /// A later version of Tally wrote it.
    #[error(
        "{} was written by a newer version of tally (format {found}, this one knows up to {known}); \
         start that version, or give this one another folder",
        database.display()
    )]
    NewerVersion {
        /// The database file.
        database: PathBuf,
        /// The format of the file.
        found: i64,
        /// The newest format that this version knows.
        known: i64,
    },
    /// The database is missing or empty, and something shows that there was one.
    #[error(
        "the database {} is missing or empty, and {beside} is still here; put the folder back from a backup, or save \
         what is left with `tally doctor --repair --data {}`",
        database.display(), folder_of(database)
    )]
    DatabaseLost {
        /// The database file.
        database: PathBuf,
        /// What is still here.
        beside: &'static str,
    },
    /// The write-ahead log has lost commits that were synced.
    #[error(
        "the write-ahead log {} is damaged ({detail}), and jobs that were accepted are lost with it; put the folder back \
         from a backup, or save what is left with `tally doctor --repair --data {}`",
        log.display(), folder_of(log)
    )]
    LogDamaged {
        log: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The file is not a Tally database, or is damaged.
    #[error(
        "{} is not a tally database or is damaged ({detail}); put the folder back from a backup, move it away and start \
         with an empty one, or save what is left with `tally doctor --repair --data {}`",
        database.display(), folder_of(database)
    )]
    Corrupt {
        /// The database file.
        database: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The database could not be read or written for another reason.
    #[error("the database {} cannot be opened", database.display())]
    Database {
        /// The database file.
        database: PathBuf,
        /// The error of SQLite.
        #[source]
        source: rusqlite::Error,
    },
}

fn folder_of(file: &Path) -> std::path::Display<'_> {
    file.parent().unwrap_or(file).display()
}

impl OpenError {
    /// The reason for an error of the file system.
    pub(crate) fn from_io(folder: &Path, source: io::Error) -> Self {
        let folder = folder.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { folder },
            _ => Self::NotWritable { folder, source },
        }
    }

    /// The reason for an error of the database.
    pub(crate) fn from_sql(database: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let folder = database.parent().unwrap_or(database).to_owned();
        let database = database.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { folder },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Corrupt { database, detail: source.to_string() }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { folder },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable { folder, source: io::Error::other(source) }
            }
            _ => Self::Database { database, source },
        }
    }
}
