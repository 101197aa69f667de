//! Maps errors of the database to faults of the ports.
//!
//! Knows error codes only.

use rusqlite::ErrorCode;
use tally_kernel::{Fault, FaultKind};

/// The fault for an error after which nothing was written.
pub fn sql_fault(during: &'static str, error: rusqlite::Error) -> Fault {
    Fault::because(kind(&error), during, error)
}

/// The fault for a stored value that cannot be decoded.
pub fn corrupt(during: &'static str, detail: impl Into<String>) -> Fault {
    Fault::because(FaultKind::Corrupt, during, detail.into())
}

/// Whether the disk is full: nothing is broken, and space may become free.
pub fn is_disk_full(error: &rusqlite::Error) -> bool {
    // The index of the write-ahead log grows before anything is written to the log itself.
    const INDEX_CANNOT_GROW: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || error.sqlite_error().is_some_and(|error| error.extended_code == INDEX_CANNOT_GROW)
}

/// Whether the disk failed: earlier writes may be lost although the system confirmed them.
pub fn is_broken_disk(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) && !is_disk_full(error)
}

fn kind(error: &rusqlite::Error) -> FaultKind {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    match error {
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => {
            FaultKind::Corrupt
        }
        _ if is_disk_full(error) => FaultKind::Overloaded,
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FaultKind::Corrupt,
            _ => FaultKind::Unavailable,
        },
    }
}
