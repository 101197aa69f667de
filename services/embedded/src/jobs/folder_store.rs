//! The job store of one folder, with compare-and-swap on rows.
//!
//! A call reads the record, from memory where it can, and asks the engine for the next one. The writer swaps it if the
//! stored record is still the one that was read; otherwise the call reads again.

mod actions;
pub(super) mod rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tally_jobs::content::Content;
use tally_jobs::id::{BlobId, JobId, WorkerId};
use tally_jobs::ports::{ActionResult, Admission, CompleteResult, JobStore, StillHeld};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::{Clock, Fault, FaultKind, Lease, OwnerId, Timestamp};
use tokio::task::JoinHandle;

use crate::blob_folder::BlobFolder;
use crate::engine::reader_pool::{ReadResult, ReaderPool};
use crate::engine::writer::Writer;
use crate::jobs::pending_job_cache::PendingJob;
use crate::jobs::queue_state::{QueueState, RunningClaim};
use crate::jobs::store_change::{
    ChangeOutcome, ClaimChange, ExpectedRow, MutableColumns, RenewChange, RequeueChange, StoreChange,
};
use crate::jobs::stored_job::{self, StoredJob};

/// How long a tombstone of a removed job is kept: thirty days.
pub const TOMBSTONE_RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often the sweep searches for files that no job owns.
const ORPHAN_SWEEP_INTERVAL: Duration = Duration::from_secs(3600);

/// The jobs of one folder.
pub struct FolderStore {
    writer: Arc<Writer>,
    readers: Arc<ReaderPool>,
    state: Arc<QueueState>,
    blobs: Arc<BlobFolder>,
    clock: Arc<dyn Clock>,
    orphans_swept_at: AtomicI64,
}

/// A record to claim, with the submitted content.
struct Claimable {
    seq: i64,
    pending: Arc<PendingJob>,
}

impl FolderStore {
    /// The store over these parts.
    pub fn new(
        writer: Arc<Writer>,
        readers: Arc<ReaderPool>,
        state: Arc<QueueState>,
        blobs: Arc<BlobFolder>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { writer, readers, state, blobs, clock, orphans_swept_at: AtomicI64::new(i64::MIN) }
    }

    fn read(&self, id: JobId, during: &'static str) -> ReadResult<Option<StoredJob>> {
        self.readers.short_read(|connection| stored_job::by_id(connection, id, during))
    }

    /// The answer for a job whose id exists already.
    fn existing(&self, job: &Job, during: &'static str) -> ReadResult<Option<Admission>> {
        let Some(StoredJob { job: stored, .. }) = self.read(job.id, during)? else {
            let tombstone = |connection: &_| stored_job::newest_generation(connection, job.id, during);
            return Ok(self.readers.short_read(tombstone)?.map(|newest| Admission::Gone { newest }));
        };
        let is_same = stored.fingerprint == job.fingerprint;
        Ok(Some(if is_same { Admission::Replay(stored) } else { Admission::KeyReused }))
    }

    fn read_claimable(&self, id: JobId, during: &'static str) -> ReadResult<Option<Claimable>> {
        if let Some((seq, pending)) = self.state.lock().pending.get(id) {
            return Ok(Some(Claimable { seq, pending }));
        }
        self.readers.short_read(|connection| {
            let Some(StoredJob { seq, job }) = stored_job::by_id(connection, id, during)? else {
                return Ok(None);
            };
            let content =
                if job.state.is_final() { None } else { stored_job::content_of(connection, seq, during)? };
            Ok(Some(Claimable { seq, pending: Arc::new(PendingJob { job, content }) }))
        })
    }

    /// The claim of this record, if it is still in force.
    fn claim_in_force(&self, claimed: &Job) -> Option<RunningClaim> {
        self.state.lock().running.get(&claimed.id).copied().filter(|running| running.epoch == claimed.epoch)
    }

    /// Keeps a ticket that cannot be used now; the relay publishes it after `until`.
    fn defer(&self, ticket: Ticket, until: Timestamp) {
        self.state.lock().deferred.put(ticket, until);
    }

    /// Starts to remove bodies that are no longer needed. The caller need not wait for the end.
    fn discard(&self, blobs: Vec<BlobId>) -> Option<JoinHandle<()>> {
        (!blobs.is_empty()).then(|| self.blobs.discard(blobs, Arc::clone(&self.readers)))
    }

    async fn discard_now(&self, blobs: Vec<BlobId>) {
        if let Some(discarding) = self.discard(blobs) {
            // It logs failures, and the sweep tries again.
            let _ = discarding.await;
        }
    }
}

#[async_trait]
impl JobStore for FolderStore {
    async fn admit(&self, mut new: NewJob) -> Result<Admission, Fault> {
        const DURING: &str = "admit a job";
        let (content, generation) = (new.content.take(), new.generation);
        let pending = Arc::new(PendingJob { job: new.into_job(), content });
        let job = &pending.job;
        loop {
            if !self.state.reserve(job.content_bytes) {
                // A replay of a stored job needs no space.
                let existing = if job.fingerprint.is_some() { self.existing(job, DURING)? } else { None };
                return existing.ok_or_else(|| Fault::new(FaultKind::Overloaded, DURING));
            }
            let admit = rows::admit(Arc::clone(&pending), generation);
            match self.writer.write(StoreChange::Admit(admit), DURING).await? {
                ChangeOutcome::Admitted(_) => {
                    return Ok(Admission::New { job: job.clone(), pending: None });
                }
                ChangeOutcome::Gone(newest) => return Ok(Admission::Gone { newest }),
                _ => {}
            }
            if let Some(existing) = self.existing(job, DURING)? {
                return Ok(existing);
            }
            // The stored job was removed meanwhile, and its tombstone too.
        }
    }

