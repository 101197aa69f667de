//! Stores bodies that are too large for a record, each in a file: `blobs/ab/<id>`.
//!
//! Knows files and nothing of jobs, except whether a job owns a body.

mod orphans;
mod read;
mod write;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tally_jobs::content::Blob;
use tally_jobs::id::BlobId;
use tally_jobs::ports::{Blobs, ByteStream, StreamError};
use tally_kernel::{Clock, Fault, FaultKind, Ids, Timestamp};
use tokio::task::JoinHandle;

use crate::engine::data_folder::sync_folder;
use crate::engine::reader_pool::ReaderPool;

/// The folder of bodies that are not complete.
pub const INCOMING: &str = "incoming";

/// The bodies of one data folder.
pub struct BlobFolder {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl BlobFolder {
    /// Opens the folder, and removes incomplete bodies of an earlier process.
    pub fn open(path: PathBuf, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> io::Result<Self> {
        let incoming = path.join(INCOMING);
        match fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(&incoming)?;
        sync_folder(&path)?;
        Ok(Self { path, clock, ids })
    }

    /// Removes bodies that are no longer needed, unless another job owns them too. It runs to its end even if the handle
    /// is dropped. The sweep of orphans removes what it missed.
    pub fn discard(&self, blobs: Vec<BlobId>, readers: Arc<ReaderPool>) -> JoinHandle<()> {
        let root = self.path.clone();
        tokio::task::spawn_blocking(move || {
            for blob in blobs {
                let removed =
                    orphans::is_owned(&readers, blob).map(|owned| owned || remove(&root, blob).is_ok());
                if !matches!(removed, Ok(true)) {
                    tracing::warn!(blob = %blob.0, "a stored body could not be removed; the sweep tries again");
                }
            }
        })
    }

    /// Removes bodies that are older than a day and that no job owns. Returns how many.
    pub async fn remove_orphans(&self, now: Timestamp, readers: &Arc<ReaderPool>) -> Result<usize, Fault> {
        let (root, readers) = (self.path.clone(), Arc::clone(readers));
        blocking("sweep stored bodies", move || orphans::remove_all(&root, now, &readers)).await
    }
}

#[async_trait]
impl Blobs for BlobFolder {
    async fn keep(&self, body: ByteStream) -> Result<Blob, StreamError> {
        let now = self.clock.now();
        let id = BlobId(self.ids.fresh(now));
        write::keep(&self.path, id, now, body).await
    }

    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault> {
        read::open(path_of(&self.path, id)).await
    }

    async fn remove(&self, id: BlobId) -> Result<(), Fault> {
        let root = self.path.clone();
        blocking("remove a stored body", move || {
            remove(&root, id).map_err(|error| fault("remove a stored body", error))
        })
        .await
    }
}

/// The path of a body. Ids of one moment start alike, so the last byte chooses the folder.
fn path_of(root: &Path, id: BlobId) -> PathBuf {
    let [.., last] = id.0.as_bytes();
    root.join(format!("{last:02x}")).join(id.0.as_hyphenated().to_string())
}

fn remove(root: &Path, id: BlobId) -> io::Result<()> {
    match fs::remove_file(path_of(root, id)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Runs work that waits for the disk on a thread that may block.
async fn blocking<T: Send + 'static>(
    during: &'static str,
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(Fault::because(FaultKind::Unavailable, during, error)))
}

fn fault(during: &'static str, error: io::Error) -> Fault {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FaultKind::Overloaded,
        _ => FaultKind::Unavailable,
    };
    Fault::because(kind, during, error)
}
