//! Decides at a start whether synced commits are missing.
//!
//! It runs before SQLite opens the files, because SQLite cuts a damaged log at the damage, and creates a missing database,
//! both without a word.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::engine::commit_mark::{self, Mark, SyncedCommit, wal_of};
use crate::engine::wal_file::{self, WalContent};
use crate::error::OpenError;

/// Refuses a folder whose database or log has lost something that was synced.
pub fn check(database: &Path, blobs: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::from_io(database.parent().unwrap_or(database), error);
    let wal_bytes = size_of(&wal_of(database)).map_err(failed)?;
    if size_of(database).map_err(failed)? == 0 {
        return match witness(database, blobs, wal_bytes).map_err(failed)? {
            None => Ok(()),
            Some(beside) => Err(OpenError::DatabaseLost { database: database.to_owned(), beside }),
        };
    }
    let mark = commit_mark::read(database).map_err(failed)?;
    let damage = match wal_bytes {
        0 => lost_without_log(database, mark),
        _ => lost_from_log(database, mark, wal_bytes),
    };
    match damage.map_err(failed)? {
        None => Ok(()),
        Some(detail) => Err(OpenError::LogDamaged { log: wal_of(database), detail }),
    }
}

/// What shows that there was a database.
fn witness(database: &Path, blobs: &Path, wal_bytes: u64) -> io::Result<Option<&'static str>> {
    if wal_bytes > 0 {
        return Ok(Some("its write-ahead log"));
    }
    if commit_mark::mark_of(database).exists() {
        return Ok(Some("the mark of its last commit"));
    }
    Ok(has_bodies(blobs)?.then_some("stored bodies"))
}

fn has_bodies(blobs: &Path) -> io::Result<bool> {
    for folder in fs::read_dir(blobs)? {
        let folder = folder?;
        let is_complete = folder.file_name() != crate::blob_folder::INCOMING && folder.path().is_dir();
        if is_complete && fs::read_dir(folder.path())?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lost_without_log(database: &Path, mark: Option<Mark>) -> io::Result<Option<String>> {
    match mark {
        Some(Mark::Synced(commit)) if !is_in_database(database, &commit)? => {
            Ok(Some(format!("it is missing or empty, and had {} frames", commit.frames)))
        }
        _ => Ok(None),
    }
}

fn lost_from_log(database: &Path, mark: Option<Mark>, bytes: u64) -> io::Result<Option<String>> {
    let content = wal_file::content(BufReader::with_capacity(1 << 20, File::open(wal_of(database))?), bytes)?;
    let synced = match mark {
        Some(Mark::Synced(commit)) => Some(commit),
        Some(Mark::Closing) | None => None,
    };
    match (content, synced) {
        (WalContent::Frames { whole, commits_behind, .. }, _) if commits_behind >= 2 => Ok(Some(format!(
            "frame {} is damaged, and {commits_behind} commits follow it",
            whole.saturating_add(1)
        ))),
        (WalContent::Frames { salts, whole, .. }, Some(commit)) if salts == commit.salts => Ok((whole
            < commit.frames)
            .then(|| format!("it had {} frames, and {whole} are whole", commit.frames))),
        // The log has started again since the mark was written: the mark is not synced, and is old after a power cut.
        (WalContent::Frames { salts, .. }, Some(commit)) if is_later(salts, commit.salts) => Ok(None),
        (WalContent::Frames { .. }, Some(commit)) if !is_in_database(database, &commit)? => {
            Ok(Some("it is another log than the one of the last commit".to_owned()))
        }
        (WalContent::NoHeader, Some(commit)) if !is_in_database(database, &commit)? => {
            Ok(Some("its header is damaged".to_owned()))
        }
        _ => Ok(None),
    }
}

/// The first salt grows by one each time the log starts again.
fn is_later(salts: [u32; 2], than: [u32; 2]) -> bool {
    let ahead = salts[0].wrapping_sub(than[0]);
    ahead > 0 && ahead < u32::MAX / 2
}

/// Whether the last page of the commit is in the database: the log was moved into it, as the sqlite3 shell does when it
/// closes the file.
fn is_in_database(database: &Path, commit: &SyncedCommit) -> io::Result<bool> {
    let mut file = File::open(database)?;
    let mut header = [0; 100];
    if file.read_exact(&mut header).is_err() {
        return Ok(false);
    }
    // A size of 1 stands for 65 536.
    let page_bytes = match u64::from(header[16]) << 8 | u64::from(header[17]) {
        1 => 65_536,
        bytes => bytes,
    };
    let mut page = Vec::new();
    file.seek(SeekFrom::Start(u64::from(commit.page.saturating_sub(1)) * page_bytes))?;
    file.take(page_bytes).read_to_end(&mut page)?;
    Ok(commit_mark::hash(&page) == commit.page_hash)
}

fn size_of(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(data) => Ok(data.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}
