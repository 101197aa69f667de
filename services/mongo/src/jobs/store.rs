//! The job store: optimistic concurrency over single documents.
//!
//! A call reads the record, lets the engine decide the next record, and writes it by compare-and-swap. If the record
//! changed meanwhile, the call starts again.

pub(super) mod actions;
mod admit;
mod archive;
mod workers;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use mongodb::options::ReadConcern;
use tally_jobs::id::{BlobId, JobId, WorkerId};
use tally_jobs::ports::{ActionResult, Admission, CompleteResult, JobStore, StillHeld};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction};
use tally_kernel::{Clock, Fault, FaultKind, Lease, OwnerId, Timestamp};

use crate::batcher::Batcher;
use crate::blobs::MongoBlobs;
use crate::codec::record::Change;
use crate::db_executor::DbExecutor;
use crate::jobs::attachments::Attachments;
use crate::jobs::backlog_limit::BacklogLimit;
use crate::jobs::claims::{ClaimJobs, ClaimRequest};
use crate::jobs::compare_and_swap::{CompareAndSwap, CompareAndSwaps};
use crate::jobs::completions::CompleteJobs;
use crate::jobs::find_by_id::FindById;
use crate::jobs::inserts::InsertJobs;
use crate::jobs::outbox_watermark::OutboxWatermark;
use crate::jobs::publish_marks::mark_published;
use crate::jobs::quarantine::Quarantine;
use crate::pending_uploads::PendingUploads;
use crate::sequence::Sequence;

/// Maximum attempts of a compare-and-swap before the call fails as contended.
pub(super) const MAX_ATTEMPTS: usize = 8;

/// The job store of one database.
pub struct MongoJobStore {
    pub(super) db: Arc<DbExecutor>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sequence: Arc<Sequence>,
    pub(super) backlog: Arc<BacklogLimit>,
    pub(super) quarantine: Arc<Quarantine>,
    pub(super) blobs: Arc<MongoBlobs>,
    pub(super) pending_uploads: Arc<PendingUploads>,
    pub(super) attachments: Arc<Attachments>,
    pub(super) watermark: Arc<OutboxWatermark>,
    claims: Arc<Batcher<ClaimJobs>>,
    find: FindById,
    find_lease: FindById,
    inserts: Arc<Batcher<InsertJobs>>,
    changes: Arc<Batcher<CompareAndSwaps>>,
    completions: Arc<Batcher<CompleteJobs>>,
    /// The jobs claimed by this process, by id and epoch.
    local_claims: Mutex<HashMap<(JobId, u64), ClaimState>>,
    /// Whether the relay of this process has reserved messages that it may not have published.
    pub(super) has_reserved_messages: AtomicBool,
    /// When orphans were last searched for, in milliseconds.
    pub(super) orphans_at: AtomicI64,
}

/// What completing a claimed job needs.
struct ClaimState {
    /// The document as claimed, without the submitted content.
    document: RawDocumentBuf,
    /// The stored body, to be removed when the job succeeds.
    blob: Option<BlobId>,
    /// The claim, while it is deferred.
    deferred: Option<DeferredClaim>,
}

/// A claim that is not written yet.
#[derive(Clone)]
struct DeferredClaim {
    /// The filter for the job's document.
    expect: RawDocumentBuf,
    /// The update that writes the claim.
    update: RawDocumentBuf,
    /// The mark of the update.
    mark: i64,
    /// Whether the update was sent, so that it may be written by now.
    sent: bool,
}

pub struct StoreParts {
    /// The database.
    pub db: Arc<DbExecutor>,
    /// Orders admissions.
    pub clock: Arc<dyn Clock>,
    /// Generates marks and positions.
    pub sequence: Arc<Sequence>,
    /// The limit on waiting jobs.
    pub backlog: Arc<BacklogLimit>,
    /// Unreadable documents.
    pub quarantine: Arc<Quarantine>,
    /// Stored bodies.
    pub blobs: Arc<MongoBlobs>,
    /// Uploads that no job owns yet.
    pub pending_uploads: Arc<PendingUploads>,
    pub attachments: Arc<Attachments>,
    /// New jobs whose messages are not confirmed.
    pub watermark: Arc<OutboxWatermark>,
}

