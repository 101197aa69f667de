//! Forgets what is over: jobs, the marks of forgotten ones, and what no job owns.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::future::join_all;
use tally_jobs::model::{BlobId, JobId};
use tally_jobs::ports::Blobs;
use tally_kernel::{Fault, Timestamp};

use crate::calls::Calls;
use crate::codec::date;
use crate::codec::record::{self, Record, Stored, Tombstone, blob_id, end_id, job_id, name_of};
use crate::error::Effect;
use crate::jobs::histogram;
use crate::jobs::store::JobsInMongo;
use crate::loose::Thing;
use crate::schema::{FORMAT, GONE, JOBS};

const DURING: &str = "sweep";
/// How often things that no job owns are looked for.
const ORPHANS_EVERY: Duration = Duration::from_secs(3600);
/// How many marks are removed at once.
const MARKS_AT_ONCE: i64 = 1_000;
/// How often one sweep looks through notes at most.
const ROUNDS: usize = 100;

impl JobsInMongo {
    pub(super) async fn sweep_away(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let over: Vec<_> = self.over(now, limit).await?;
        // All at once, so that they go together; each alone is compared and swapped.
        let mut forgotten = 0;
        for done in join_all(over.iter().map(|record| self.forget(record, now))).await {
            forgotten += usize::from(done?);
        }
        self.remove_marks(now).await?;
        let last = self.orphans_at.load(Ordering::Relaxed);
        if last == i64::MIN || now.since(Timestamp::from_ms(last)) >= ORPHANS_EVERY {
            self.orphans_at.store(now.as_ms(), Ordering::Relaxed);
            self.remove_orphans(now).await?;
            self.handing.sweep(now).await?;
        }
        Ok(forgotten)
    }

    /// Jobs whose time is over.
    async fn over(&self, now: Timestamp, limit: usize) -> Result<Vec<Record>, Fault> {
        let Some(limit) = i64::try_from(limit).ok().filter(|limit| *limit > 0) else { return Ok(Vec::new()) };
        let mut filter = over(now);
        filter.extend(doc! { "created": { "$exists": true }, "aside": { "$not": { "$gte": FORMAT } } });
        let heavy = doc! { "content": 0, "report": 0, "top": 0, "rest": 0 };
        let found = self.found(filter, heavy, limit).await?;
        let records = found.iter().filter_map(|document| match self.aside.read(document)? {
            // The room says when a job may go; the index only finds it.
            Stored::Job(record) => record.job.expires_at().is_some_and(|at| at <= now).then_some(*record),
            Stored::Gone(_) => None,
        });
        Ok(records.collect())
    }

    async fn remove_marks(&self, now: Timestamp) -> Result<(), Fault> {
        let mut marks = over(now);
        marks.insert("created", Bson::Null);
        let mut ids: Vec<Bson> = Vec::new();
        for document in self.found(marks, doc! {}, MARKS_AT_ONCE).await? {
            let Some((id, is_end)) = name_of(&document) else { continue };
            if let Ok(Stored::Gone(tombstone)) = record::read(&document) {
                self.erase(id, &tombstone).await?;
                ids.push(if is_end { end_id(id) } else { job_id(id) }.into());
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let these = doc! { "_id": { "$in": ids }, "state": GONE, "wake": { "$lte": date(now) } };
        let removed = self.calls.run(Effect::Write, DURING, |database| async move {
            database.collection::<Document>(JOBS).delete_many(these).await
        });
        removed.await.map(drop)
    }

    async fn remove_orphans(&self, now: Timestamp) -> Result<(), Fault> {
        for _ in 0..ROUNDS {
            let orphans = self.loose.orphans(now).await?;
            for orphan in &orphans {
                match *orphan {
                    Thing::Body(blob) => self.bodies.remove(blob).await?,
                    Thing::Words { job, epoch, parts } => self.histograms.remove(job, epoch, parts).await?,
                }
                self.loose.end(*orphan).await?;
            }
            if orphans.is_empty() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Removes what a forgotten job owned, and then its names from the mark.
    pub(super) async fn erase(&self, id: JobId, tombstone: &Tombstone) -> Result<(), Fault> {
        if tombstone.blob.is_none() && tombstone.parts == 0 {
            return Ok(());
        }
        if let Some(blob) = tombstone.blob {
            self.bodies.discard(blob).await?;
        }
        histogram::remove(&self.calls, id, tombstone.epoch, tombstone.parts).await?;
        let mark = doc! { "_id": job_id(id), "state": GONE, "mark": tombstone.mark };
        let_go(&self.calls, mark, doc! { "blob": true, "parts": true }).await
    }

    /// Removes a body that a job which succeeded needs no longer. Until that is done its record names it.
    pub(super) fn drop_body_later(&self, id: JobId, blob: BlobId) {
        let (calls, bodies) = (Arc::clone(&self.calls), Arc::clone(&self.bodies));
        self.calls.tasks().spawn(async move {
            let gone = async {
                bodies.discard(blob).await?;
                let record = doc! { "_id": job_id(id), "blob": blob_id(blob) };
                let_go(&calls, record, doc! { "blob": true }).await
            };
            if let Err(fault) = gone.await {
                tracing::warn!(job.id = %id, %fault, "a stored body could not be removed; it goes with its job");
            }
        });
    }

    async fn found(
        &self,
        filter: Document,
        fields: Document,
        limit: i64,
    ) -> Result<Vec<RawDocumentBuf>, Fault> {
        let found = self.calls.run(Effect::Read, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let mut cursor =
                jobs.find(filter).sort(doc! { "wake": 1 }).projection(fields).limit(limit).await?;
            let mut found = Vec::new();
            while cursor.advance().await? {
                found.push(cursor.current().to_owned());
            }
            Ok(found)
        });
        found.await
    }
}

/// What has ended and is kept no longer. It names no state, as the relay does not.
fn over(now: Timestamp) -> Document {
    doc! { "wake": { "$lte": date(now) }, "finished": { "$exists": true } }
}

/// Takes names of what is gone out of a document.
async fn let_go(calls: &Calls, document: Document, names: Document) -> Result<(), Fault> {
    let done = calls.run(Effect::Write, "let go of what is gone", |database| async move {
        let jobs = database.collection::<RawDocumentBuf>(JOBS);
        jobs.update_one(document, doc! { "$unset": names }).await
    });
    done.await.map(drop)
}
