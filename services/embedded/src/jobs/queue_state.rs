//! The state of queued and running jobs in memory: tickets, claims, and how much of the bounds is used.
//!
//! Only the writer records what is on disk, and only after a commit, so memory is never ahead of the disk. All of it can
//! be rebuilt from the rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tally_jobs::id::{BlobId, JobId};
use tally_jobs::options::Priority;
use tally_jobs::priority_queues::PriorityQueues;
use tally_jobs::record::Ticket;
use tally_jobs::state::JobState;
use tally_kernel::{Lease, Timestamp};
use tokio::sync::Semaphore;

use crate::folder_options::FolderOptions;
use crate::jobs::deferred_tickets::DeferredTickets;
use crate::jobs::pending_job_cache::{PendingJob, PendingJobCache};
use crate::jobs::store_change::{ChangeOutcome, ExpectedRow, StoreChange};

/// The state, shared by the store, the queue and the writer.
pub struct QueueState {
    known: Mutex<KnownJobs>,
    /// One permit for each ticket in a queue: a consumer waits here, first come first served.
    pub ready: Semaphore,
    options: FolderOptions,
}

/// What is known about queued and running jobs.
#[derive(Default)]
pub struct KnownJobs {
    /// Tickets that may be delivered.
    pub queues: PriorityQueues<Ticket>,
    /// Tickets that were delivered and not yet acknowledged, by receipt.
    pub unacknowledged: HashMap<u64, Ticket>,
    /// The number of the last receipt.
    pub last_receipt: u64,
    /// Jobs that run.
    pub running: HashMap<JobId, RunningClaim>,
    /// Tickets that are not in a queue until their time.
    pub deferred: DeferredTickets,
    /// Records of queued jobs.
    pub pending: PendingJobCache,
    /// How many jobs are queued on disk.
    pub queued: u64,
    /// Queued jobs, and jobs that are being admitted.
    pub reserved_jobs: u64,
    /// The bytes of all jobs that are being admitted, queued or running.
    pub reserved_bytes: u64,
}

/// A claim in force.
#[derive(Clone, Copy, Debug)]
pub struct RunningClaim {
    /// The job's number.
    pub seq: i64,
    /// The claim's epoch.
    pub epoch: u64,
    /// The job's priority.
    pub priority: Priority,
    /// The claim's lease.
    pub lease: Lease,
    /// The job's stored body.
    pub blob: Option<BlobId>,
    /// When a ticket to take the job over was last published.
    pub published_at: Option<Timestamp>,
}

impl RunningClaim {
    pub const fn expected_row(&self) -> ExpectedRow {
        ExpectedRow { seq: self.seq, state: JobState::Running, epoch: self.epoch }
    }

    /// The ticket to take the job over.
    pub const fn ticket(&self, id: JobId) -> Ticket {
        Ticket { id, epoch: self.epoch, priority: self.priority, redelivered: false }
    }

    /// Whether a ticket should be published: the lease is over, and none was published lately.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        self.lease.is_over(now) && self.published_at.is_none_or(|at| now.since(at) >= Lease::LASTS)
    }
}

impl QueueState {
    /// An empty state.
    pub fn new(options: FolderOptions) -> Self {
        Self { known: Mutex::default(), ready: Semaphore::new(0), options }
    }

    /// Locks the state. The lock is never held during slow work.
    pub fn lock(&self) -> MutexGuard<'_, KnownJobs> {
        // Nothing under the lock panics half way through a change.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves space for one more job; `false` when a bound is reached.
    pub fn reserve(&self, content_bytes: u64) -> bool {
        let mut known = self.lock();
        let fits = known.reserved_jobs < self.options.max_queued_jobs
            && known.reserved_bytes.saturating_add(content_bytes) <= self.options.max_queued_bytes;
        if fits {
            known.reserved_jobs += 1;
            known.reserved_bytes += content_bytes;
        }
        fits
    }

    /// Whether both bounds allow one more job.
    pub fn can_admit(&self) -> bool {
        let known = self.lock();
        known.reserved_jobs < self.options.max_queued_jobs
            && known.reserved_bytes < self.options.max_queued_bytes
    }

    /// Puts a ticket into the queue of its priority.
    pub fn publish(&self, ticket: Ticket) {
        self.lock().queues.push(ticket.priority, ticket);
        self.ready.add_permits(1);
    }

