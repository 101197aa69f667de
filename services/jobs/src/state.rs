//! The states of a job and the transitions between them, in one place for every store.
//!
//! A store reads a record, asks here for the next one, and writes it with a compare-and-set on the epoch. The table:
//!
//! | from \\ event | claim | complete: succeeded | complete: failed | complete: retry | release | cancel | retry | delete |
//! |---|---|---|---|---|---|---|---|---|
//! | queued | running (when due) | – | – | – | – | cancelled | – | removed |
//! | running | running (lease over) | succeeded | failed | queued | queued | cancelled | – | – |
//! | succeeded | – | – | – | – | – | – | – | removed |
//! | failed | – | – | – | – | – | – | queued | removed |
//! | cancelled | – | – | – | – | – | – | queued | removed |

use tally_kernel::{Lease, Timestamp};

use crate::failure::Failure;
use crate::history::AttemptEnd;
use crate::id::WorkerId;
use crate::parts::Output;
use crate::record::{Job, Ticket};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobState {
    /// Waits for a worker, or for its next attempt.
    Queued,
    /// A worker has claimed it.
    Running,
    /// Done.
    Succeeded,
    /// Failed for good.
    Failed,
    /// Stopped by the client.
    Cancelled,
}

impl JobState {
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// Its name in answers, stores, logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the job leaves it only by a client's action.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// What a client may do to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobAction {
    /// Stop it.
    Cancel,
    /// Run it again as the same job.
    Retry,
    /// Remove it with its content.
    Delete,
}

impl JobAction {
    /// Its name in logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Retry => "retry",
            Self::Delete => "delete",
        }
    }
}

/// What an action makes of a job.
#[derive(Debug)]
pub enum Applied {
    /// The new record.
    Changed(Box<Job>),
    /// The record is to be removed.
    Removed,
}

/// How an attempt ended: decided by the engine, written by the store.
#[derive(Clone, Debug)]
pub enum AttemptOutcome {
    Succeeded(Box<Output>),
    /// It failed for good.
    Failed(Failure),
    /// It failed, and the next attempt begins at this moment.
    Retry {
        /// Why.
        failure: Failure,
        at: Timestamp,
    },
}

impl Job {
    /// The record when `worker` claims `ticket` at `now`. `None` when this ticket may not claim it: the job has ended,
    /// is held, changed hands since, or is not due.
    ///
    /// A claim takes over from a worker whose lease is over, or whose ticket the queue delivered again.
    #[must_use]
    pub fn claimed(
        mut self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
        lease: Lease,
    ) -> Option<Self> {
        let free = self.state == JobState::Queued && self.epoch == ticket.epoch && self.due_at <= now;
        let of_this_turn = self.epoch == ticket.epoch || self.epoch == ticket.epoch + 1;
        let abandoned = self.state == JobState::Running
            && of_this_turn
            && (self.lease.is_none_or(|lease| lease.is_over(now)) || ticket.redelivered);
        if !free && !abandoned {
            return None;
        }
        // Its first claim may have stayed unwritten: the worker that the ticket came back from may have died of it.
        let unwritten = free && ticket.redelivered && self.may_claim_lazily();
        self.state = JobState::Running;
        self.epoch += 1;
        self.event_seq += 1;
        self.attempts += 1;
        self.crashes += if unwritten { 2 } else { 1 };
        self.started_at = self.started_at.or(Some(now));
        self.lease = Some(lease);
        self.history.begin(worker, now);
        Some(self)
    }

    /// Whether the claim with this `epoch` is still in force.
    #[must_use]
    pub fn is_held(&self, epoch: u64) -> bool {
        self.state == JobState::Running && self.epoch == epoch
    }

    /// The record when the claim with this `epoch` completes at `now`. `None` when the claim is over. Every outcome
    /// clears the crashes.
    #[must_use]
    pub fn completed(mut self, epoch: u64, outcome: &AttemptOutcome, now: Timestamp) -> Option<Self> {
        if !self.is_held(epoch) {
            return None;
        }
        self.lease = None;
        self.crashes = 0;
        self.event_seq += 1;
        match outcome {
            AttemptOutcome::Succeeded(output) => {
                self.state = JobState::Succeeded;
                self.finished_at = Some(now);
                self.failure = None;
                if let Some(source) = &output.source {
                    self.parts.source = source.clone();
                }
                self.parts.summary = output.summary.clone();
                self.parts.detail = output.detail.clone();
                self.history.end(AttemptEnd::Succeeded, now);
            }
            AttemptOutcome::Failed(failure) => {
                self.state = JobState::Failed;
                self.finished_at = Some(now);
                self.fail(failure, now);
            }
            AttemptOutcome::Retry { failure, at } => {
                self.state = JobState::Queued;
                self.due_at = *at;
                self.fail(failure, now);
            }
        }
        Some(self)
    }

    fn fail(&mut self, failure: &Failure, now: Timestamp) {
        self.history.end(AttemptEnd::Failed(failure.name.clone().into_owned()), now);
        self.failure = Some(failure.clone());
    }

    /// The record when the claim with this `epoch` is released, to run from the moment `from` on. The attempt is not
    /// charged; when it was the first, the job has not begun.
    #[must_use]
    pub fn released(mut self, epoch: u64, from: Timestamp) -> Option<Self> {
        if !self.is_held(epoch) {
            return None;
        }
        self.state = JobState::Queued;
        self.lease = None;
        self.due_at = from;
        self.attempts = self.attempts.saturating_sub(1);
        self.crashes = self.crashes.saturating_sub(1);
        self.started_at = self.started_at.filter(|_| self.attempts > 0);
        self.history.take_back();
        Some(self)
    }

    /// What a client's action makes of the record at `now`. `None` when its state forbids it.
    #[must_use]
    pub fn applied(mut self, action: JobAction, now: Timestamp) -> Option<Applied> {
        match (action, self.state) {
            (JobAction::Cancel, JobState::Queued | JobState::Running) => {
                self.state = JobState::Cancelled;
                self.finished_at = Some(now);
                // The fence: the worker that runs it can write no more.
                self.epoch += 1;
                self.event_seq += 1;
                self.lease = None;
                self.crashes = 0;
                self.history.end(AttemptEnd::Cancelled, now);
                Some(Applied::Changed(Box::new(self)))
            }
            (JobAction::Retry, JobState::Failed | JobState::Cancelled) => {
                self.state = JobState::Queued;
                self.finished_at = None;
                self.due_at = now;
                self.event_seq += 1;
                self.failure = None;
                self.crashes = 0;
                Some(Applied::Changed(Box::new(self)))
            }
            (
                JobAction::Delete,
                JobState::Queued | JobState::Succeeded | JobState::Failed | JobState::Cancelled,
            ) => Some(Applied::Removed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
