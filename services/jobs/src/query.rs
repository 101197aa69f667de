//! Reads jobs, and waits for their end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tally_kernel::{Clock, Fault, OwnerId};

use crate::id::JobId;
use crate::notifier::{CompletionNotifier, CompletionWaiter};
use crate::ports::{JobCatalogue, Lookup};
use crate::record::Job;

/// How long a waiter sleeps between two polls of the store. Ends in this process wake it at once; polling finds the ends
/// that other processes wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollSchedule {
    /// Before the first poll.
    pub first: Duration,
    /// Each pause is twice the one before, up to this.
    pub longest: Duration,
}

impl PollSchedule {
    /// For workers in this process: a poll is the exception.
    pub const SAME_PROCESS: Self =
        Self { first: Duration::from_millis(100), longest: Duration::from_secs(1) };
    /// For workers elsewhere: a small job ends within a few milliseconds, and each poll costs the store a read by
    /// primary key.
    pub const OTHER_PROCESSES: Self =
        Self { first: Duration::from_millis(3), longest: Duration::from_millis(500) };
}

/// The use cases of reading and what they need.
#[derive(Clone)]
pub struct Query {
    pub catalogue: Arc<dyn JobCatalogue>,
    /// Wakes at ends in this process.
    pub notifier: Arc<CompletionNotifier>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How often waiters poll.
    pub polls: PollSchedule,
}

impl Query {
    /// The job once it has ended, or as it is after `patience`.
    pub async fn wait(
        &self,
        owner: &OwnerId,
        id: JobId,
        patience: Duration,
    ) -> Result<Lookup<Arc<Job>>, Fault> {
        let until = self.clock.now().after(patience);
        let mut waiter = self.notifier.wait_for(id);
        let mut pause = self.polls.first;
        loop {
            let found = self.catalogue.find(owner, id).await?;
            let left = until.since(self.clock.now());
            match found {
                Lookup::Found(job) if !job.state.is_final() && !left.is_zero() => {}
                Lookup::Found(job) => return Ok(Lookup::Found(Arc::new(job))),
                Lookup::Gone => return Ok(Lookup::Gone),
                Lookup::Unknown => return Ok(Lookup::Unknown),
            }
            if let Some(job) = self.notified(&mut waiter, pause.min(left)).await {
                return Ok(Lookup::Found(job));
            }
            pause = (pause * 2).min(self.polls.longest);
        }
    }

    /// As [`Query::wait`] for a job that was admitted after `waiter` began: saves the first read of the store.
    pub async fn wait_for_new(
        &self,
        mut waiter: CompletionWaiter,
        owner: &OwnerId,
        id: JobId,
        patience: Duration,
    ) -> Result<Lookup<Arc<Job>>, Fault> {
        let began = self.clock.now();
        if let Some(job) = self.notified(&mut waiter, patience.min(self.polls.first)).await {
            return Ok(Lookup::Found(job));
        }
        drop(waiter);
        self.wait(owner, id, patience.saturating_sub(self.clock.now().since(began))).await
    }

    async fn notified(&self, waiter: &mut CompletionWaiter, patience: Duration) -> Option<Arc<Job>> {
        let ended = std::pin::pin!(waiter.ended());
        match select(ended, self.clock.sleep(patience)).await {
            Either::Left((job, _)) => Some(job),
            Either::Right(_) => None,
        }
    }
}
