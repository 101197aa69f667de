//! The store: what the room decides, compared with the disk and swapped.
//!
//! A call reads the record (from memory where it can), asks the room for the next one, and has the writer swap it if
//! it is still the one that was read. When it is not, it looks again.

mod orders;
pub(super) mod rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tally_jobs::model::{BlobId, Ending, Hold, Job, JobId, NewJob, Ticket, WorkerId};
use tally_jobs::ports::{Admission, Carried, JobStore, Settled, StillHeld};
use tally_jobs::state::{Order, State};
use tally_kernel::{Clock, Fault, FaultKind, Lease, Timestamp};
use tokio::task::JoinHandle;

use crate::blobs::BlobFolder;
use crate::engine::readers::{Read, Readers};
use crate::engine::writer::Writer;
use crate::jobs::board::{Board, Running};
use crate::jobs::change::{Change, Claim, Expect, Moving, Outcome, Renew, Requeue};
use crate::jobs::record::{self, Stored};
use crate::jobs::shelf::Waiting;

/// How long it is remembered that a job was here: thirty days.
pub const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often files that no job owns are looked for.
const ORPHANS_EVERY: Duration = Duration::from_secs(3600);

/// The jobs of one folder.
pub struct JobsInFolder {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    board: Arc<Board>,
    blobs: Arc<BlobFolder>,
    clock: Arc<dyn Clock>,
    orphans_at: AtomicI64,
}

/// A record that may be claimed, and what was handed in.
struct Claimable {
    seq: i64,
    waiting: Arc<Waiting>,
}

impl JobsInFolder {
    /// The store over these parts.
    pub fn new(
        writer: Arc<Writer>,
        readers: Arc<Readers>,
        board: Arc<Board>,
        blobs: Arc<BlobFolder>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { writer, readers, board, blobs, clock, orphans_at: AtomicI64::new(i64::MIN) }
    }

    fn read(&self, id: JobId, during: &'static str) -> Read<Option<Stored>> {
        self.readers.one(|connection| record::by_id(connection, id, during))
    }

    /// What stands in the way of admitting a job with this id.
    fn known(&self, job: &Job, during: &'static str) -> Read<Option<Admission>> {
        Ok(self.read(job.id, during)?.map(|Stored { job: first, .. }| {
            if first.fingerprint == job.fingerprint { Admission::Replay(first) } else { Admission::KeyReused }
        }))
    }

    fn claimable(&self, id: JobId, during: &'static str) -> Read<Option<Claimable>> {
        if let Some((seq, waiting)) = self.board.lock().shelf.get(id) {
            return Ok(Some(Claimable { seq, waiting }));
        }
        self.readers.one(|connection| {
            let Some(Stored { seq, job }) = record::by_id(connection, id, during)? else { return Ok(None) };
            let content =
                if job.state.is_end() { None } else { record::content_of(connection, seq, during)? };
            Ok(Some(Claimable { seq, waiting: Arc::new(Waiting { job, content }) }))
        })
    }

    /// The hold of this record, when it is still the one in force.
    fn held(&self, hold: &Job) -> Option<Running> {
        self.board.lock().running.get(&hold.id).copied().filter(|running| running.epoch == hold.epoch)
    }

    /// Keeps a ticket that could not be used now.
    fn defer(&self, ticket: Ticket, until: Timestamp) {
        self.board.lock().deferred.put(ticket, until);
    }

    /// Removes bodies that were needed until now; a caller who need not know that it is done does not wait.
    fn discard(&self, blobs: Vec<BlobId>) -> Option<JoinHandle<()>> {
        (!blobs.is_empty()).then(|| self.blobs.discard(blobs, Arc::clone(&self.readers)))
    }

    async fn discard_now(&self, blobs: Vec<BlobId>) {
        if let Some(discarding) = self.discard(blobs) {
            // It logs what it could not do, and the sweep tries again.
            let _ = discarding.await;
        }
    }
}

#[async_trait]
impl JobStore for JobsInFolder {
    async fn admit(&self, mut new: NewJob) -> Result<Admission, Fault> {
        const DURING: &str = "admit a job";
        let content = new.content.take();
        let waiting = Arc::new(Waiting { job: new.into_job(), content });
        let job = &waiting.job;
        loop {
            if !self.board.reserve(job.source.bytes()) {
                // A job that is here already needs no room.
                let known = if job.fingerprint.is_some() { self.known(job, DURING)? } else { None };
                return known.ok_or_else(|| Fault::new(FaultKind::Overloaded, DURING));
            }
            let admit = rows::admit(Arc::clone(&waiting));
            if let Outcome::Admitted(_) = self.writer.write(Change::Admit(admit), DURING).await? {
                return Ok(Admission::New { job: job.clone(), pending: None });
            }
            if let Some(known) = self.known(job, DURING)? {
                return Ok(known);
            }
            // It was there and is forgotten again: so it is new after all.
        }
    }

