//! Removes expired jobs, expired tombstones, and orphaned uploads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bson::{Binary, Bson, Document, RawDocumentBuf, doc};
use futures_util::future::join_all;
use tally_jobs::id::{BlobId, JobId};
use tally_jobs::ports::Blobs;
use tally_kernel::{Fault, Timestamp};

use crate::codec::date;
use crate::codec::record::{
    self, Record, Stored, TombstoneRecord, blob_id, both_ids, end_id, job_id, name_of,
};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::jobs::attachments;
use crate::jobs::store::MongoJobStore;
use crate::jobs::store::actions::REMEMBERED;
use crate::pending_uploads::OwnedResource;
use crate::schema::{FORMAT, GONE, JOBS};

const DURING: &str = "sweep";
/// Interval between searches for orphans.
const ORPHANS_EVERY: Duration = Duration::from_secs(3600);
/// Maximum tombstones removed in one query.
const MARKS_AT_ONCE: i64 = 1_000;
/// Maximum queries for orphans in one sweep.
const ROUNDS: usize = 100;

impl MongoJobStore {
    pub(super) async fn sweep_expired(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let expired: Vec<_> = self.expired(now, limit).await?;
        // Concurrently, so that they are batched; each one is a compare-and-swap.
        let mut removed_jobs = 0;
        for done in join_all(expired.iter().map(|record| self.replace_by_tombstone(record, now))).await {
            removed_jobs += usize::from(done?);
        }
        self.remove_tombstones(now).await?;
        let last = self.orphans_at.load(Ordering::Relaxed);
        if last == i64::MIN || now.since(Timestamp::from_ms(last)) >= ORPHANS_EVERY {
            self.orphans_at.store(now.as_ms(), Ordering::Relaxed);
            self.remove_orphans(now).await?;
            self.watermark.remove_old_processes(now).await?;
        }
        Ok(removed_jobs)
    }

    /// Jobs whose retention has ended.
    async fn expired(&self, now: Timestamp, limit: usize) -> Result<Vec<Record>, Fault> {
        let Some(limit) = i64::try_from(limit).ok().filter(|limit| *limit > 0) else { return Ok(Vec::new()) };
        let mut filter = expired(now);
        filter.extend(doc! { "created": { "$exists": true }, "aside": { "$not": { "$gte": FORMAT } } });
        let heavy = doc! { "content": 0, "summary": 0, "detail": 0, "attached": 0 };
        let found = self.by_wake(filter, heavy, limit, DURING).await?;
        let records = found.iter().filter_map(|document| match self.quarantine.read(document)? {
            // The engine decides expiry; the index only finds candidates.
            Stored::Job(record) => record.job.expires_at().is_some_and(|at| at <= now).then_some(*record),
            Stored::Gone(_) => None,
        });
        Ok(records.collect())
    }

    async fn remove_tombstones(&self, now: Timestamp) -> Result<(), Fault> {
        let mut marks = expired(now);
        marks.insert("created", Bson::Null);
        let mut ids: Vec<Bson> = Vec::new();
        for document in self.by_wake(marks, doc! {}, MARKS_AT_ONCE, DURING).await? {
            let Some((id, is_end)) = name_of(&document) else { continue };
            if let Ok(Stored::Gone(tombstone)) = record::read(&document) {
                self.remove_owned(id, &tombstone).await?;
                if self.leads_to_a_job(&tombstone).await? {
                    self.extend(if is_end { end_id(id) } else { job_id(id) }, now).await?;
                    continue;
                }
                ids.push(if is_end { end_id(id) } else { job_id(id) }.into());
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let these = doc! { "_id": { "$in": ids }, "state": GONE, "wake": { "$lte": date(now) } };
        let removed = self.db.run(Effect::Write, DURING, |database| async move {
            database.collection::<Document>(JOBS).delete_many(these).await
        });
        removed.await.map(drop)
    }

    /// Whether the newest job of the tombstone's key is here. Without the tombstone the key would give the first id again.
    async fn leads_to_a_job(&self, tombstone: &TombstoneRecord) -> Result<bool, Fault> {
        let Some(newest) = tombstone.newest else { return Ok(false) };
        let ids = both_ids(newest).map(Bson::from).to_vec();
        let job = doc! { "_id": { "$in": ids }, "state": { "$ne": GONE } };
        let found = self.db.run(Effect::Read, DURING, |database| async move {
            database.collection::<Document>(JOBS).find_one(job).projection(doc! { "_id": 1 }).await
        });
        Ok(found.await?.is_some())
    }

    async fn extend(&self, id: Binary, now: Timestamp) -> Result<(), Fault> {
        let wake = doc! { "$set": { "wake": date(now.after(REMEMBERED)) } };
        let extended = self.db.run(Effect::Write, DURING, |database| async move {
            let jobs = database.collection::<Document>(JOBS);
            jobs.update_one(doc! { "_id": id, "state": GONE }, wake).await
        });
        extended.await.map(drop)
    }

    async fn remove_orphans(&self, now: Timestamp) -> Result<(), Fault> {
        for _ in 0..ROUNDS {
            let orphans = self.pending_uploads.orphans(now).await?;
            for orphan in &orphans {
                match *orphan {
                    OwnedResource::Body(blob) => self.blobs.remove(blob).await?,
                    OwnedResource::Attachments { job, epoch, parts } => {
                        self.attachments.remove(job, epoch, parts).await?;
                    }
                }
                self.pending_uploads.unregister(*orphan).await?;
            }
            if orphans.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Removes the data that a deleted job owned, then its names from the tombstone.
    pub(super) async fn remove_owned(&self, id: JobId, tombstone: &TombstoneRecord) -> Result<(), Fault> {
        if tombstone.blob.is_none() && tombstone.parts == 0 {
            return Ok(());
        }
        if let Some(blob) = tombstone.blob {
            self.blobs.discard(blob).await?;
        }
        attachments::remove(&self.db, id, tombstone.epoch, tombstone.parts).await?;
        let mark = doc! { "_id": job_id(id), "state": GONE, "mark": tombstone.mark };
        unset_fields(&self.db, mark, doc! { "blob": true, "parts": true }).await
    }

    /// Removes the stored body of a successful job in the background. The record names the body until it is removed.
    pub(super) fn remove_blob_later(&self, id: JobId, blob: BlobId) {
        let (db, blobs) = (Arc::clone(&self.db), Arc::clone(&self.blobs));
        self.db.tasks().spawn(async move {
            let gone = async {
                blobs.discard(blob).await?;
                let record = doc! { "_id": job_id(id), "blob": blob_id(blob) };
                unset_fields(&db, record, doc! { "blob": true }).await
            };
            if let Err(fault) = gone.await {
                tracing::warn!(job.id = %id, %fault, "a stored body was not removed; it is removed with its job");
            }
        });
    }
}

/// Finished documents whose time has come. It names no state, for the reason given for the relay.
fn expired(now: Timestamp) -> Document {
    doc! { "wake": { "$lte": date(now) }, "finished": { "$exists": true } }
}

/// Removes fields from a document.
async fn unset_fields(db: &DbExecutor, document: Document, names: Document) -> Result<(), Fault> {
    let done = db.run(Effect::Write, "remove names of deleted data", |database| async move {
        let jobs = database.collection::<RawDocumentBuf>(JOBS);
        jobs.update_one(document, doc! { "$unset": names }).await
    });
    done.await.map(drop)
}