    /// Records what a commit has written, for all its changes at once.
    pub fn record_commit<'a>(&self, changes: impl Iterator<Item = (&'a StoreChange, &'a ChangeOutcome)>) {
        let mut known = self.lock();
        let before = known.queues.len();
        for (change, outcome) in changes {
            known.record(change, outcome);
        }
        let added = known.queues.len() - before;
        drop(known);
        if added > 0 {
            self.ready.add_permits(added);
        }
    }

    /// Records that a change was not written.
    pub fn record_failure(&self, change: &StoreChange) {
        if let StoreChange::Admit(admit) = change {
            self.lock().release_reservation(admit.pending.job.content_bytes);
        }
    }
}

impl KnownJobs {
    fn record(&mut self, change: &StoreChange, outcome: &ChangeOutcome) {
        match (change, outcome) {
            (StoreChange::Admit(admit), ChangeOutcome::Admitted(seq)) => {
                self.add_admitted(*seq, &admit.pending);
            }
            (StoreChange::Admit(admit), _) => self.release_reservation(admit.pending.job.content_bytes),
            // The relay publishes it when it is due.
            (StoreChange::Import(import), ChangeOutcome::Admitted(_)) => {
                let job = &import.admit.pending.job;
                if !job.state.is_final() {
                    self.reserved_bytes += job.content_bytes;
                    self.enqueue(job.ticket(), job.due_at, false);
                }
            }
            (
                _,
                ChangeOutcome::Conflict
                | ChangeOutcome::Gone(_)
                | ChangeOutcome::Swept(..)
                | ChangeOutcome::Admitted(_),
            ) => {}
            (StoreChange::Claim(claim), ChangeOutcome::Applied) => {
                self.leave_queue(claim.ticket.id, claim.expect.state);
                let lease = Lease { until: claim.next.lease_until.unwrap_or(claim.next.due_at) };
                let running = RunningClaim {
                    seq: claim.expect.seq,
                    epoch: claim.next.epoch,
                    priority: claim.ticket.priority,
                    lease,
                    blob: claim.blob,
                    published_at: None,
                };
                self.running.insert(claim.ticket.id, running);
            }
            (StoreChange::Renew(renew), ChangeOutcome::Applied) => {
                if let Some(running) = self.running.get_mut(&renew.id) {
                    running.lease = Lease { until: renew.until };
                    running.published_at = None;
                }
            }
            (StoreChange::Requeue(requeue), ChangeOutcome::Applied) => {
                self.running.remove(&requeue.ticket.id);
                self.enqueue(requeue.ticket, requeue.next.due_at, requeue.at_once);
            }
            (StoreChange::Finish(finished), ChangeOutcome::Applied) => {
                self.leave_queue(finished.id, finished.expect.state);
                self.running.remove(&finished.id);
                self.reserved_bytes = self.reserved_bytes.saturating_sub(finished.content_bytes);
            }
            (StoreChange::Reopen(reopen), ChangeOutcome::Applied) => {
                self.reserved_bytes += reopen.content_bytes;
                self.enqueue(reopen.ticket, reopen.next.due_at, true);
            }
            (StoreChange::Delete(delete), ChangeOutcome::Applied) => {
                self.leave_queue(delete.id, delete.expect.state);
                if !delete.expect.state.is_final() {
                    self.reserved_bytes = self.reserved_bytes.saturating_sub(delete.content_bytes);
                }
            }
            (
                StoreChange::Sweep { .. } | StoreChange::Import(_) | StoreChange::ImportTombstone(_),
                ChangeOutcome::Applied,
            ) => {}
        }
    }

    fn add_admitted(&mut self, seq: i64, pending: &Arc<PendingJob>) {
        self.queued += 1;
        self.queues.push(pending.job.options.priority, pending.job.ticket());
        self.pending.put(seq, Arc::clone(pending));
    }

    /// Adds a job that is queued without a new admission: at once, or deferred until `due_at`.
    pub fn enqueue(&mut self, ticket: Ticket, due_at: Timestamp, at_once: bool) {
        self.queued += 1;
        self.reserved_jobs += 1;
        if at_once {
            self.queues.push(ticket.priority, ticket);
        } else {
            self.deferred.put(ticket, due_at);
        }
    }

    /// Removes a job from the counts and caches of queued jobs, if it was queued.
    fn leave_queue(&mut self, id: JobId, previous: JobState) {
        if previous == JobState::Queued {
            self.pending.remove(id);
            self.deferred.remove(id);
            self.queued = self.queued.saturating_sub(1);
            self.reserved_jobs = self.reserved_jobs.saturating_sub(1);
        }
    }

    fn release_reservation(&mut self, content_bytes: u64) {
        self.reserved_jobs = self.reserved_jobs.saturating_sub(1);
        self.reserved_bytes = self.reserved_bytes.saturating_sub(content_bytes);
    }
}