    async fn offered(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        let mut state = self.board.lock();
        for ticket in tickets {
            state.deferred.remove(ticket.id);
            if let Some(running) = state.running.get_mut(&ticket.id)
                && running.epoch == ticket.epoch
            {
                running.offered_at = Some(at);
            }
        }
        Ok(())
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        let state = self.board.lock();
        let abandoned = state.running.iter().filter(|(_, running)| running.is_abandoned(now));
        let mut overdue: Vec<_> =
            abandoned.map(|(id, running)| (running.lease.until, running.ticket(*id))).collect();
        overdue.extend(state.deferred.due(now).take(limit));
        drop(state);
        overdue.sort_by_key(|(since, _)| *since);
        Ok(overdue.into_iter().map(|(_, ticket)| ticket).take(limit).collect())
    }

    async fn claim(&self, ticket: Ticket, who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        const DURING: &str = "claim a job";
        loop {
            let Some(Claimable { seq, waiting }) = self.claimable(ticket.id, DURING)? else {
                return Ok(None);
            };
            let was = &waiting.job;
            let Some(job) = was.clone().claimed(ticket, now, Lease::from(now)) else {
                if was.state == State::Queued && was.epoch == ticket.epoch {
                    self.defer(ticket, was.due_at);
                }
                return Ok(None);
            };
            let claim = Claim {
                expect: Expect::as_in(seq, was),
                lease_until: was.lease.map(|lease| lease.until),
                next: Moving::of(&job),
                ticket,
                worker: who.0.clone(),
                blob: rows::stored_body(waiting.content.as_ref()),
            };
            match self.writer.write(Change::Claim(Box::new(claim)), DURING).await {
                Ok(Outcome::Done) => return Ok(Some(Hold { job, content: waiting.content.clone() })),
                // Somebody was faster, or memory was behind: look at what is there now.
                Ok(_) => self.board.lock().shelf.remove(ticket.id),
                Err(fault) => {
                    // Whatever the caller does with the ticket, the relay finds it again.
                    self.defer(ticket, now);
                    return Err(fault);
                }
            }
        }
    }

    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        let Some(running) = self.held(hold) else { return Ok(StillHeld::Gone) };
        if !running.lease.wants_renewal(now) {
            return Ok(StillHeld::Yes);
        }
        let renew = Renew { id: hold.id, expect: running.expect(), until: lease.until };
        match self.writer.write(Change::Renew(renew), "renew a lease").await? {
            Outcome::Done => Ok(StillHeld::Yes),
            _ => Ok(StillHeld::Gone),
        }
    }

    async fn release(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        let Some(running) = self.held(hold) else { return Ok(()) };
        let Some(next) = hold.clone().released(hold.epoch, from) else { return Ok(()) };
        let (ticket, next) = (next.ticket(), Moving::of(&next));
        let at_once = from <= self.clock.now();
        let requeue = Requeue { expect: running.expect(), next, ticket, at_once };
        self.writer.write(Change::Requeue(Box::new(requeue)), "release a job").await?;
        Ok(())
    }

    async fn settle(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        let Some(running) = self.held(hold) else { return Ok(Settled::Gone) };
        let Some(next) = hold.clone().ended(hold.epoch, &ending, now) else { return Ok(Settled::Gone) };
        let change = if next.state.is_end() {
            Change::End(Box::new(rows::end(running.expect(), &next, rows::rest(&ending))))
        } else {
            let (ticket, moving) = (next.ticket(), Moving::of(&next));
            let at_once = next.due_at <= now;
            Change::Requeue(Box::new(Requeue { expect: running.expect(), next: moving, ticket, at_once }))
        };
        match self.writer.write(change, "settle a job").await? {
            Outcome::Done => {
                if next.state == State::Succeeded {
                    drop(self.discard(running.blob.into_iter().collect()));
                }
                Ok(Settled::Written(next))
            }
            _ => Ok(Settled::Gone),
        }
    }

    async fn amend(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        self.order(id, order, now).await
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        const DURING: &str = "sweep";
        let swept = self.writer.write(Change::Sweep { now, limit }, DURING).await?;
        let Outcome::Swept(count, blobs) = swept else { return Ok(0) };
        self.discard_now(blobs).await;
        let last = self.orphans_at.load(Ordering::Relaxed);
        if last == i64::MIN || now.since(Timestamp::from_ms(last)) >= ORPHANS_EVERY {
            self.orphans_at.store(now.as_ms(), Ordering::Relaxed);
            self.blobs.remove_orphans(now, &self.readers).await?;
        }
        Ok(count)
    }
}
