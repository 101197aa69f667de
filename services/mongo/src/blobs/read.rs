//! Reads a body a few chunks at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use bson::{Document, RawDocumentBuf, doc};
use bytes::Bytes;
use futures_util::future::ready;
use futures_util::stream::{self, once};
use tally_jobs::id::BlobId;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_jobs::verified_body::{ExpectedBody, content_damaged, verified};
use tally_kernel::Fault;

use super::TOGETHER;
use crate::codec::record::blob_id;
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::{CHUNKS, FILES};

const DURING: &str = "read a stored body";

/// Opens a body. `None` when it does not exist.
pub async fn open(db: &Arc<DbExecutor>, id: BlobId) -> Result<Option<ByteStream>, Fault> {
    let file = db.run(Effect::Read, DURING, |database| async move {
        database.collection::<Document>(FILES).find_one(doc! { "_id": blob_id(id) }).await
    });
    let Some(file) = file.await? else { return Ok(None) };
    let length = file.get_i64("length").map_or_else(|_| file.get_i32("length").map(i64::from), Ok);
    let length = length.ok().and_then(|bytes| u64::try_from(bytes).ok());
    let Some(bytes) = length else { return Ok(Some(Box::pin(once(ready(Err(damaged())))))) };
    let digest =
        file.get_document("metadata").ok().and_then(|metadata| metadata.get_binary_generic("sha256").ok());
    let digest = digest.and_then(|digest| digest.as_slice().try_into().ok());
    let reading = Reading { db: Arc::clone(db), id, next: 0, ahead: VecDeque::new(), left: bytes };
    let pieces = stream::try_unfold(reading, |mut reading| async move {
        Ok::<_, StreamError>(reading.piece().await?.map(|piece| (piece, reading)))
    });
    Ok(Some(verified(Box::pin(pieces), ExpectedBody { bytes, digest }).0))
}

/// The state of reading a body.
struct Reading {
    db: Arc<DbExecutor>,
    id: BlobId,
    next: i32,
    ahead: VecDeque<Bytes>,
    left: u64,
}

impl Reading {
    async fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        if self.left == 0 {
            return Ok(None);
        }
        if self.ahead.is_empty() {
            self.fetch().await?;
        }
        let piece = self.ahead.pop_front().filter(|piece| !piece.is_empty());
        let left = piece.as_ref().and_then(|piece| self.left.checked_sub(piece.len() as u64));
        self.left = left.ok_or_else(damaged)?;
        Ok(piece)
    }

    async fn fetch(&mut self) -> Result<(), StreamError> {
        let (id, from) = (self.id, self.next);
        let chunks = self.db.run(Effect::Read, DURING, |database| async move {
            let collection = database.collection::<RawDocumentBuf>(CHUNKS);
            let these = doc! { "files_id": blob_id(id), "n": { "$gte": from } };
            let find = collection.find(these).sort(doc! { "n": 1 });
            // The limit is below the batch size, so one reply holds all and leaves no open cursor.
            let mut cursor = find.limit(TOGETHER as i64).batch_size(TOGETHER as u32 + 1).await?;
            let mut chunks = Vec::new();
            while cursor.advance().await? {
                chunks.push(cursor.current().to_owned());
            }
            Ok(chunks)
        });
        for chunk in chunks.await? {
            let is_next = chunk.get_i32("n").is_ok_and(|n| n == self.next);
            let data = chunk.get_binary("data").ok().filter(|_| is_next);
            let data = data.ok_or_else(damaged)?;
            self.ahead.push_back(Bytes::copy_from_slice(data.bytes));
            self.next += 1;
        }
        Ok(())
    }
}

/// A chunk is missing, or is not the next one.
fn damaged() -> StreamError {
    StreamError::Failed(content_damaged())
}
