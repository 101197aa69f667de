//! Takes a body in: a piece at a time to a file beside the others, hashed on the way, synced, then named.
//!
//! A thread that may block does the writing; a short channel lies between it and the sender, so that a slow disk slows
//! the sender down and memory stays bounded.

use std::fs::{self, File, FileTimes};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tally_jobs::model::{Blob, BlobId};
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::{Fault, FaultKind, Timestamp};
use tokio::sync::mpsc::{Receiver, channel};

use super::{INCOMING, fault, path_of};
use crate::engine::folder::sync_folder;

const DURING: &str = "keep a body";
/// How many pieces may wait for the disk. Pieces of a network are some tens of KiB at most.
const AHEAD: usize = 8;

enum Piece {
    Bytes(Bytes),
    /// The body is whole. A channel that closes without this is a body that broke off.
    End,
}

/// Keeps a body under this id. Dropping the future leaves nothing behind.
pub async fn keep(
    root: &Path,
    id: BlobId,
    now: Timestamp,
    mut body: ByteStream,
) -> Result<Blob, StreamError> {
    let (pieces, inbox) = channel(AHEAD);
    let root = root.to_owned();
    let writing = tokio::task::spawn_blocking(move || receive(&root, id, now, inbox));
    while let Some(bytes) = body.next().await {
        // A closed channel: the writer has met an error, which it tells below.
        if pieces.send(Piece::Bytes(bytes?)).await.is_err() {
            break;
        }
    }
    // The same.
    let _ = pieces.send(Piece::End).await;
    drop(pieces);
    let written = writing.await.map_err(|error| Fault::because(FaultKind::Unavailable, DURING, error))?;
    Ok(written?)
}

fn receive(root: &Path, id: BlobId, now: Timestamp, inbox: Receiver<Piece>) -> Result<Blob, Fault> {
    let mut incoming = Incoming::create(root, id).map_err(|error| fault(DURING, error))?;
    let (bytes, digest) = incoming.fill(inbox).map_err(|error| fault(DURING, error))?;
    incoming.name(root, id, now).map_err(|error| fault(DURING, error))?;
    Ok(Blob { id, bytes, digest })
}

/// A body that is not whole yet. Dropping it removes it.
struct Incoming {
    path: PathBuf,
    file: File,
}

impl Incoming {
    fn create(root: &Path, id: BlobId) -> io::Result<Self> {
        let path = root.join(INCOMING).join(id.0.as_hyphenated().to_string());
        let file = File::create_new(&path)?;
        Ok(Self { path, file })
    }

    fn fill(&mut self, mut inbox: Receiver<Piece>) -> io::Result<(u64, [u8; 32])> {
        let mut hash = Sha256::new();
        let mut length = 0;
        loop {
            match inbox.blocking_recv() {
                Some(Piece::Bytes(bytes)) => {
                    self.file.write_all(&bytes)?;
                    hash.update(&bytes);
                    length += bytes.len() as u64;
                }
                Some(Piece::End) => return Ok((length, hash.finalize().into())),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Makes the bytes durable, then the name. The file bears our clock's time, which the sweep goes by.
    fn name(self, root: &Path, id: BlobId, now: Timestamp) -> io::Result<()> {
        let since = Duration::from_millis(now.as_ms().unsigned_abs());
        self.file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + since))?;
        self.file.sync_all()?;
        let path = path_of(root, id);
        let folder = path.parent().unwrap_or(root);
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            sync_folder(root)?;
        }
        fs::rename(&self.path, &path)?;
        sync_folder(folder)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Gone already when it was named; otherwise the next start clears it away.
        let _ = fs::remove_file(&self.path);
    }
}