    async fn published(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        let mut state = self.state.lock();
        for ticket in tickets {
            state.deferred.remove(ticket.id);
            if let Some(running) = state.running.get_mut(&ticket.id)
                && running.epoch == ticket.epoch
            {
                running.published_at = Some(at);
            }
        }
        Ok(())
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        let state = self.state.lock();
        let abandoned = state.running.iter().filter(|(_, running)| running.is_abandoned(now));
        let mut overdue: Vec<_> =
            abandoned.map(|(id, running)| (running.lease.until, running.ticket(*id))).collect();
        overdue.extend(state.deferred.due(now).take(limit));
        drop(state);
        overdue.sort_by_key(|(since, _)| *since);
        Ok(overdue.into_iter().map(|(_, ticket)| ticket).take(limit).collect())
    }

    async fn claim(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        const DURING: &str = "claim a job";
        loop {
            let Some(Claimable { seq, pending }) = self.read_claimable(ticket.id, DURING)? else {
                return Ok(None);
            };
            let current = &pending.job;
            let Some(job) = current.clone().claimed(ticket, worker, now, Lease::from(now)) else {
                if current.state == JobState::Queued && current.epoch == ticket.epoch {
                    self.defer(ticket, current.due_at);
                }
                return Ok(None);
            };
            let claim = ClaimChange {
                expect: ExpectedRow::of(seq, current),
                lease_until: current.lease.map(|lease| lease.until),
                next: MutableColumns::of(&job),
                ticket,
                blob: pending.content.as_ref().and_then(Content::blob),
            };
            match self.writer.write(StoreChange::Claim(Box::new(claim)), DURING).await {
                Ok(ChangeOutcome::Applied) => {
                    return Ok(Some(ClaimedJob { job, content: pending.content.clone() }));
                }
                // Another worker was faster, or the cache was stale: read the stored record.
                Ok(_) => self.state.lock().pending.remove(ticket.id),
                Err(fault) => {
                    // The relay publishes the ticket again, whatever the caller does with it.
                    self.defer(ticket, now);
                    return Err(fault);
                }
            }
        }
    }

    async fn renew(&self, claimed: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        let Some(running) = self.claim_in_force(claimed) else { return Ok(StillHeld::No) };
        if !running.lease.wants_renewal(now) {
            return Ok(StillHeld::Yes);
        }
        let renew = RenewChange { id: claimed.id, expect: running.expected_row(), until: lease.until };
        match self.writer.write(StoreChange::Renew(renew), "renew a lease").await? {
            ChangeOutcome::Applied => Ok(StillHeld::Yes),
            _ => Ok(StillHeld::No),
        }
    }

    async fn release(&self, claimed: &Job, from: Timestamp) -> Result<(), Fault> {
        let Some(running) = self.claim_in_force(claimed) else { return Ok(()) };
        let Some(next) = claimed.clone().released(claimed.epoch, from) else { return Ok(()) };
        let (ticket, next) = (next.ticket(), MutableColumns::of(&next));
        let at_once = from <= self.clock.now();
        let requeue = RequeueChange { expect: running.expected_row(), next, ticket, at_once };
        self.writer.write(StoreChange::Requeue(Box::new(requeue)), "release a job").await?;
        Ok(())
    }

    async fn complete(
        &self,
        claimed: &Job,
        outcome: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault> {
        let Some(running) = self.claim_in_force(claimed) else { return Ok(CompleteResult::Fenced) };
        let Some(next) = claimed.clone().completed(claimed.epoch, &outcome, now) else {
            return Ok(CompleteResult::Fenced);
        };
        let change = if next.state.is_final() {
            StoreChange::Finish(Box::new(rows::finished_by(running.expected_row(), &next, outcome)))
        } else {
            let (ticket, columns) = (next.ticket(), MutableColumns::of(&next));
            let at_once = next.due_at <= now;
            StoreChange::Requeue(Box::new(RequeueChange {
                expect: running.expected_row(),
                next: columns,
                ticket,
                at_once,
            }))
        };
        match self.writer.write(change, "complete an attempt").await? {
            ChangeOutcome::Applied => {
                if next.state == JobState::Succeeded {
                    drop(self.discard(running.blob.into_iter().collect()));
                }
                Ok(CompleteResult::Written(next))
            }
            _ => Ok(CompleteResult::Fenced),
        }
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
        const DURING: &str = "sweep";
        let swept = self.writer.write(StoreChange::Sweep { now, limit }, DURING).await?;
        let ChangeOutcome::Swept(count, blobs) = swept else { return Ok(0) };
        self.discard_now(blobs).await;
        let last = self.orphans_swept_at.load(Ordering::Relaxed);
        if last == i64::MIN || now.since(Timestamp::from_ms(last)) >= ORPHAN_SWEEP_INTERVAL {
            self.orphans_swept_at.store(now.as_ms(), Ordering::Relaxed);
            self.blobs.remove_orphans(now, &self.readers).await?;
        }
        Ok(count)
    }
}
