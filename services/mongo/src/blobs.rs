//! Bodies too large for a record, stored in GridFS layout so that GridFS tools can read them.
//!
//! Chunks are written here and not through the driver's GridFS streams: a driver future must not be dropped midway,
//! and a client may disconnect at any moment.

mod keep;
mod read;

use std::sync::Arc;

use async_trait::async_trait;
use bson::{Document, doc};
use tally_jobs::content::Blob;
use tally_jobs::id::BlobId;
use tally_jobs::ports::{Blobs, ByteStream, StreamError};
use tally_kernel::{Clock, Fault, Ids};

use crate::codec::record::blob_id;
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::pending_uploads::{OwnedResource, PendingUploads, owner_of};
use crate::schema::{CHUNKS, FILES, durable};

/// The chunk size of the GridFS specification.
const CHUNK: usize = 255 << 10;
/// Chunks per round trip, about a megabyte.
const TOGETHER: usize = 4;

/// The stored bodies of one database.
pub struct MongoBlobs {
    db: Arc<DbExecutor>,
    pending_uploads: Arc<PendingUploads>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl MongoBlobs {
    /// The stored bodies; `clock` dates them and `ids` names them.
    pub fn new(
        db: Arc<DbExecutor>,
        pending_uploads: Arc<PendingUploads>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { db, pending_uploads, clock, ids }
    }

    /// Removes a body that one job no longer needs, unless another job owns it.
    pub async fn discard(&self, blob: BlobId) -> Result<(), Fault> {
        if self.pending_uploads.is_owned(owner_of(blob)).await? { Ok(()) } else { self.remove(blob).await }
    }
}

#[async_trait]
impl Blobs for MongoBlobs {
    async fn keep(&self, body: ByteStream) -> Result<Blob, StreamError> {
        let now = self.clock.now();
        let id = BlobId(self.ids.fresh(now));
        self.pending_uploads.register(OwnedResource::Body(id), now).await?;
        keep::keep(&self.db, id, now, body).await
    }

    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault> {
        read::open(&self.db, id).await
    }

    async fn remove(&self, id: BlobId) -> Result<(), Fault> {
        remove(&self.db, id).await
    }
}

/// Removes a body. The file document goes first, so that no reader opens an incomplete body.
async fn remove(db: &DbExecutor, blob: BlobId) -> Result<(), Fault> {
    let removed = db.run(Effect::Write, "remove a stored body", |database| async move {
        let files = database.collection::<Document>(FILES);
        files.delete_one(doc! { "_id": blob_id(blob) }).write_concern(durable()).await?;
        let chunks = database.collection::<Document>(CHUNKS);
        chunks.delete_many(doc! { "files_id": blob_id(blob) }).await
    });
    removed.await.map(drop)
}
