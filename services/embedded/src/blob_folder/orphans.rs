//! Removes bodies that no job owns: the client disconnected before its job was admitted, or a removal failed.
//!
//! Bodies younger than a day are kept, because a slow submit may still admit their job.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tally_jobs::id::BlobId;
use tally_kernel::{Fault, Timestamp};
use uuid::Uuid;

use super::{INCOMING, fault};
use crate::engine::fault::sql_fault;
use crate::engine::reader_pool::{ReadResult, ReaderPool};

const DURING: &str = "sweep stored bodies";
/// How old a body must be to count as an orphan.
const ORPHAN_AGE: Duration = Duration::from_secs(24 * 3600);

/// Whether a job owns this body.
pub fn is_owned(readers: &ReaderPool, blob: BlobId) -> ReadResult<bool> {
    readers.short_read(|connection| {
        connection
            .prepare_cached("SELECT 1 FROM contents WHERE blob = ?1")
            .and_then(|mut statement| statement.exists([&blob.0.as_bytes()[..]]))
            .map_err(|error| sql_fault(DURING, error))
    })
}

/// Removes all orphans; returns how many.
pub fn remove_all(root: &Path, now: Timestamp, readers: &ReaderPool) -> Result<usize, Fault> {
    let failed = |error: io::Error| fault(DURING, error);
    let mut removed = 0;
    for folder in fs::read_dir(root).map_err(failed)? {
        let folder = folder.map_err(failed)?;
        if folder.file_name() == INCOMING || !folder.path().is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path()).map_err(failed)? {
            let file = file.map_err(failed)?;
            let Some(blob) = blob_of(&file) else { continue };
            if is_old(&file, now) && !is_owned(readers, blob)? {
                fs::remove_file(file.path()).map_err(failed)?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

fn blob_of(file: &DirEntry) -> Option<BlobId> {
    file.file_name().to_str().and_then(|name| Uuid::try_parse(name).ok()).map(BlobId)
}

fn is_old(file: &DirEntry, now: Timestamp) -> bool {
    // A file that was removed meanwhile has no age.
    let Ok(written_at) = file.metadata().and_then(|data| data.modified()) else { return false };
    let written_ms = written_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    now.since(Timestamp::from_ms(i64::try_from(written_ms).unwrap_or(i64::MAX))) >= ORPHAN_AGE
}
