//! Ports that fail where and how a test says.
//!
//! Each call passes its named point twice: before the port is asked, and after it has answered. A fault before leaves
//! nothing done; one after leaves everything done and the caller in the dark, which is the harder half.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tally_jobs::content::Blob;
use tally_jobs::id::{BlobId, JobId, WorkerId};
use tally_jobs::parts::AttachmentName;
use tally_jobs::ports::{
    ActionResult, Admission, Blobs, ByteStream, Census, CompleteResult, Delivery, JobCatalogue, JobQuery,
    JobQueue, JobStore, ListError, Lookup, Receipt, StillHeld, StreamError, WithAttachment,
};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction};
use tally_kernel::{Fault, FaultKind, Lease, OwnerId, Page, Slice, Timestamp};

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

/// What is to happen where. Points are named as the methods are: `admit`, `claim`, `publish` …
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
    async fn published(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        self.points.pass("published", self.port.published(tickets, at)).await
    }
    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        self.points.pass("overdue", self.port.overdue(now, limit)).await
    }
    async fn claim(
        &self,
        ticket: Ticket,
        who: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        self.points.pass("claim", self.port.claim(ticket, who, now)).await
    }
    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        self.points.pass("renew", self.port.renew(hold, now, lease)).await
    }
    async fn release(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        self.points.pass("release", self.port.release(hold, from)).await
    }
    async fn complete(
        &self,
        hold: &Job,
        ending: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault> {
        self.points.pass("complete", self.port.complete(hold, ending, now)).await
    }
    async fn apply(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault> {
        self.points.pass("apply", self.port.apply(owner, id, action, now)).await
    }
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        self.points.pass("sweep", self.port.sweep(now, limit)).await
    }
}

#[async_trait]
impl JobCatalogue for Faulty<dyn JobCatalogue> {
    async fn find(&self, owner: &OwnerId, id: JobId) -> Result<Lookup<Job>, Fault> {
        self.points.pass("find", self.port.find(owner, id)).await
    }
    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        self.points.pass("list", self.port.list(query, page)).await
    }
    async fn find_with_attachment(
        &self,
        owner: &OwnerId,
        id: JobId,
        name: &AttachmentName,
    ) -> Result<Lookup<WithAttachment>, Fault> {
        let found = self.port.find_with_attachment(owner, id, name);
        self.points.pass("find_with_attachment", found).await
    }
    async fn census(&self) -> Result<Census, Fault> {
        self.points.pass("census", self.port.census()).await
    }
}

#[async_trait]
impl JobQueue for Faulty<dyn JobQueue> {
    async fn publish(&self, ticket: Ticket) -> Result<(), Fault> {
        self.points.pass("publish", self.port.publish(ticket)).await
    }
    async fn next(&self) -> Result<Delivery, Fault> {
        self.points.pass("next", self.port.next()).await
    }
    async fn ack(&self, receipt: Receipt) -> Result<(), Fault> {
        self.points.pass("ack", self.port.ack(receipt)).await
    }
    async fn nack(&self, receipt: Receipt) -> Result<(), Fault> {
        self.points.pass("nack", self.port.nack(receipt)).await
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
        let ticket = samples::small(1).into_job().ticket();
        points.arm("publish", Action::FailBefore(FaultKind::Unavailable), 1);
        assert_eq!(queue.publish(ticket).await.unwrap_err().kind, FaultKind::Unavailable);
        points.arm("publish", Action::FailAfter(FaultKind::Unknown), 1);
        assert_eq!(queue.publish(ticket).await.unwrap_err().kind, FaultKind::Unknown);
        let Delivery::Ticket(handed, _) = queue.next().await.unwrap() else { panic!("closed") };
        assert_eq!(handed, ticket);
        queue.close();
        assert!(matches!(queue.next().await.unwrap(), Delivery::Closed));
        assert_eq!(points.passed("publish"), 2);
    }
}
