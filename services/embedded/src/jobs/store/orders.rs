//! What clients do to jobs: cancel, retry, delete.

use tally_jobs::model::JobId;
use tally_jobs::ports::Carried;
use tally_jobs::state::{Amended, Order};
use tally_kernel::{Fault, Timestamp};

use super::{JobsInFolder, REMEMBERED, rows};
use crate::jobs::change::{Change, Expect, Forget, Moving, Outcome, Revive};
use crate::jobs::record::{self, Stored};

const DURING: &str = "change a job";

impl JobsInFolder {
    pub(super) async fn order(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        loop {
            let Some(stored) = self.read(id, DURING)? else {
                let was_here = self.readers.one(|connection| record::was_here(connection, id, DURING))?;
                return Ok(if was_here { Carried::Gone } else { Carried::Unknown });
            };
            if let Some(carried) = self.carry_out(&stored, order, now).await? {
                return Ok(carried);
            }
        }
    }

    /// `None`: the record changed meanwhile; look again.
    async fn carry_out(
        &self,
        stored: &Stored,
        order: Order,
        now: Timestamp,
    ) -> Result<Option<Carried>, Fault> {
        let Stored { seq, job } = stored;
        let expect = Expect::as_in(*seq, job);
        let bytes = job.source.bytes();
        match job.clone().amended(order, now) {
            None => Ok(Some(Carried::Forbidden(job.clone()))),
            Some(Amended::Changed(next)) => {
                let change = if next.state.is_end() {
                    Change::End(Box::new(rows::end(expect, &next, None)))
                } else {
                    let (ticket, next) = (next.ticket(), Moving::of(&next));
                    Change::Revive(Box::new(Revive { expect, next, bytes, ticket }))
                };
                let outcome = self.writer.write(change, DURING).await?;
                // The store is its own queue: a job that waits again already stands in its line.
                Ok(matches!(outcome, Outcome::Done).then(|| Carried::Done { job: *next, pending: None }))
            }
            Some(Amended::Forgotten) => {
                let content = self.readers.one(|connection| record::content_of(connection, *seq, DURING))?;
                let forget = Forget { expect, id: job.id, bytes, until: now.after(REMEMBERED) };
                let outcome = self.writer.write(Change::Forget(Box::new(forget)), DURING).await?;
                if !matches!(outcome, Outcome::Done) {
                    return Ok(None);
                }
                self.discard_now(rows::stored_body(content.as_ref()).into_iter().collect()).await;
                Ok(Some(Carried::Done { job: job.clone(), pending: None }))
            }
        }
    }
}
