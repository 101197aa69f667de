//! The contract of every job store.
//!
//! Each check is one sentence of the port's documentation or one row of the table of states.

mod actions;
mod admission;
mod claims;
mod completion;
mod concurrency;
mod lazy_claims;
mod leases;
mod overdue;
mod sweep;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tally_jobs::id::JobId;
use tally_jobs::ports::{ActionResult, Admission, Delivery, Lookup};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_kernel::{Fault, OwnerId, Timestamp};

use crate::doubles::HandClock;
use crate::samples;
use crate::suite::{Check, Fixture, StoreFixture, run_with_clocks};

/// Runs every check, each on a store that `make` makes with the clock it is given.
///
/// Needs a runtime of several threads: part of it tests races.
pub async fn job_store<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = StoreFixture>,
{
    for checks in [
        admission::CHECKS,
        claims::CHECKS,
        leases::CHECKS,
        lazy_claims::CHECKS,
        completion::CHECKS,
        actions::CHECKS,
        overdue::CHECKS,
        sweep::CHECKS,
        concurrency::CHECKS,
    ] {
        run_with_clocks::<F>(checks, &make).await;
    }
}

type StoreCheck = Check<Fixture>;

const SECOND: Duration = Duration::from_secs(1);

impl Fixture {
    /// Admits a job that must be new.
    pub(crate) async fn admit(&self, new: NewJob) -> Job {
        match self.store().admit(new).await.expect("admit") {
            Admission::New { job, pending } => {
                if let Some(ticket) = pending {
                    self.store().published(&[ticket], self.now()).await.expect("offered");
                }
                job
            }
            other => panic!("not new: {other:?}"),
        }
    }

    /// Claims a ticket that must be good.
    pub(crate) async fn claim(&self, ticket: Ticket) -> ClaimedJob {
        self.try_claim(ticket).await.expect("the ticket may be claimed")
    }

    pub(crate) async fn try_claim(&self, ticket: Ticket) -> Option<ClaimedJob> {
        self.store().claim(ticket, &samples::worker("suite"), self.now()).await.expect("claim")
    }

    /// Admits the text with this number, and claims it.
    pub(crate) async fn running(&self, number: u64) -> ClaimedJob {
        let job = self.admit(samples::small(number)).await;
        self.claim(job.ticket()).await
    }

    /// The record of a job that must be there.
    pub(crate) async fn found(&self, id: JobId) -> Job {
        match self.catalogue().find(&OwnerId::LOCAL, id).await.expect("find") {
            Lookup::Found(job) => job,
            other => panic!("not found: {other:?}"),
        }
    }

    /// The attachment of a job's success.
    pub(crate) async fn attachment(&self, id: JobId) -> Result<Lookup<Option<Bytes>>, Fault> {
        let found = self.catalogue().find_with_attachment(&OwnerId::LOCAL, id, &samples::ATTACHMENT).await?;
        Ok(match found {
            Lookup::Found(found) => Lookup::Found(found.bytes),
            Lookup::Gone => Lookup::Gone,
            Lookup::Unknown => Lookup::Unknown,
        })
    }

    async fn overdue(&self) -> Vec<Ticket> {
        self.store().overdue(self.now(), 100).await.expect("overdue")
    }

    /// Whether a job that waits is handed out: by the store's own queue, or because the relay finds it.
    async fn is_published(&self, ticket: Ticket) -> bool {
        let Some(queue) = &self.stores.queue else { return self.overdue().await.contains(&ticket) };
        loop {
            // What the queue has, it has now: a store that is its own queue has put it there within the same step.
            let mut next = std::pin::pin!(queue.next());
            let Some(handed) = futures_util::FutureExt::now_or_never(&mut next) else { return false };
            match handed.expect("next") {
                Delivery::Ticket(handed, receipt) => {
                    queue.ack(receipt).await.expect("done");
                    if handed == ticket {
                        return true;
                    }
                }
                Delivery::Closed => panic!("the queue is open"),
            }
        }
    }
}

/// The record after an action that was applied.
fn done(carried: ActionResult) -> (Job, Option<Ticket>) {
    match carried {
        ActionResult::Done { job, pending } => (job, pending),
        other => panic!("not carried out: {other:?}"),
    }
}

fn later(moment: Timestamp, seconds: u64) -> Timestamp {
    moment.after(SECOND * u32::try_from(seconds).expect("a short while"))
}