impl MongoJobStore {
    /// Creates the store.
    pub fn new(parts: StoreParts) -> Self {
        let StoreParts {
            db,
            clock,
            sequence,
            backlog,
            quarantine,
            blobs,
            pending_uploads,
            attachments,
            watermark,
        } = parts;
        let find = |fields, ends| {
            let concern = ReadConcern::local();
            FindById { db: Arc::clone(&db), fields, ends, concern }
        };
        let claims = ClaimJobs {
            find: find(doc! {}, false),
            sequence: Arc::clone(&sequence),
            quarantine: Arc::clone(&quarantine),
        };
        Self {
            claims: Batcher::new(claims, Arc::clone(&db)),
            find: find(doc! {}, true),
            find_lease: find(doc! { "state": 1, "epoch": 1, "created": 1, "lease": 1 }, false),
            inserts: Batcher::new(InsertJobs { db: Arc::clone(&db) }, Arc::clone(&db)),
            changes: Batcher::new(CompareAndSwaps { db: Arc::clone(&db) }, Arc::clone(&db)),
            completions: Batcher::new(CompleteJobs { db: Arc::clone(&db) }, Arc::clone(&db)),
            local_claims: Mutex::default(),
            has_reserved_messages: AtomicBool::new(false),
            orphans_at: AtomicI64::new(i64::MIN),
            db,
            clock,
            sequence,
            backlog,
            quarantine,
            blobs,
            pending_uploads,
            attachments,
            watermark,
        }
    }

    /// Changes the document of this id if it matches.
    pub(super) async fn swap(
        &self,
        id: JobId,
        expect: RawDocumentBuf,
        update: RawDocumentBuf,
        mark: i64,
        during: &'static str,
    ) -> Result<bool, Fault> {
        self.changes.call(CompareAndSwap { id, expect, update, mark }, during).await
    }

    /// Changes the document to this record if it matches.
    async fn swap_to(&self, expect: RawDocumentBuf, next: &Job, during: &'static str) -> Result<bool, Fault> {
        let mark = self.sequence.mark();
        let update = Change::to(next, mark).into_update();
        self.swap(next.id, expect, update, mark, during).await
    }

    fn local_claims(&self) -> MutexGuard<'_, HashMap<(JobId, u64), ClaimState>> {
        self.local_claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fault after losing too many races.
pub(super) fn contended(during: &'static str) -> Fault {
    Fault::because(FaultKind::Unavailable, during, "the record changed during every attempt")
}

#[async_trait]
impl JobStore for MongoJobStore {
    async fn admit(&self, new: NewJob) -> Result<Admission, Fault> {
        self.admit_job(new).await
    }

    async fn published(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        let tickets = self.watermark.to_mark(tickets, at);
        if tickets.is_empty() {
            return Ok(());
        }
        mark_published(&self.db, &tickets, at).await
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        self.find_overdue(now, limit).await
    }

    async fn claim(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        self.claim_job(ClaimRequest { ticket, worker: worker.clone(), now, may_defer: false }).await
    }

    async fn claim_lazily(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        self.claim_job(ClaimRequest { ticket, worker: worker.clone(), now, may_defer: true }).await
    }

    async fn renew(&self, claimed: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        self.renew_lease(claimed, now, lease).await
    }

    async fn release(&self, claimed: &Job, from: Timestamp) -> Result<(), Fault> {
        self.release_claim(claimed, from).await
    }

    async fn complete(
        &self,
        claimed: &Job,
        outcome: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault> {
        self.complete_job(claimed, outcome, now).await
    }

    async fn apply(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault> {
        self.apply_action(owner, id, action, now).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        self.sweep_expired(now, limit).await
    }
}
