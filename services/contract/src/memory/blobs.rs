//! Bodies in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};
use tally_jobs::content::Blob;
use tally_jobs::id::BlobId;
use tally_jobs::ports::{Blobs, ByteStream, StreamError};
use tally_kernel::{Clock, Fault, Ids, Timestamp};

use crate::doubles::CountedIds;

/// Bytes of a piece on the way out.
const PIECE: usize = 64 << 10;

/// The bodies.
pub struct MemoryBlobs {
    kept: Mutex<HashMap<BlobId, (Timestamp, Bytes)>>,
    clock: Arc<dyn Clock>,
    ids: CountedIds,
}

impl MemoryBlobs {
    /// No bodies yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { kept: Mutex::default(), clock, ids: CountedIds::default() })
    }

    /// Removes the bodies that were kept before `until` and are not `owned`.
    pub(super) fn remove_orphans(&self, until: Timestamp, owned: impl Fn(BlobId) -> bool) {
        self.lock().retain(|id, (at, _)| *at > until || owned(*id));
    }

    pub(super) fn forget(&self, id: BlobId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<BlobId, (Timestamp, Bytes)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn keep(&self, mut body: ByteStream) -> Result<Blob, StreamError> {
        let mut whole = Vec::new();
        while let Some(piece) = body.next().await {
            whole.extend_from_slice(&piece?);
        }
        let now = self.clock.now();
        let id = BlobId(self.ids.fresh(now));
        let blob = Blob { id, bytes: whole.len() as u64, digest: Sha256::digest(&whole).into() };
        self.lock().insert(id, (now, whole.into()));
        Ok(blob)
    }

    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault> {
        let found = self.lock().get(&id).map(|(_, bytes)| bytes.clone());
        Ok(found.map(|bytes| {
            let starts = (0..bytes.len()).step_by(PIECE);
            let pieces: Vec<_> = starts.map(|at| Ok(bytes.slice(at..bytes.len().min(at + PIECE)))).collect();
            Box::pin(stream::iter(pieces)) as ByteStream
        }))
    }

    async fn remove(&self, id: BlobId) -> Result<(), Fault> {
        self.forget(id);
        Ok(())
    }
}
