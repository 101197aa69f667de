//! Reads jobs, and waits for their end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tally_count::Histogram;
use tally_kernel::{Clock, Fault, Page, Slice};

use crate::bell::{Bell, Listener};
use crate::model::{Job, JobId};
use crate::ports::{Census, JobCatalogue, JobQuery, ListError, Lookup};

/// How long a waiter sleeps between two looks into the store. Ends in this process wake him at once; looking is for
/// ends that other processes wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looks {
    /// Before the first look.
    pub first: Duration,
    /// Each pause is twice the one before, up to this.
    pub last: Duration,
}

impl Looks {
    /// Where the workers are in this process: looking is for the exception.
    pub const HERE: Self = Self { first: Duration::from_millis(100), last: Duration::from_secs(1) };
    /// Where they are elsewhere: a small job ends within a few milliseconds, and each look costs the store a read by
    /// primary key.
    pub const ELSEWHERE: Self = Self { first: Duration::from_millis(3), last: Duration::from_millis(500) };
}

/// The use cases of reading and what they need.
#[derive(Clone)]
pub struct Query {
    /// The jobs.
    pub catalogue: Arc<dyn JobCatalogue>,
    /// Rings at ends in this process.
    pub bell: Arc<Bell>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How often waiters look for themselves.
    pub looks: Looks,
}

impl Query {
    /// One job.
    pub async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault> {
        self.catalogue.find(id).await
    }

    /// Many jobs, the newest first.
    pub async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        self.catalogue.list(query, page).await
    }

    /// A job's histogram.
    pub async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault> {
        self.catalogue.words(id).await
    }

    /// How many jobs wait and run.
    pub async fn census(&self) -> Result<Census, Fault> {
        self.catalogue.census().await
    }

    /// The job once it has ended, or as it is after `patience`.
    pub async fn wait(&self, id: JobId, patience: Duration) -> Result<Lookup<Arc<Job>>, Fault> {
        let until = self.clock.now().after(patience);
        let mut listener = self.bell.listen(id);
        let mut pause = self.looks.first;
        loop {
            let found = self.catalogue.find(id).await?;
            let left = until.since(self.clock.now());
            match found {
                Lookup::Found(job) if !job.state.is_end() && !left.is_zero() => {}
                Lookup::Found(job) => return Ok(Lookup::Found(Arc::new(job))),
                Lookup::Gone => return Ok(Lookup::Gone),
                Lookup::Unknown => return Ok(Lookup::Unknown),
            }
            if let Some(job) = self.ring(&mut listener, pause.min(left)).await {
                return Ok(Lookup::Found(job));
            }
            pause = (pause * 2).min(self.looks.last);
        }
    }

    /// Begins to listen for the end of a job that is about to be submitted.
    #[must_use]
    pub fn listen(&self, id: JobId) -> Listener {
        self.bell.listen(id)
    }

    /// As [`Query::wait`] for a job that was admitted after `listener` began: no first look into the store.
    pub async fn wait_for_new(
        &self,
        mut listener: Listener,
        id: JobId,
        patience: Duration,
    ) -> Result<Lookup<Arc<Job>>, Fault> {
        let began = self.clock.now();
        if let Some(job) = self.ring(&mut listener, patience.min(self.looks.first)).await {
            return Ok(Lookup::Found(job));
        }
        drop(listener);
        self.wait(id, patience.saturating_sub(self.clock.now().since(began))).await
    }

    async fn ring(&self, listener: &mut Listener, patience: Duration) -> Option<Arc<Job>> {
        let ended = std::pin::pin!(listener.ended());
        match select(ended, self.clock.sleep(patience)).await {
            Either::Left((job, _)) => Some(job),
            Either::Right(_) => None,
        }
    }
}
