//! Writes a body: first its chunks as they arrive, last the file document that completes it.

use std::sync::Arc;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, doc, oid::ObjectId};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tally_jobs::content::Blob;
use tally_jobs::id::BlobId;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_kernel::{Fault, Timestamp};

use super::{CHUNK, TOGETHER};
use crate::codec::record::blob_id;
use crate::codec::{date, signed};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::{CHUNKS, FILES, durable};

const DURING: &str = "store a body";

/// Stores a body under this id.
pub async fn keep(
    db: &Arc<DbExecutor>,
    id: BlobId,
    now: Timestamp,
    mut body: ByteStream,
) -> Result<Blob, StreamError> {
    let mut incoming = Incoming { db: Arc::clone(db), id, chunks: 0, whole: false };
    let (mut held, mut digest, mut bytes) = (BytesMut::new(), Sha256::new(), 0_u64);
    while let Some(piece) = body.next().await {
        let piece = piece?;
        digest.update(&piece);
        bytes += piece.len() as u64;
        held.extend_from_slice(&piece);
        while held.len() >= CHUNK * TOGETHER {
            incoming.put(held.split_to(CHUNK * TOGETHER).freeze()).await?;
        }
    }
    if !held.is_empty() {
        incoming.put(held.freeze()).await?;
    }
    let digest: [u8; 32] = digest.finalize().into();
    incoming.finish(bytes, now, &digest).await?;
    Ok(Blob { id, bytes, digest })
}

/// A body that is being written. If it is dropped incomplete, its chunks are removed.
struct Incoming {
    db: Arc<DbExecutor>,
    id: BlobId,
    chunks: i32,
    whole: bool,
}

impl Incoming {
    async fn put(&mut self, bytes: Bytes) -> Result<(), Fault> {
        let chunks: Vec<_> = (self.chunks..)
            .zip(bytes.chunks(CHUNK))
            .map(|(n, chunk)| {
                let data = Binary { subtype: BinarySubtype::Generic, bytes: chunk.to_vec() };
                doc! { "_id": ObjectId::new(), "files_id": blob_id(self.id), "n": n, "data": data }
            })
            .collect();
        self.chunks += i32::try_from(chunks.len()).unwrap_or(i32::MAX);
        let put = self.db.run(Effect::Write, DURING, |database| async move {
            let collection = database.collection::<Document>(CHUNKS);
            // Chunks are durable before the file document: that document means the body is complete.
            collection.insert_many(chunks).write_concern(durable()).await.map(drop)
        });
        put.await
    }

    async fn finish(mut self, bytes: u64, now: Timestamp, digest: &[u8]) -> Result<(), Fault> {
        let digest = Binary { subtype: BinarySubtype::Generic, bytes: digest.to_vec() };
        let file = doc! {
            "_id": blob_id(self.id),
            "length": signed(bytes),
            "chunkSize": i32::try_from(CHUNK).unwrap_or(i32::MAX),
            "uploadDate": date(now),
            "filename": self.id.0.to_string(),
            "metadata": { "sha256": digest },
        };
        let put = self.db.run(Effect::Write, DURING, |database| async move {
            let files = database.collection::<Document>(FILES);
            files.insert_one(file).write_concern(durable()).await.map(drop)
        });
        put.await?;
        self.whole = true;
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.whole || self.chunks == 0 {
            return;
        }
        let (db, id) = (Arc::clone(&self.db), self.id);
        self.db.tasks().spawn(async move {
            // If this fails, the sweep finds the orphan.
            if let Err(fault) = super::remove(&db, id).await {
                tracing::debug!(blob = %id.0, %fault, "an incomplete body is left to the sweep");
            }
        });
    }
}
