//! A store, a queue and bodies in memory, and a way to make each of them fail.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use tally_jobs::content::{Blob, Content};
use tally_jobs::id::{BlobId, JobId, WorkerId};
use tally_jobs::parts::{Attachment, AttachmentName};
use tally_jobs::ports::{
    ActionResult, Admission, Blobs, ByteStream, Census, CompleteResult, Delivery, JobCatalogue, JobQuery,
    JobQueue, JobStore, ListError, Lookup, Receipt, StillHeld, StreamError, WithAttachment,
};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{Applied, AttemptOutcome, JobAction};
use tally_kernel::{Clock, Cursor, Fault, FaultKind, Ids, Lease, OwnerId, Page, Probe, Slice, Timestamp};
use tokio::sync::Notify;
use uuid::Uuid;

/// The time at which tests begin.
pub const DAWN_MS: i64 = 1_800_000_000_000;

/// A clock that follows the runtime's.
pub struct RuntimeClock(tokio::time::Instant);

impl RuntimeClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(tokio::time::Instant::now()))
    }
}

#[async_trait]
impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(DAWN_MS).after(self.0.elapsed())
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Ids that count up, and chance that is always a half.
#[derive(Default)]
pub struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn fresh(&self, at: Timestamp) -> Uuid {
        let ms = u64::try_from(at.as_ms()).unwrap();
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

struct Row {
    job: Job,
    content: Option<Content>,
    attachments: Vec<Attachment>,
}

/// Everything in memory.
#[derive(Default)]
pub struct MemoryStore {
    rows: Mutex<HashMap<JobId, Row>>,
    gone: Mutex<Vec<JobId>>,
    blobs: Mutex<HashMap<Uuid, Bytes>>,
    blobs_made: AtomicU64,
    tickets: Mutex<Vec<Ticket>>,
    published: Notify,
    fault: Mutex<Option<FaultKind>>,
    panics: std::sync::atomic::AtomicBool,
    /// Whether jobs are accepted and not stored, so that a measurement of the API does not measure a map.
    pub forgets: std::sync::atomic::AtomicBool,
    /// While a test holds it, `admit` waits.
    pub gate: tokio::sync::Mutex<()>,
}

impl MemoryStore {
    /// Makes every call fail from now on; `None` ends it.
    pub fn fail(&self, kind: Option<FaultKind>) {
        *self.fault.lock().unwrap() = kind;
    }

    /// Makes every look-up of a job panic from now on.
    pub fn panic_at_find(&self) {
        self.panics.store(true, Ordering::Relaxed);
    }

    pub fn job(&self, id: JobId) -> Option<Job> {
        self.rows().get(&id).map(|row| row.job.clone())
    }

    pub fn count(&self) -> usize {
        self.rows().len()
    }

    /// The content of a job.
    pub fn bytes(&self, id: JobId) -> Bytes {
        match self.rows()[&id].content.clone() {
            Some(Content::Inline(bytes)) => bytes,
            Some(Content::Stored(body)) => self.blobs.lock().unwrap()[&body.id.0].clone(),
            None => Bytes::new(),
        }
    }

    pub fn is_stored_beside(&self, id: JobId) -> bool {
        matches!(self.rows()[&id].content, Some(Content::Stored(_)))
    }

    pub fn blob_count(&self) -> usize {
        self.blobs.lock().unwrap().len()
    }

    /// Ends a job by hand.
    pub fn end(&self, id: JobId, outcome: &AttemptOutcome, now: Timestamp) {
        let mut rows = self.rows();
        let row = rows.get_mut(&id).unwrap();
        let lease = Lease::from(now);
        let running = row.job.clone().claimed(row.job.ticket(), &WorkerId::from("test"), now, lease).unwrap();
        let epoch = running.epoch;
        row.job = running.completed(epoch, outcome, now).unwrap();
    }

    /// Makes the record of a job one that cannot be read.
    pub fn damage(&self, id: JobId) {
        self.rows().get_mut(&id).unwrap().job.parts.spec = Bytes::from_static(b"secret");
    }

    /// Removes a job as a sweep does.
    pub fn expire(&self, id: JobId) {
        self.rows().remove(&id);
        self.gone.lock().unwrap().push(id);
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<JobId, Row>> {
        self.rows.lock().unwrap()
    }

    fn check(&self, during: &'static str) -> Result<(), Fault> {
        match *self.fault.lock().unwrap() {
            Some(kind) => Err(Fault::because(kind, during, "secret cause")),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    async fn admit(&self, new: NewJob) -> Result<Admission, Fault> {
        let _open = self.gate.lock().await;
        self.check("admit a job")?;
        if self.forgets.load(Ordering::Relaxed) {
            return Ok(Admission::New { job: new.into_job(), pending: None });
        }
        let mut rows = self.rows();
        if let Some(row) = rows.get(&new.id) {
            let same = row.job.fingerprint == new.binding.as_ref().map(|binding| binding.fingerprint);
            return Ok(if same { Admission::Replay(row.job.clone()) } else { Admission::KeyReused });
        }
        if self.gone.lock().unwrap().contains(&new.id) {
            return Ok(Admission::Gone { newest: 0 });
        }
        let content = new.content.clone();
        let job = new.into_job();
        let ticket = job.ticket();
        rows.insert(job.id, Row { job: job.clone(), content, attachments: Vec::new() });
        Ok(Admission::New { job, pending: Some(ticket) })
    }

    async fn published(&self, _: &[Ticket], _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    async fn overdue(&self, _: Timestamp, _: usize) -> Result<Vec<Ticket>, Fault> {
        Ok(Vec::new())
    }

    async fn claim(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&ticket.id) else { return Ok(None) };
        let Some(job) = row.job.clone().claimed(ticket, worker, now, Lease::from(now)) else {
            return Ok(None);
        };
        row.job = job.clone();
        Ok(Some(ClaimedJob { job, content: row.content.clone() }))
    }

    async fn renew(&self, claimed: &Job, _: Timestamp, _: Lease) -> Result<StillHeld, Fault> {
        let held = self.rows().get(&claimed.id).is_some_and(|row| row.job.is_held(claimed.epoch));
        Ok(if held { StillHeld::Yes } else { StillHeld::No })
    }

    async fn release(&self, _: &Job, _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    async fn complete(
        &self,
        claimed: &Job,
        outcome: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&claimed.id) else { return Ok(CompleteResult::Fenced) };
        let Some(job) = row.job.clone().completed(claimed.epoch, &outcome, now) else {
            return Ok(CompleteResult::Fenced);
        };
        if let AttemptOutcome::Succeeded(output) = outcome {
            row.attachments = output.attachments;
        }
        row.job = job.clone();
        Ok(CompleteResult::Written(job))
    }

    async fn apply(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault> {
        self.check("apply an action")?;
        if self.gone.lock().unwrap().contains(&id) {
            return Ok(ActionResult::Gone);
        }
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&id).filter(|row| row.job.owner == *owner) else {
            return Ok(ActionResult::Unknown);
        };
        match row.job.clone().applied(action, now) {
            None => Ok(ActionResult::Forbidden(row.job.clone())),
            Some(Applied::Removed) => {
                let job = rows.remove(&id).unwrap().job;
                Ok(ActionResult::Done { job, pending: None })
            }
            Some(Applied::Changed(job)) => {
                row.job = *job.clone();
                let pending = (action == JobAction::Retry).then(|| job.ticket());
                Ok(ActionResult::Done { job: *job, pending })
            }
        }
    }

    async fn sweep(&self, _: Timestamp, _: usize) -> Result<usize, Fault> {
        Ok(0)
    }
}

#[async_trait]
impl JobCatalogue for MemoryStore {
    async fn find(&self, owner: &OwnerId, id: JobId) -> Result<Lookup<Job>, Fault> {
        assert!(!self.panics.load(Ordering::Relaxed), "a panic of the test's own");
        self.check("find a job")?;
        if self.gone.lock().unwrap().contains(&id) {
            return Ok(Lookup::Gone);
        }
        let job = self.job(id).filter(|job| job.owner == *owner);
        Ok(job.map_or(Lookup::Unknown, Lookup::Found))
    }

    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError> {
        self.check("list jobs")?;
        let from = match &page.cursor {
            None => 0,
            Some(cursor) => cursor.as_str().parse().map_err(|_| ListError::BadCursor)?,
        };
        let mut all: Vec<Job> = self.rows().values().map(|row| row.job.clone()).collect();
        all.sort_by_key(|job| std::cmp::Reverse(job.id));
        all.retain(|job| fits(job, query));
        let mut items: Vec<Job> = all.iter().skip(from).take(page.limit).cloned().collect();
        items.iter_mut().for_each(|job| job.parts.detail = Bytes::new());
        let next = (from + items.len() < all.len()).then(|| Cursor::new((from + items.len()).to_string()));
        Ok(Slice { items, next, unreadable: 0 })
    }

    async fn find_with_attachment(
        &self,
        owner: &OwnerId,
        id: JobId,
        name: &AttachmentName,
    ) -> Result<Lookup<WithAttachment>, Fault> {
        self.check("read words")?;
        if self.gone.lock().unwrap().contains(&id) {
            return Ok(Lookup::Gone);
        }
        let rows = self.rows();
        let row = rows.get(&id).filter(|row| row.job.owner == *owner);
        Ok(row.map_or(Lookup::Unknown, |row| {
            let attachment = row.attachments.iter().find(|one| one.name == *name);
            let bytes = attachment.map(|one| one.bytes.clone());
            Lookup::Found(WithAttachment { job: row.job.clone(), bytes })
        }))
    }

    async fn census(&self) -> Result<Census, Fault> {
        Ok(Census::default())
    }
}

fn fits(job: &Job, query: &JobQuery) -> bool {
    job.owner == query.owner
        && query.state.is_none_or(|state| job.state == state)
        && query.labels.iter().all(|label| job.options.labels.contains(label))
        && query.attribute.as_ref().is_none_or(|wanted| job.attributes.contains(wanted))
        && query.since.is_none_or(|since| job.created_at >= since)
        && query.until.is_none_or(|until| job.created_at < until)
        && query.text.as_deref().is_none_or(|text| job.id.to_string().contains(text))
}

#[async_trait]
impl JobQueue for MemoryStore {
    async fn publish(&self, ticket: Ticket) -> Result<(), Fault> {
        self.tickets.lock().unwrap().push(ticket);
        self.published.notify_one();
        Ok(())
    }

    async fn next(&self) -> Result<Delivery, Fault> {
        loop {
            if let Some(ticket) = self.tickets.lock().unwrap().pop() {
                return Ok(Delivery::Ticket(ticket, Receipt(0)));
            }
            self.published.notified().await;
        }
    }

    async fn ack(&self, _: Receipt) -> Result<(), Fault> {
        Ok(())
    }

    async fn nack(&self, _: Receipt) -> Result<(), Fault> {
        Ok(())
    }

    fn close(&self) {}
}

#[async_trait]
impl Blobs for MemoryStore {
    async fn keep(&self, mut body: ByteStream) -> Result<Blob, StreamError> {
        self.check("keep a body")?;
        let mut all = BytesMut::new();
        while let Some(bytes) = body.next().await {
            all.extend_from_slice(&bytes?);
        }
        let id = Uuid::from_u128(u128::from(self.blobs_made.fetch_add(1, Ordering::Relaxed)));
        let bytes = all.len() as u64;
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&all).into();
        self.blobs.lock().unwrap().insert(id, all.freeze());
        Ok(Blob { id: BlobId(id), bytes, digest })
    }

    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault> {
        let bytes = self.blobs.lock().unwrap().get(&id.0).cloned();
        Ok(bytes.map(|bytes| Box::pin(stream::once(async { Ok(bytes) })) as ByteStream))
    }

    async fn remove(&self, id: BlobId) -> Result<(), Fault> {
        self.blobs.lock().unwrap().remove(&id.0);
        Ok(())
    }
}

#[async_trait]
impl Probe for MemoryStore {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn probe(&self) -> Result<(), Fault> {
        self.check("probe the store")
    }
}
