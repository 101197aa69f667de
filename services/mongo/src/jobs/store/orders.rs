//! What clients do to jobs: cancel, retry, delete.

use std::time::Duration;

use bson::{Document, doc};
use tally_jobs::model::{Job, JobId};
use tally_jobs::ports::Carried;
use tally_jobs::state::{Amended, Order};
use tally_kernel::{Fault, FaultKind, Timestamp};

use super::{JobsInMongo, LOOKS, outrun};
use crate::codec::record::{self, Record, Stored, Tombstone, as_in, end_id};
use crate::error::Effect;
use crate::schema::JOBS;

const DURING: &str = "change a job";
/// How long it is remembered that a job was here: thirty days.
pub const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

impl JobsInMongo {
    pub(super) async fn order(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        for _ in 0..LOOKS {
            let Some(document) = self.finds.ask(id, DURING).await? else { return Ok(Carried::Unknown) };
            let record = match record::read(&document) {
                Ok(Stored::Job(record)) => *record,
                Ok(Stored::Gone(_)) => return Ok(Carried::Gone),
                Err(why) => {
                    self.aside.tell(&document, &why);
                    return Err(Fault::because(FaultKind::Corrupt, DURING, why));
                }
            };
            let done = match record.job.clone().amended(order, now) {
                None => return Ok(Carried::Forbidden(record.job)),
                Some(Amended::Changed(next)) => self.change(&record, *next).await?,
                Some(Amended::Forgotten) => self.forget(&record, now).await?.then_some(record.job),
            };
            if let Some(job) = done {
                let pending = (order == Order::Retry).then(|| job.ticket());
                return Ok(Carried::Done { job, pending });
            }
            // The record changed meanwhile: look again.
        }
        Err(outrun(DURING))
    }

    async fn change(&self, record: &Record, next: Job) -> Result<Option<Job>, Fault> {
        let done = self.become_next(as_in(record), &next, DURING).await?;
        Ok(done.then_some(next))
    }

    /// Puts a mark in the place of a job, and removes what it owned. `false`: the record has changed.
    pub(in crate::jobs) async fn forget(&self, record: &Record, now: Timestamp) -> Result<bool, Fault> {
        let (id, mark) = (record.job.id, self.numbers.mark());
        let gone = record::gone(record, now.after(REMEMBERED), mark);
        if !self.swap(id, as_in(record), gone, mark, "forget a job").await? {
            return Ok(false);
        }
        if !record.is_end && record.job.attempts > 0 {
            self.forget_end(id).await?;
        }
        let tombstone =
            Tombstone { mark, blob: record.stored_body(), parts: record.parts, epoch: record.job.epoch };
        if let Err(fault) = self.erase(id, &tombstone).await {
            // Its mark names it until it is gone.
            tracing::warn!(job.id = %id, %fault, "what a forgotten job owned is left to the sweep");
        }
        Ok(true)
    }

    /// Removes an end that stands beside the job's own document: its worker died before it could remove that.
    async fn forget_end(&self, id: JobId) -> Result<(), Fault> {
        let removed = self.calls.run(Effect::Write, "forget an end", |database| async move {
            database.collection::<Document>(JOBS).delete_one(doc! { "_id": end_id(id) }).await
        });
        removed.await.map(drop)
    }
}
