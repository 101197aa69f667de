//! Finds bodies that no job owns: their client went away between the body and the job, or a removal failed.
//!
//! A day is left to come to own one, so that a slow submit is never robbed.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tally_jobs::model::BlobId;
use tally_kernel::{Fault, Timestamp};
use uuid::Uuid;

use super::{INCOMING, fault};
use crate::engine::fault::refused;
use crate::engine::readers::{Read, Readers};

const DURING: &str = "sweep stored bodies";
/// How old a body must be.
const AGE: Duration = Duration::from_secs(24 * 3600);

/// Whether a job owns this body.
pub fn is_owned(readers: &Readers, blob: BlobId) -> Read<bool> {
    readers.one(|connection| {
        connection
            .prepare_cached("SELECT 1 FROM contents WHERE blob = ?1")
            .and_then(|mut statement| statement.exists([&blob.0.as_bytes()[..]]))
            .map_err(|error| refused(DURING, error))
    })
}

/// Removes them all; says how many.
pub fn remove_all(root: &Path, now: Timestamp, readers: &Readers) -> Result<usize, Fault> {
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
    // A file that went away meanwhile has no age.
    let Ok(kept_at) = file.metadata().and_then(|data| data.modified()) else { return false };
    let kept_ms = kept_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    now.since(Timestamp::from_ms(i64::try_from(kept_ms).unwrap_or(i64::MAX))) >= AGE
}
