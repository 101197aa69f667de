//! Applies the whole frames of a write-ahead log to a copy of the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use crate::engine::commit_mark::{self, Mark, wal_of};
use crate::engine::wal_file::WalReader;

/// Writes the database with its log to `repaired`. `false`: there is no database.
pub fn apply(database: &Path, repaired: &Path, losses: &mut Vec<String>) -> io::Result<bool> {
    let has_database = fs::metadata(database).is_ok_and(|data| data.len() > 0);
    if !has_database {
        return Ok(false);
    }
    fs::copy(database, repaired)?;
    let mark = commit_mark::read(database)?;
    let wal = wal_of(database);
    let has_log = fs::metadata(&wal).is_ok_and(|data| data.len() > 0);
    let reader = match has_log {
        true => WalReader::open(BufReader::with_capacity(1 << 20, File::open(&wal)?))?,
        false => None,
    };
    let Some(reader) = reader else {
        if let Some(Mark::Synced(commit)) = mark {
            losses.push(format!(
                "the write-ahead log is missing or has no header: changes in its {} frames are lost, unless they were in \
                 the database already",
                commit.frames
            ));
        }
        return Ok(true);
    };
    let mut target = OpenOptions::new().write(true).open(repaired)?;
    let log = write_frames(reader, &mut target)?;
    target.sync_all()?;
    if log.damaged > 0 {
        losses.push(format!(
            "{} frames of the write-ahead log are damaged: changes in them are lost",
            log.damaged
        ));
    }
    if let Some(Mark::Synced(commit)) = mark
        && commit.salts == log.salts
        && log.frames < commit.frames
    {
        let missing = commit.frames - log.frames;
        losses.push(format!(
            "the last {missing} frames of the write-ahead log are missing: changes in them are lost"
        ));
    }
    Ok(true)
}

/// What was found in a log.
struct AppliedLog {
    salts: [u32; 2],
    /// Frames up to the last whole commit.
    frames: u32,
    /// Those of them that are damaged.
    damaged: u32,
}

/// Frames behind the last whole commit were never acknowledged.
fn write_frames(mut reader: WalReader<impl io::Read>, target: &mut File) -> io::Result<AppliedLog> {
    let mut log = AppliedLog { salts: reader.salts(), frames: 0, damaged: 0 };
    let (mut pending, mut damaged, mut frames) = (Vec::new(), 0, 0);
    while let Some(frame) = reader.next()? {
        if !frame.is_of_this_run && frame.is_whole {
            break;
        }
        frames += 1;
        if !frame.is_of_this_run || !frame.is_whole {
            damaged += 1;
            continue;
        }
        pending.push((frame.page, reader.page().to_vec()));
        if frame.database_pages == 0 {
            continue;
        }
        let page_bytes = reader.page().len() as u64;
        for (page, bytes) in pending.drain(..) {
            target.seek(SeekFrom::Start(u64::from(page.saturating_sub(1)) * page_bytes))?;
            target.write_all(&bytes)?;
        }
        target.set_len(u64::from(frame.database_pages) * page_bytes)?;
        (log.frames, log.damaged) = (frames, damaged);
    }
    Ok(log)
}
