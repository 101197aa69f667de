//! Stores attachments: in the record if short, otherwise in documents of their own.
//!
//! A document holds at most 16 MiB, and records are read far more often than attachments.

use std::ops::Range;
use std::sync::Arc;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, RawDocumentBuf, doc};
use bytes::Bytes;
use tally_jobs::id::JobId;
use tally_jobs::parts::{Attachment, AttachmentName};
use tally_jobs::record::Job;
use tally_kernel::{Fault, FaultKind, Timestamp};

use crate::codec::record::{AttachmentPlace, PlacedAttachment, Record, job_id};
use crate::codec::signed;
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::pending_uploads::{OwnedResource, PendingUploads};
use crate::schema::{WORDS, durable};

/// Maximum bytes of an attachment in a record.
const IN_RECORD: usize = 32 << 10;
/// Bytes of one part.
const PART: usize = 4 << 20;

/// Stores attachments.
pub struct Attachments {
    /// The database.
    pub db: Arc<DbExecutor>,
    /// Registers the parts before they are written.
    pub pending_uploads: Arc<PendingUploads>,
}

impl Attachments {
    /// Stores the parts of the long attachments of `job`. They are durable when this returns. If no job comes to own
    /// them, they are removed after a day.
    pub async fn write(
        &self,
        job: &Job,
        attachments: Vec<Attachment>,
        now: Timestamp,
    ) -> Result<Vec<PlacedAttachment>, Fault> {
        let placed: Vec<_> = attachments.iter().map(placed).collect();
        let parts = placed.iter().map(|one| one.place.parts()).sum();
        if parts == 0 {
            return Ok(placed);
        }
        let resource = OwnedResource::Attachments { job: job.id, epoch: job.epoch, parts };
        self.pending_uploads.register(resource, now).await?;
        let long = attachments.iter().filter(|one| one.bytes.len() > IN_RECORD);
        for (n, part) in (0..).zip(long.flat_map(|one| one.bytes.chunks(PART))) {
            self.put(part_id(job.id, job.epoch, n), part.to_vec()).await?;
        }
        Ok(placed)
    }

    async fn put(&self, id: Binary, bytes: Vec<u8>) -> Result<(), Fault> {
        let part = doc! { "_id": id.clone(), "bytes": Binary { subtype: BinarySubtype::Generic, bytes } };
        self.db
            .run(Effect::Write, "store attachments", |database| async move {
                let parts = database.collection::<Document>(WORDS);
                // Idempotent.
                let put = parts.replace_one(doc! { "_id": id }, part).upsert(true);
                put.write_concern(durable()).await.map(drop)
            })
            .await
    }

    pub async fn read(
        &self,
        record: &Record,
        name: &AttachmentName,
        during: &'static str,
    ) -> Result<Option<Bytes>, Fault> {
        let mut first = 0;
        for one in &record.attachments {
            if one.name == *name {
                return self.bytes_of(record, &one.place, first, during).await.map(Some);
            }
            first += one.place.parts();
        }
        Ok(None)
    }

    pub async fn read_all(&self, record: &Record, during: &'static str) -> Result<Vec<Attachment>, Fault> {
        let (mut first, mut attachments) = (0, Vec::with_capacity(record.attachments.len()));
        for PlacedAttachment { name, place } in &record.attachments {
            let bytes = self.bytes_of(record, place, first, during).await?;
            attachments.push(Attachment { name: name.clone(), bytes });
            first += place.parts();
        }
        Ok(attachments)
    }

    async fn bytes_of(
        &self,
        record: &Record,
        place: &AttachmentPlace,
        first: i32,
        during: &'static str,
    ) -> Result<Bytes, Fault> {
        match place {
            AttachmentPlace::InRecord(bytes) => Ok(bytes.clone()),
            AttachmentPlace::Parts(parts) => {
                let (job, epoch) = (record.job.id, record.job.epoch);
                self.parts(job, epoch, first..first + parts, during).await.map(Bytes::from)
            }
        }
    }

    /// Reads these parts of a job's attachments, one after the other.
    pub async fn parts(
        &self,
        job: JobId,
        epoch: u64,
        parts: Range<i32>,
        during: &'static str,
    ) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        for n in parts {
            let part = self.db.run(Effect::Read, during, |database| async move {
                let words = database.collection::<RawDocumentBuf>(WORDS);
                match words.find_one(doc! { "_id": part_id(job, epoch, n) }).await? {
                    None => words.find_one(doc! { "_id": former_part_id(job, epoch, n) }).await,
                    found => Ok(found),
                }
            });
            let part = part.await?;
            let Some(part) = part.as_ref().and_then(|part| part.get_binary("bytes").ok()) else {
                return Err(Fault::because(FaultKind::Corrupt, during, "a part of an attachment is missing"));
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

fn placed(attachment: &Attachment) -> PlacedAttachment {
    let Attachment { name, bytes } = attachment;
    let place = match bytes.len() {
        0..=IN_RECORD => AttachmentPlace::InRecord(bytes.clone()),
        long => AttachmentPlace::Parts(i32::try_from(long.div_ceil(PART)).unwrap_or(i32::MAX)),
    };
    PlacedAttachment { name: name.clone(), place }
}

/// Removes the parts of a job's attachments.
pub async fn remove(db: &DbExecutor, job: JobId, epoch: u64, parts: i32) -> Result<(), Fault> {
    let removed = db.run(Effect::Write, "remove attachments", |database| async move {
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
