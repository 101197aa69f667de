//! The words of a histogram after those that the record shows: few stand in the record, many in documents of their own.
//!
//! A document holds 16 MiB at most, and a record is read far more often than its words.

use std::sync::Arc;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, RawDocumentBuf, doc};
use tally_jobs::model::{Job, JobId};
use tally_jobs::words::WordList;
use tally_kernel::{Fault, FaultKind, Timestamp};

use crate::calls::Calls;
use crate::codec::record::{Record, job_id};
use crate::codec::signed;
use crate::error::Effect;
use crate::loose::{Loose, Thing};
use crate::schema::{WORDS, durable};

/// The most bytes of words that stand in a record.
const IN_RECORD: usize = 32 << 10;
/// The size of one part.
const PART: usize = 4 << 20;

/// Where the rest of the words was put.
#[derive(Debug, Default)]
pub struct Rest {
    /// In the record: these.
    pub words: Option<WordList>,
    /// In so many documents.
    pub parts: i32,
}

/// The long histograms.
pub struct Histograms {
    /// The way to the database.
    pub calls: Arc<Calls>,
    /// What no job owns yet.
    pub loose: Arc<Loose>,
}

impl Histograms {
    /// Keeps the words that the record of `job` does not show. Long ones are durable when this returns, and removed
    /// after a day should the job not come to own them.
    pub async fn keep(&self, job: &Job, rest: WordList, now: Timestamp) -> Result<Rest, Fault> {
        if rest.is_empty() {
            return Ok(Rest::default());
        }
        let bytes = rest.as_bytes();
        if bytes.len() <= IN_RECORD {
            return Ok(Rest { words: Some(rest), parts: 0 });
        }
        let parts = i32::try_from(bytes.len().div_ceil(PART)).unwrap_or(i32::MAX);
        self.loose.begin(Thing::Words { job: job.id, epoch: job.epoch, parts }, now).await?;
        for (n, part) in (0..).zip(bytes.chunks(PART)) {
            self.put(part_id(job.id, job.epoch, n), part.to_vec()).await?;
        }
        Ok(Rest { words: None, parts })
    }

    async fn put(&self, id: Binary, bytes: Vec<u8>) -> Result<(), Fault> {
        let part = doc! { "_id": id.clone(), "bytes": Binary { subtype: BinarySubtype::Generic, bytes } };
        self.calls
            .run(Effect::Write, "keep words", |database| async move {
                let parts = database.collection::<Document>(WORDS);
                // A repeat writes the same again.
                let put = parts.replace_one(doc! { "_id": id }, part).upsert(true);
                put.write_concern(durable()).await.map(drop)
            })
            .await
    }

    /// Reads what [`Histograms::keep`] kept of the job of this record.
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
            let part = self.calls.run(Effect::Read, during, |database| async move {
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

    /// Removes them; fine when they are gone.
    pub async fn remove(&self, job: JobId, epoch: u64, parts: i32) -> Result<(), Fault> {
        remove(&self.calls, job, epoch, parts).await
    }
}

/// Removes the parts of a long histogram.
pub async fn remove(calls: &Calls, job: JobId, epoch: u64, parts: i32) -> Result<(), Fault> {
    let removed = calls.run(Effect::Write, "remove words", |database| async move {
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

/// The id of a part: that of its job, the epoch, and its number, the highest byte first. One value, because there are
/// servers that find a document by its id quickly only when that is none itself.
fn part_id(job: JobId, epoch: u64, n: i32) -> Binary {
    let bytes = [job.uuid().as_bytes().as_slice(), &epoch.to_be_bytes(), &n.to_be_bytes()].concat();
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// The same as it was written before 2026-11-26.
fn former_part_id(job: JobId, epoch: u64, n: i32) -> Document {
    doc! { "job": job_id(job), "epoch": signed(epoch), "n": n }
}
