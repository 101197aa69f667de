//! The actions of clients: cancel, retry, delete.

use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::ports::ActionResult;
use tally_jobs::state::{Applied, JobAction};
use tally_kernel::{Fault, OwnerId, Timestamp};

use super::{FolderStore, TOMBSTONE_RETENTION, rows};
use crate::jobs::store_change::{
    ChangeOutcome, DeleteChange, ExpectedRow, MutableColumns, ReopenChange, StoreChange,
};
use crate::jobs::stored_job::{self, StoredJob};

const DURING: &str = "change a job";

impl FolderStore {
    pub(super) async fn apply_action(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault> {
        loop {
            let Some(stored) = self.read(id, DURING)? else {
                let removed = self
                    .readers
                    .short_read(|connection| stored_job::has_tombstone(connection, id, DURING))?;
                return Ok(if removed { ActionResult::Gone } else { ActionResult::Unknown });
            };
            if stored.job.owner != *owner {
                return Ok(ActionResult::Unknown);
            }
            if let Some(result) = self.try_apply(&stored, action, now).await? {
                return Ok(result);
            }
        }
    }

    /// `None`: the record changed meanwhile, and the action has to be tried again.
    async fn try_apply(
        &self,
        stored: &StoredJob,
        action: JobAction,
        now: Timestamp,
    ) -> Result<Option<ActionResult>, Fault> {
        let StoredJob { seq, job } = stored;
        let expect = ExpectedRow::of(*seq, job);
        let content_bytes = job.content_bytes;
        match job.clone().applied(action, now) {
            None => Ok(Some(ActionResult::Forbidden(job.clone()))),
            Some(Applied::Changed(next)) => {
                let change = if next.state.is_final() {
                    StoreChange::Finish(Box::new(rows::finished(expect, &next, Vec::new())))
                } else {
                    let (ticket, next) = (next.ticket(), MutableColumns::of(&next));
                    StoreChange::Reopen(Box::new(ReopenChange { expect, next, content_bytes, ticket }))
                };
                let outcome = self.writer.write(change, DURING).await?;
                // No ticket to publish: the commit has put the job into the queue already.
                Ok(matches!(outcome, ChangeOutcome::Applied)
                    .then(|| ActionResult::Done { job: *next, pending: None }))
            }
            Some(Applied::Removed) => {
                let content =
                    self.readers.short_read(|connection| stored_job::content_of(connection, *seq, DURING))?;
                let delete =
                    DeleteChange { expect, id: job.id, content_bytes, until: now.after(TOMBSTONE_RETENTION) };
                let outcome = self.writer.write(StoreChange::Delete(Box::new(delete)), DURING).await?;
                if !matches!(outcome, ChangeOutcome::Applied) {
                    return Ok(None);
                }
                self.discard_now(content.as_ref().and_then(Content::blob).into_iter().collect()).await;
                Ok(Some(ActionResult::Done { job: job.clone(), pending: None }))
            }
        }
    }
}
