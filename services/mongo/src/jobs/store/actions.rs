//! Applies the actions of clients: cancel, retry, delete.

use std::time::Duration;

use bson::{Document, doc};
use tally_jobs::id::JobId;
use tally_jobs::ports::ActionResult;
use tally_jobs::record::Job;
use tally_jobs::state::{Applied, JobAction};
use tally_kernel::{Fault, FaultKind, OwnerId, Timestamp};

use super::{MAX_ATTEMPTS, MongoJobStore, contended};
use crate::codec::record::{self, Record, Stored, TombstoneRecord, as_in, end_id};
use crate::error::Effect;
use crate::schema::JOBS;

const DURING: &str = "apply a job action";
/// How long a tombstone is kept: thirty days.
pub const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

impl MongoJobStore {
    pub(super) async fn apply_action(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault> {
        for _ in 0..MAX_ATTEMPTS {
            let Some(document) = self.find.one(id, DURING).await? else { return Ok(ActionResult::Unknown) };
            let record = match record::read(&document) {
                Ok(Stored::Job(record)) if record.job.owner != *owner => return Ok(ActionResult::Unknown),
                Ok(Stored::Job(record)) => *record,
                Ok(Stored::Gone(_)) => return Ok(ActionResult::Gone),
                Err(why) => {
                    self.quarantine.report_once(&document, &why);
                    return Err(Fault::because(FaultKind::Corrupt, DURING, why));
                }
            };
            let done = match record.job.clone().applied(action, now) {
                None => return Ok(ActionResult::Forbidden(record.job)),
                Some(Applied::Changed(next)) => self.change(&record, *next).await?,
                Some(Applied::Removed) => {
                    self.replace_by_tombstone(&record, now).await?.then_some(record.job)
                }
            };
            if let Some(job) = done {
                let pending = (action == JobAction::Retry).then(|| job.ticket());
                return Ok(ActionResult::Done { job, pending });
            }
            // The record changed meanwhile: try again.
        }
        Err(contended(DURING))
    }

    async fn change(&self, record: &Record, next: Job) -> Result<Option<Job>, Fault> {
        let done = self.swap_to(as_in(record), &next, DURING).await?;
        Ok(done.then_some(next))
    }

    /// Replaces a job by a tombstone and removes the data it owned. `false`: the record has changed.
    pub(in crate::jobs) async fn replace_by_tombstone(
        &self,
        record: &Record,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let (id, mark) = (record.job.id, self.sequence.mark());
        let until = now.after(REMEMBERED);
        let gone = record::gone(record, until, mark);
        if !self.swap(id, as_in(record), gone, mark, "delete a job").await? {
            return Ok(false);
        }
        if !record.is_end && record.job.attempts > 0 {
            self.remove_completion(id).await?;
        }
        let (blob, parts, epoch) = (record.stored_body(), record.parts, record.job.epoch);
        let tombstone = TombstoneRecord { mark, until, blob, generation: 0, newest: None, parts, epoch };
        if let Err(fault) = self.remove_owned(id, &tombstone).await {
            // The tombstone names it until it is removed.
            tracing::warn!(job.id = %id, %fault, "the data of a deleted job is left to the sweep");
        }
        Ok(true)
    }

    /// Removes a completion beside the open document: its worker died before it could delete the open document.
    async fn remove_completion(&self, id: JobId) -> Result<(), Fault> {
        let removed = self.db.run(Effect::Write, "remove a completion", |database| async move {
            database.collection::<Document>(JOBS).delete_one(doc! { "_id": end_id(id) }).await
        });
        removed.await.map(drop)
    }
}
