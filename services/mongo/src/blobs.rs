//! Bodies too large for a record, laid out as GridFS lays files out, so that its tools can read them.
//!
//! Written here piece by piece and not through the driver's streams: those are futures that must not be dropped midway,
//! and whoever sends a body may go away at any moment. Knows nothing of jobs, but for one question: whether a job owns a
//! body.

mod keep;
mod read;

use std::sync::Arc;

use async_trait::async_trait;
use bson::{Document, doc};
use tally_jobs::model::{Blob, BlobId};
use tally_jobs::ports::{Blobs, ByteStream, StreamError};
use tally_kernel::{Clock, Fault, Ids};

use crate::calls::Calls;
use crate::codec::record::blob_id;
use crate::error::Effect;
use crate::loose::{Loose, Thing, owner_of};
use crate::schema::{CHUNKS, FILES, durable};

/// The size of a chunk: what the GridFS specification says.
const CHUNK: usize = 255 << 10;
/// How many chunks travel together, both ways: about a megabyte.
const TOGETHER: usize = 4;

/// The bodies of one database.
pub struct BodiesInMongo {
    calls: Arc<Calls>,
    loose: Arc<Loose>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl BodiesInMongo {
    /// The bodies, with their times and names.
    pub fn new(calls: Arc<Calls>, loose: Arc<Loose>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { calls, loose, clock, ids }
    }

    /// Removes a body that is needed no longer, unless a job owns it all the same.
    pub async fn discard(&self, blob: BlobId) -> Result<(), Fault> {
        if self.loose.is_owned(owner_of(blob)).await? { Ok(()) } else { self.remove(blob).await }
    }
}

#[async_trait]
impl Blobs for BodiesInMongo {
    async fn keep(&self, body: ByteStream) -> Result<Blob, StreamError> {
        let now = self.clock.now();
        let id = BlobId(self.ids.fresh(now));
        self.loose.begin(Thing::Body(id), now).await?;
        keep::keep(&self.calls, id, now, body).await
    }

    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault> {
        read::open(&self.calls, id).await
    }

    async fn remove(&self, id: BlobId) -> Result<(), Fault> {
        remove(&self.calls, id).await
    }
}

/// Removes a body: its name first, so that nobody opens half of it.
async fn remove(calls: &Calls, blob: BlobId) -> Result<(), Fault> {
    let removed = calls.run(Effect::Write, "remove a stored body", |database| async move {
        let files = database.collection::<Document>(FILES);
        files.delete_one(doc! { "_id": blob_id(blob) }).write_concern(durable()).await?;
        let chunks = database.collection::<Document>(CHUNKS);
        chunks.delete_many(doc! { "files_id": blob_id(blob) }).await
    });
    removed.await.map(drop)
}
