//! Writes a body to a file: piece by piece under a temporary name, hashed and synced, then renamed.
//!
//! A thread that may block writes the file. A short channel to it gives backpressure: a slow disk slows the sender down,
//! and memory stays bounded.

use std::fs::{self, File, FileTimes};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tally_jobs::content::Blob;
use tally_jobs::id::BlobId;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::{Fault, FaultKind, Timestamp};
use tokio::sync::mpsc::{Receiver, channel};

use super::{INCOMING, fault, path_of};
use crate::engine::data_folder::sync_folder;

const DURING: &str = "keep a body";
/// How many pieces may wait for the disk. A piece from the network has tens of KiB at most.
const WAITING_PIECES: usize = 8;

enum BodyPiece {
    Bytes(Bytes),
    /// The body is complete. A channel that closes without this means an interrupted body.
    End,
}

/// Stores a body under this id. Dropping the future leaves no file.
pub async fn keep(
    root: &Path,
    id: BlobId,
    now: Timestamp,
    mut body: ByteStream,
) -> Result<Blob, StreamError> {
    let (pieces, inbox) = channel(WAITING_PIECES);
    let root = root.to_owned();
    let writing = tokio::task::spawn_blocking(move || receive(&root, id, now, inbox));
    while let Some(bytes) = body.next().await {
        // A closed channel means that writing failed; its error is returned below.
        if pieces.send(BodyPiece::Bytes(bytes?)).await.is_err() {
            break;
        }
    }
    // As above.
    let _ = pieces.send(BodyPiece::End).await;
    drop(pieces);
    let written = writing.await.map_err(|error| Fault::because(FaultKind::Unavailable, DURING, error))?;
    Ok(written?)
}

fn receive(root: &Path, id: BlobId, now: Timestamp, inbox: Receiver<BodyPiece>) -> Result<Blob, Fault> {
    let mut incoming = IncomingBlob::create(root, id).map_err(|error| fault(DURING, error))?;
    let (bytes, digest) = incoming.fill(inbox).map_err(|error| fault(DURING, error))?;
    incoming.publish(root, id, now).map_err(|error| fault(DURING, error))?;
    Ok(Blob { id, bytes, digest })
}

/// The file of an incomplete body. Dropping it removes the file.
struct IncomingBlob {
    path: PathBuf,
    file: File,
}

impl IncomingBlob {
    fn create(root: &Path, id: BlobId) -> io::Result<Self> {
        let path = root.join(INCOMING).join(id.0.as_hyphenated().to_string());
        let file = File::create_new(&path)?;
        Ok(Self { path, file })
    }

    fn fill(&mut self, mut inbox: Receiver<BodyPiece>) -> io::Result<(u64, [u8; 32])> {
        let mut hash = Sha256::new();
        let mut length = 0;
        loop {
            match inbox.blocking_recv() {
                Some(BodyPiece::Bytes(bytes)) => {
                    self.file.write_all(&bytes)?;
                    hash.update(&bytes);
                    length += bytes.len() as u64;
                }
                Some(BodyPiece::End) => return Ok((length, hash.finalize().into())),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Makes the bytes durable, then the name. The file gets the time of the clock port, which the sweep compares.
    fn publish(self, root: &Path, id: BlobId, now: Timestamp) -> io::Result<()> {
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

impl Drop for IncomingBlob {
    fn drop(&mut self) {
        // A published file has another name already. If this fails, the next start removes the file.
        let _ = fs::remove_file(&self.path);
    }
}
