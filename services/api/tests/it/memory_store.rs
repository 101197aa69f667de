//! A store, a queue and bodies in memory, and a way to make each of them fail.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use tally_count::Histogram;
use tally_jobs::model::{Blob, BlobId, Content, Ending, Hold, Job, JobId, NewJob, Source, Ticket, WorkerId};
use tally_jobs::ports::{
    Admission, Blobs, ByteStream, Carried, Census, Handed, JobCatalogue, JobQuery, JobQueue, JobStore,
    ListError, Lookup, Receipt, Settled, StillHeld, StreamError,
};
use tally_jobs::state::{Amended, Order};
use tally_kernel::{Clock, Cursor, Fault, FaultKind, Ids, Lease, Page, Probe, Slice, Timestamp};
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
    histogram: Option<Histogram>,
}

/// Everything in memory.
#[derive(Default)]
pub struct MemoryStore {
    rows: Mutex<HashMap<JobId, Row>>,
    gone: Mutex<Vec<JobId>>,
    blobs: Mutex<HashMap<Uuid, Bytes>>,
    blobs_made: AtomicU64,
    tickets: Mutex<Vec<Ticket>>,
    offered: Notify,
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
            Some(Content::Stored(blob)) => self.blobs.lock().unwrap()[&blob.0].clone(),
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
    pub fn end(&self, id: JobId, ending: &Ending, now: Timestamp) {
        let mut rows = self.rows();
        let row = rows.get_mut(&id).unwrap();
        let lease = Lease::from(now);
        let running = row.job.clone().claimed(row.job.ticket(), now, lease).unwrap();
        let epoch = running.epoch;
        row.job = running.ended(epoch, ending, now).unwrap();
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
        let content = new.content.clone();
        let job = new.into_job();
        let ticket = job.ticket();
        rows.insert(job.id, Row { job: job.clone(), content, histogram: None });
        Ok(Admission::New { job, pending: Some(ticket) })
    }

    async fn offered(&self, _: &[Ticket], _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    async fn overdue(&self, _: Timestamp, _: usize) -> Result<Vec<Ticket>, Fault> {
        Ok(Vec::new())
    }

    async fn claim(&self, ticket: Ticket, _: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&ticket.id) else { return Ok(None) };
        let Some(job) = row.job.clone().claimed(ticket, now, Lease::from(now)) else { return Ok(None) };
        row.job = job.clone();
        Ok(Some(Hold { job, content: row.content.clone() }))
    }

    async fn renew(&self, hold: &Job, _: Timestamp, _: Lease) -> Result<StillHeld, Fault> {
        let held = self.rows().get(&hold.id).is_some_and(|row| row.job.is_held(hold.epoch));
        Ok(if held { StillHeld::Yes } else { StillHeld::Gone })
    }

    async fn release(&self, _: &Job, _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    async fn settle(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&hold.id) else { return Ok(Settled::Gone) };
        let Some(job) = row.job.clone().ended(hold.epoch, &ending, now) else { return Ok(Settled::Gone) };
        if let Ending::Succeeded(findings) = ending {
            row.histogram = Some(findings.histogram());
        }
        row.job = job.clone();
        Ok(Settled::Written(job))
    }

    async fn amend(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        self.check("amend a job")?;
        if self.gone.lock().unwrap().contains(&id) {
            return Ok(Carried::Gone);
        }
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&id) else { return Ok(Carried::Unknown) };
        match row.job.clone().amended(order, now) {
            None => Ok(Carried::Forbidden(row.job.clone())),
            Some(Amended::Forgotten) => {
                let job = rows.remove(&id).unwrap().job;
                Ok(Carried::Done { job, pending: None })
            }
            Some(Amended::Changed(job)) => {
                row.job = *job.clone();
                let pending = (order == Order::Retry).then(|| job.ticket());
                Ok(Carried::Done { job: *job, pending })
            }
        }
    }

    async fn sweep(&self, _: Timestamp, _: usize) -> Result<usize, Fault> {
        Ok(0)
    }
}

#[async_trait]
impl JobCatalogue for MemoryStore {
    async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault> {
        assert!(!self.panics.load(Ordering::Relaxed), "a panic of the test's own");
        self.check("find a job")?;
        if self.gone.lock().unwrap().contains(&id) {
            return Ok(Lookup::Gone);
        }
        Ok(self.job(id).map_or(Lookup::Unknown, Lookup::Found))
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
        let items: Vec<Job> = all.iter().skip(from).take(page.limit).cloned().collect();
        let next = (from + items.len() < all.len()).then(|| Cursor::new((from + items.len()).to_string()));
        Ok(Slice { items, next })
    }

    async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault> {
        self.check("read words")?;
        if self.gone.lock().unwrap().contains(&id) {
            return Ok(Lookup::Gone);
        }
        let rows = self.rows();
        Ok(rows.get(&id).map_or(Lookup::Unknown, |row| Lookup::Found(row.histogram.clone())))
    }

    async fn census(&self) -> Result<Census, Fault> {
        Ok(Census::default())
    }
}

fn fits(job: &Job, query: &JobQuery) -> bool {
    let host = match &job.source {
        Source::Url(url) => Some(url.host()),
        _ => None,
    };
    query.state.is_none_or(|state| job.state == state)
        && query.labels.iter().all(|label| job.settings.labels.contains(label))
        && query.host.as_deref().is_none_or(|wanted| host == Some(wanted))
        && query.since.is_none_or(|since| job.created_at >= since)
        && query.until.is_none_or(|until| job.created_at < until)
        && query.text.as_deref().is_none_or(|text| job.id.to_string().contains(text))
}

#[async_trait]
impl JobQueue for MemoryStore {
    async fn offer(&self, ticket: Ticket) -> Result<(), Fault> {
        self.tickets.lock().unwrap().push(ticket);
        self.offered.notify_one();
        Ok(())
    }

    async fn next(&self) -> Result<Handed, Fault> {
        loop {
            if let Some(ticket) = self.tickets.lock().unwrap().pop() {
                return Ok(Handed::Ticket(ticket, Receipt(0)));
            }
            self.offered.notified().await;
        }
    }

    async fn done(&self, _: Receipt) -> Result<(), Fault> {
        Ok(())
    }

    async fn give_back(&self, _: Receipt) -> Result<(), Fault> {
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
