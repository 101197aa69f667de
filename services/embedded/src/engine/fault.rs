//! What an error of the database means to those who called a port.
//!
//! Knows error codes only.

use rusqlite::ErrorCode;
use tally_kernel::{Fault, FaultKind};

/// The fault for an error that left nothing done.
pub fn refused(during: &'static str, error: rusqlite::Error) -> Fault {
    Fault::because(kind(&error), during, error)
}

/// What a stored value that does not read back means.
pub fn corrupt(during: &'static str, detail: impl Into<String>) -> Fault {
    Fault::because(FaultKind::Corrupt, during, detail.into())
}

/// Whether the disk has no room: nothing is broken, and room may come back.
pub fn is_full(error: &rusqlite::Error) -> bool {
    // The index of the write-ahead log grows before anything is written to the log itself.
    const INDEX_CANNOT_GROW: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
        || error.sqlite_error().is_some_and(|error| error.extended_code == INDEX_CANNOT_GROW)
}

/// Whether the disk failed us: what was written before may be gone although the system once said otherwise.
pub fn is_broken_disk(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) && !is_full(error)
}

fn kind(error: &rusqlite::Error) -> FaultKind {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    match error {
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => {
            FaultKind::Corrupt
        }
        _ if is_full(error) => FaultKind::Overloaded,
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FaultKind::Corrupt,
            _ => FaultKind::Unavailable,
        },
    }
}
