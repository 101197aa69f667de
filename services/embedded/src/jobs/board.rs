//! What this process knows about jobs that wait and run: lines, holds, and how much there is.
//!
//! Only the writer changes what it says of the disk, and only after a commit; so it is never ahead of the disk. All of it
//! can be rebuilt from the rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tally_jobs::lines::Lines;
use tally_jobs::model::{BlobId, JobId, Ticket};
use tally_jobs::settings::Priority;
use tally_jobs::state::State as JobState;
use tally_kernel::{Lease, Timestamp};
use tokio::sync::Semaphore;

use crate::jobs::change::{Change, Expect, Outcome};
use crate::jobs::deferred::Deferred;
use crate::jobs::shelf::{Shelf, Waiting};
use crate::options::Options;

/// What is known, shared.
pub struct Board {
    state: Mutex<State>,
    /// One permit for each ticket in a line: who waits for a ticket waits here, in order, and one is woken for one.
    pub ready: Semaphore,
    options: Options,
}

/// What is known.
#[derive(Default)]
pub struct State {
    /// Tickets that may be taken.
    pub lines: Lines<Ticket>,
    /// Tickets that were taken and not dealt with.
    pub handed: HashMap<u64, Ticket>,
    /// The number of the last receipt.
    pub receipts: u64,
    /// Jobs that run.
    pub running: HashMap<JobId, Running>,
    /// Tickets in no line.
    pub deferred: Deferred,
    /// Records of jobs that wait.
    pub shelf: Shelf,
    /// How many jobs wait on disk.
    pub queued: u64,
    /// Jobs on their way to the disk, and jobs that wait.
    pub taken_jobs: u64,
    /// The bytes of all jobs that are on their way, wait or run.
    pub taken_bytes: u64,
}

/// A hold.
#[derive(Clone, Copy, Debug)]
pub struct Running {
    /// The job's number.
    pub seq: i64,
    /// The hold's epoch.
    pub epoch: u64,
    /// Its line.
    pub priority: Priority,
    /// Until when it holds.
    pub lease: Lease,
    /// Its stored body.
    pub blob: Option<BlobId>,
    /// When a ticket to take it over was last put into a line.
    pub offered_at: Option<Timestamp>,
}

impl Running {
    /// The record that it stands for.
    pub const fn expect(&self) -> Expect {
        Expect { seq: self.seq, state: JobState::Running, epoch: self.epoch }
    }

    /// The ticket to take it over.
    pub const fn ticket(&self, id: JobId) -> Ticket {
        Ticket { id, epoch: self.epoch, priority: self.priority, redelivered: false }
    }

    /// Whether somebody should be sent to take it over: its lease is over, and nobody was sent lately.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        self.lease.is_over(now) && self.offered_at.is_none_or(|at| now.since(at) >= Lease::LASTS)
    }
}

impl Board {
    /// An empty board.
    pub fn new(options: Options) -> Self {
        Self { state: Mutex::default(), ready: Semaphore::new(0), options }
    }

    /// The state, for a moment. Never held over anything slow.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes room for one more job; `false` when there is none.
    pub fn reserve(&self, bytes: u64) -> bool {
        let mut state = self.lock();
        let fits = state.taken_jobs < self.options.max_queued_jobs
            && state.taken_bytes.saturating_add(bytes) <= self.options.max_queued_bytes;
        if fits {
            state.taken_jobs += 1;
            state.taken_bytes += bytes;
        }
        fits
    }

    /// Whether one more job may wait.
    pub fn has_room(&self) -> bool {
        let state = self.lock();
        state.taken_jobs < self.options.max_queued_jobs && state.taken_bytes < self.options.max_queued_bytes
    }

    /// Puts a ticket into its line.
    pub fn offer(&self, ticket: Ticket) {
        self.lock().lines.push(ticket.priority, ticket);
        self.ready.add_permits(1);
    }

