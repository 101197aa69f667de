//! Ports that fail where and how a test says.
//!
//! Each call passes its named point twice: before the port is asked, and after it has answered. A fault before leaves
//! nothing done; one after leaves everything done and the caller in the dark, which is the harder half.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tally_count::Histogram;
use tally_jobs::model::{Blob, BlobId, Ending, Hold, Job, JobId, NewJob, Ticket, WorkerId};
use tally_jobs::ports::{
    Admission, Blobs, ByteStream, Carried, Census, Handed, JobCatalogue, JobQuery, JobQueue, JobStore,
    ListError, Lookup, Receipt, Settled, StillHeld, StreamError,
};
use tally_jobs::state::Order;
use tally_kernel::{Fault, FaultKind, Lease, Page, Slice, Timestamp};

/// What happens at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The port is not asked; this fault is the answer.
    FailBefore(FaultKind),
    /// The port is asked and does it; this fault is the answer all the same.
    FailAfter(FaultKind),
    /// The port is not asked, and no answer comes.
    Hang,
}

/// What is to happen where. Points are named as the methods are: `admit`, `claim`, `offer` …
#[derive(Debug, Default)]
pub struct Points {
    armed: Mutex<HashMap<&'static str, (Action, usize)>>,
    passed: Mutex<Vec<&'static str>>,
}

impl Points {
    /// Points where nothing happens.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// The next `times` calls of this point come to this.
    pub fn arm(&self, point: &'static str, action: Action, times: usize) {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).insert(point, (action, times));
    }

    /// From now on nothing happens at this point.
    pub fn disarm(&self, point: &'static str) {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner).remove(point);
    }

    /// How often this point was passed.
    #[must_use]
    pub fn passed(&self, point: &str) -> usize {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|one| **one == point).count()
    }

    fn take(&self, point: &'static str) -> Option<Action> {
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).push(point);
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let (action, left) = armed.get_mut(point)?;
        let action = *action;
        *left = left.saturating_sub(1);
        if *left == 0 {
            armed.remove(point);
        }
        Some(action)
    }

    async fn pass<T, E: From<Fault>>(
        &self,
        point: &'static str,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.take(point) {
            None => call.await,
            Some(Action::FailBefore(kind)) => Err(Fault::new(kind, point).into()),
            Some(Action::FailAfter(kind)) => {
                call.await?;
                Err(Fault::new(kind, point).into())
            }
            Some(Action::Hang) => std::future::pending().await,
        }
    }
}

/// A port with points before and after each call.
pub struct Faulty<P: ?Sized> {
    port: Arc<P>,
    points: Arc<Points>,
}

impl<P: ?Sized> Faulty<P> {
    /// This port, failing at these points.
    pub fn new(port: Arc<P>, points: Arc<Points>) -> Arc<Self> {
        Arc::new(Self { port, points })
    }
}

#[async_trait]
impl JobStore for Faulty<dyn JobStore> {
    async fn admit(&self, job: NewJob) -> Result<Admission, Fault> {
        self.points.pass("admit", self.port.admit(job)).await
    }
    async fn offered(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        self.points.pass("offered", self.port.offered(tickets, at)).await
    }
    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        self.points.pass("overdue", self.port.overdue(now, limit)).await
    }
    async fn claim(&self, ticket: Ticket, who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        self.points.pass("claim", self.port.claim(ticket, who, now)).await
    }
    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        self.points.pass("renew", self.port.renew(hold, now, lease)).await
    }
    async fn release(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        self.points.pass("release", self.port.release(hold, from)).await
    }
    async fn settle(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        self.points.pass("settle", self.port.settle(hold, ending, now)).await
    }
    async fn amend(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        self.points.pass("amend", self.port.amend(id, order, now)).await
    }
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        self.points.pass("sweep", self.port.sweep(now, limit)).await
    }
}

#[async_trait]
impl JobCatalogue for Faulty<dyn JobCatalogue> {
    async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault> {
        self.points.pass("find", self.port.find(id)).await
    }
    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        self.points.pass("list", self.port.list(query, page)).await
    }
    async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault> {
        self.points.pass("words", self.port.words(id)).await
    }
    async fn census(&self) -> Result<Census, Fault> {
        self.points.pass("census", self.port.census()).await
    }
}

#[async_trait]
impl JobQueue for Faulty<dyn JobQueue> {
    async fn offer(&self, ticket: Ticket) -> Result<(), Fault> {
        self.points.pass("offer", self.port.offer(ticket)).await
    }
    async fn next(&self) -> Result<Handed, Fault> {
        self.points.pass("next", self.port.next()).await
    }
    async fn done(&self, receipt: Receipt) -> Result<(), Fault> {
        self.points.pass("done", self.port.done(receipt)).await
    }
    async fn give_back(&self, receipt: Receipt) -> Result<(), Fault> {
        self.points.pass("give_back", self.port.give_back(receipt)).await
    }
    fn close(&self) {
        self.port.close();
    }
}

#[async_trait]
impl Blobs for Faulty<dyn Blobs> {
    async fn keep(&self, body: ByteStream) -> Result<Blob, StreamError> {
        self.points.pass("keep", self.port.keep(body)).await
    }
    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault> {
        self.points.pass("open", self.port.open(id)).await
    }
    async fn remove(&self, id: BlobId) -> Result<(), Fault> {
        self.points.pass("remove", self.port.remove(id)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryQueue;
    use crate::samples;

    #[tokio::test]
    async fn a_fault_before_leaves_nothing_and_one_after_leaves_all() {
        let points = Points::new();
        let queue: Arc<dyn JobQueue> =
            Faulty::new(Arc::new(MemoryQueue::default()) as _, Arc::clone(&points));
        let ticket = samples::text(1).into_job().ticket();
        points.arm("offer", Action::FailBefore(FaultKind::Unavailable), 1);
        assert_eq!(queue.offer(ticket).await.unwrap_err().kind, FaultKind::Unavailable);
        points.arm("offer", Action::FailAfter(FaultKind::Unknown), 1);
        assert_eq!(queue.offer(ticket).await.unwrap_err().kind, FaultKind::Unknown);
        let Handed::Ticket(handed, _) = queue.next().await.unwrap() else { panic!("closed") };
        assert_eq!(handed, ticket);
        queue.close();
        assert!(matches!(queue.next().await.unwrap(), Handed::Closed));
        assert_eq!(points.passed("offer"), 2);
    }
}
