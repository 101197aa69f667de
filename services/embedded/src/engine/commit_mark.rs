//! Remembers the last synced commit beside the database, so that a start can tell a torn tail of the write-ahead log
//! from lost commits.
//!
//! The mark is written after each sync of the log and is not synced itself: after a power cut it may be older than the
//! log, never newer. A mark that says less than the log is fine; one that says more means damage.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::wal_file::{FRAME_HEADER_BYTES, HEADER_BYTES, number};

const MAGIC: [u8; 8] = *b"TALYMRK1";
const BYTES: usize = 48;

/// What the mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// This commit was synced.
    Synced(SyncedCommit),
    /// The log may be moved into the database and emptied at any moment; nothing was acknowledged since.
    Closing,
}

/// The last frame of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncedCommit {
    /// The salts of the log.
    pub salts: [u32; 2],
    /// How many frames the log had.
    pub frames: u32,
    /// The number of the last frame's page.
    pub page: u32,
    /// The hash of that page, by which it is recognized in the database.
    pub page_hash: u64,
}

pub fn mark_of(database: &Path) -> PathBuf {
    database.with_extension("db-mark")
}

/// The path of the write-ahead log of a database.
pub fn wal_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

/// Reads the mark; `None` when there is none, or it was torn.
pub fn read(database: &Path) -> io::Result<Option<Mark>> {
    match std::fs::read(mark_of(database)) {
        Ok(bytes) => Ok(decode(&bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the mark of one database.
pub struct CommitMark {
    mark: File,
    wal: File,
    frame: Vec<u8>,
}

impl CommitMark {
    /// Opens the mark, or creates it. The log must exist.
    pub fn open(database: &Path, page_bytes: usize) -> io::Result<Self> {
        let mark = OpenOptions::new().create(true).truncate(false).write(true).open(mark_of(database))?;
        let wal = File::open(wal_of(database))?;
        Ok(Self { mark, wal, frame: vec![0; FRAME_HEADER_BYTES + page_bytes] })
    }

    /// Records a synced commit, after which the log has so many frames.
    pub fn record(&mut self, frames: u32) -> io::Result<()> {
        let Some(before) = frames.checked_sub(1) else { return Ok(()) };
        let at = HEADER_BYTES as u64 + u64::from(before) * self.frame.len() as u64;
        read_at(&self.wal, &mut self.frame, at)?;
        let (header, page) = self.frame.split_at(FRAME_HEADER_BYTES);
        let commit = SyncedCommit {
            salts: [number(header, 8), number(header, 12)],
            frames,
            page: number(header, 0),
            page_hash: hash(page),
        };
        write_at(&self.mark, &encode(Mark::Synced(commit)))
    }

    /// Allows the log to be emptied. Durable when it returns.
    pub fn close(&self) -> io::Result<()> {
        write_at(&self.mark, &encode(Mark::Closing))?;
        self.mark.sync_all()
    }
}

/// Replaces the mark after a repair, which has made one database of all that is left.
pub fn reset(database: &Path) -> io::Result<()> {
    let mark = OpenOptions::new().create(true).truncate(true).write(true).open(mark_of(database))?;
    write_at(&mark, &encode(Mark::Closing))?;
    mark.sync_all()
}

/// A hash of a page that tells two versions of it apart. It need not withstand an attack.
pub fn hash(page: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for word in page.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        hash = (hash ^ u64::from_le_bytes(bytes)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
    hash
}

fn encode(mark: Mark) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    if let Mark::Synced(commit) = mark {
        for (at, part) in
            [commit.salts[0], commit.salts[1], commit.frames, commit.page].into_iter().enumerate()
        {
            bytes[8 + 4 * at..12 + 4 * at].copy_from_slice(&part.to_be_bytes());
        }
        bytes[24..32].copy_from_slice(&commit.page_hash.to_be_bytes());
        bytes[32] = 1;
    }
    let checksum = hash(&bytes[..40]);
    bytes[40..].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Mark> {
    let bytes: &[u8; BYTES] = bytes.try_into().ok()?;
    let long = |at: usize| u64::from(number(bytes, at)) << 32 | u64::from(number(bytes, at + 4));
    if bytes[..8] != MAGIC || long(40) != hash(&bytes[..40]) {
        return None;
    }
    Some(match bytes[32] {
        0 => Mark::Closing,
        _ => Mark::Synced(SyncedCommit {
            salts: [number(bytes, 8), number(bytes, 12)],
            frames: number(bytes, 16),
            page: number(bytes, 20),
            page_hash: long(24),
        }),
    })
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read, Seek};
    file.seek(io::SeekFrom::Start(at))?;
    file.read_exact(buffer)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek, Write};
    file.seek(io::SeekFrom::Start(0))?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back_and_a_torn_one_is_none() {
        let synced = SyncedCommit { salts: [1, u32::MAX], frames: 7, page: 3, page_hash: u64::MAX - 1 };
        for mark in [Mark::Closing, Mark::Synced(synced)] {
            let mut bytes = encode(mark);
            assert_eq!(decode(&bytes), Some(mark));
            assert_eq!(decode(&bytes[..BYTES - 1]), None);
            bytes[9] ^= 1;
            assert_eq!(decode(&bytes), None);
        }
    }
}
