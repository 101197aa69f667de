//! Stores the words of a histogram that the record does not show: in the record if short, otherwise in own documents.
//!
//! A document holds at most 16 MiB, and records are read far more often than words.

use std::sync::Arc;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, RawDocumentBuf, doc};
use tally_jobs::model::{Job, JobId};
use tally_jobs::words::WordList;
use tally_kernel::{Fault, FaultKind, Timestamp};

use crate::codec::record::{Record, job_id};
use crate::codec::signed;
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::pending_uploads::{OwnedResource, PendingUploads};
use crate::schema::{WORDS, durable};

/// Maximum bytes of words in a record.
const IN_RECORD: usize = 32 << 10;
/// Bytes of one part.
const PART: usize = 4 << 20;

/// Where the remaining words are stored.
#[derive(Debug, Default)]
pub struct WordsPlacement {
    /// Words in the record.
    pub words: Option<WordList>,
    /// Number of part documents.
    pub parts: i32,
}

/// Stores long histograms.
pub struct WordParts {
    /// The database.
    pub db: Arc<DbExecutor>,
    /// Registers the parts before they are written.
    pub pending_uploads: Arc<PendingUploads>,
}

impl WordParts {
    /// Stores the words that the record of `job` does not show. Parts are durable when this returns. If no job comes
    /// to own them, they are removed after a day.
    pub async fn write(&self, job: &Job, rest: WordList, now: Timestamp) -> Result<WordsPlacement, Fault> {
        if rest.is_empty() {
            return Ok(WordsPlacement::default());
        }
        let bytes = rest.as_bytes();
        if bytes.len() <= IN_RECORD {
            return Ok(WordsPlacement { words: Some(rest), parts: 0 });
        }
        let parts = i32::try_from(bytes.len().div_ceil(PART)).unwrap_or(i32::MAX);
        self.pending_uploads
            .register(OwnedResource::Words { job: job.id, epoch: job.epoch, parts }, now)
            .await?;
        for (n, part) in (0..).zip(bytes.chunks(PART)) {
            self.put(part_id(job.id, job.epoch, n), part.to_vec()).await?;
        }
        Ok(WordsPlacement { words: None, parts })
    }

    async fn put(&self, id: Binary, bytes: Vec<u8>) -> Result<(), Fault> {
        let part = doc! { "_id": id.clone(), "bytes": Binary { subtype: BinarySubtype::Generic, bytes } };
        self.db
            .run(Effect::Write, "keep words", |database| async move {
                let parts = database.collection::<Document>(WORDS);
                // Idempotent.
                let put = parts.replace_one(doc! { "_id": id }, part).upsert(true);
                put.write_concern(durable()).await.map(drop)
            })
            .await
    }

    /// Reads what [`WordParts::write`] stored for the job of this record.
    pub async fn read(&self, record: &mut Record, during: &'static str) -> Result<WordList, Fault> {
        let bytes = match (record.rest.take(), record.parts) {
            (Some(bytes), _) => bytes,
            (None, 0) => return Ok(WordList::default()),
            (None, parts) => self.parts(record.job.id, record.job.epoch, parts, during).await?,
        };
        WordList::from_bytes(bytes).map_err(|why| Fault::because(FaultKind::Corrupt, during, why))
    }

    async fn parts(
        &self,
        job: JobId,
        epoch: u64,
        parts: i32,
        during: &'static str,
    ) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        for n in 0..parts {
            let part = self.db.run(Effect::Read, during, |database| async move {
                let words = database.collection::<RawDocumentBuf>(WORDS);
                match words.find_one(doc! { "_id": part_id(job, epoch, n) }).await? {
                    None => words.find_one(doc! { "_id": former_part_id(job, epoch, n) }).await,
                    found => Ok(found),
                }
            });
            let part = part.await?;
            let Some(part) = part.as_ref().and_then(|part| part.get_binary("bytes").ok()) else {
                return Err(Fault::because(FaultKind::Corrupt, during, "a part of a histogram is missing"));
            };
            bytes.extend_from_slice(part.bytes);
        }
        Ok(bytes)
    }

    /// Removes the parts. Idempotent.
    pub async fn remove(&self, job: JobId, epoch: u64, parts: i32) -> Result<(), Fault> {
        remove(&self.db, job, epoch, parts).await
    }
}

/// Removes the parts of a long histogram.
pub async fn remove(db: &DbExecutor, job: JobId, epoch: u64, parts: i32) -> Result<(), Fault> {
    let removed = db.run(Effect::Write, "remove words", |database| async move {
        let words = database.collection::<Document>(WORDS);
        let ids: Vec<_> = (0..parts).map(|n| part_id(job, epoch, n)).collect();
        let removed = words.delete_many(doc! { "_id": { "$in": ids } }).await?;
        if removed.deleted_count < parts.unsigned_abs().into() {
            let ids: Vec<_> = (0..parts).map(|n| former_part_id(job, epoch, n)).collect();
            words.delete_many(doc! { "_id": { "$in": ids } }).await?;
        }
        Ok(())
    });
    removed.await
}

/// The id of a part: job id, epoch and part number, big-endian. A binary value, because some servers look up
/// document-valued ids slowly.
fn part_id(job: JobId, epoch: u64, n: i32) -> Binary {
    let bytes = [job.uuid().as_bytes().as_slice(), &epoch.to_be_bytes(), &n.to_be_bytes()].concat();
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// The id of parts written before 2026-11-26.
fn former_part_id(job: JobId, epoch: u64, n: i32) -> Document {
    doc! { "job": job_id(job), "epoch": signed(epoch), "n": n }
}