    /// Notes what a commit has done, for all its changes at once.
    pub fn committed<'a>(&self, done: impl Iterator<Item = (&'a Change, &'a Outcome)>) {
        let mut state = self.lock();
        let before = state.lines.len();
        for (change, outcome) in done {
            state.note(change, outcome);
        }
        let more = state.lines.len() - before;
        drop(state);
        if more > 0 {
            self.ready.add_permits(more);
        }
    }

    /// Notes that a change was not carried out.
    pub fn failed(&self, change: &Change) {
        if let Change::Admit(admit) = change {
            self.lock().give_room_back(admit.waiting.job.source.bytes());
        }
    }
}

impl State {
    fn note(&mut self, change: &Change, outcome: &Outcome) {
        match (change, outcome) {
            (Change::Admit(admit), Outcome::Admitted(seq)) => self.admitted(*seq, &admit.waiting),
            (Change::Admit(admit), _) => self.give_room_back(admit.waiting.job.source.bytes()),
            // The relay offers it when it is due.
            (Change::Unpack(unpack), Outcome::Admitted(_)) => {
                let job = &unpack.admit.waiting.job;
                if !job.state.is_end() {
                    self.taken_bytes += job.source.bytes();
                    self.waits(job.ticket(), job.due_at, false);
                }
            }
            (_, Outcome::Lost | Outcome::Swept(..) | Outcome::Admitted(_)) => {}
            (Change::Claim(claim), Outcome::Done) => {
                self.left_waiting(claim.ticket.id, claim.expect.state);
                let lease = Lease { until: claim.next.lease_until.unwrap_or(claim.next.due_at) };
                let running = Running {
                    seq: claim.expect.seq,
                    epoch: claim.next.epoch,
                    priority: claim.ticket.priority,
                    lease,
                    blob: claim.blob,
                    offered_at: None,
                };
                self.running.insert(claim.ticket.id, running);
            }
            (Change::Renew(renew), Outcome::Done) => {
                if let Some(running) = self.running.get_mut(&renew.id) {
                    running.lease = Lease { until: renew.until };
                    running.offered_at = None;
                }
            }
            (Change::Requeue(requeue), Outcome::Done) => {
                self.running.remove(&requeue.ticket.id);
                self.waits(requeue.ticket, requeue.next.due_at, requeue.at_once);
            }
            (Change::End(end), Outcome::Done) => {
                self.left_waiting(end.id, end.expect.state);
                self.running.remove(&end.id);
                self.taken_bytes = self.taken_bytes.saturating_sub(end.bytes);
            }
            (Change::Revive(revive), Outcome::Done) => {
                self.taken_bytes += revive.bytes;
                self.waits(revive.ticket, revive.next.due_at, true);
            }
            (Change::Forget(forget), Outcome::Done) => {
                self.left_waiting(forget.id, forget.expect.state);
                if !forget.expect.state.is_end() {
                    self.taken_bytes = self.taken_bytes.saturating_sub(forget.bytes);
                }
            }
            (Change::Sweep { .. } | Change::Unpack(_), Outcome::Done) => {}
        }
    }

    fn admitted(&mut self, seq: i64, waiting: &Arc<Waiting>) {
        self.queued += 1;
        self.lines.push(waiting.job.settings.priority, waiting.job.ticket());
        self.shelf.put(seq, Arc::clone(waiting));
    }

    /// A job waits that ran or had ended.
    pub fn waits(&mut self, ticket: Ticket, due_at: Timestamp, at_once: bool) {
        self.queued += 1;
        self.taken_jobs += 1;
        if at_once {
            self.lines.push(ticket.priority, ticket);
        } else {
            self.deferred.put(ticket, due_at);
        }
    }

    fn left_waiting(&mut self, id: JobId, was: JobState) {
        if was == JobState::Queued {
            self.shelf.remove(id);
            self.deferred.remove(id);
            self.queued = self.queued.saturating_sub(1);
            self.taken_jobs = self.taken_jobs.saturating_sub(1);
        }
    }

    fn give_room_back(&mut self, bytes: u64) {
        self.taken_jobs = self.taken_jobs.saturating_sub(1);
        self.taken_bytes = self.taken_bytes.saturating_sub(bytes);
    }
}
