//! The states of a job and the moves between them, in one place for every store.
//!
//! A store reads a record, asks here for the next one, and writes it with a compare-and-set on the epoch. The table:
//!
//! | from \ event | claim | end: succeeded | end: failed | end: retry | release | cancel | retry | delete |
//! |---|---|---|---|---|---|---|---|---|
//! | queued | running (when due) | – | – | – | – | cancelled | – | gone |
//! | running | running (lease over) | succeeded | failed | queued | queued | cancelled | – | – |
//! | succeeded | – | – | – | – | – | – | – | gone |
//! | failed | – | – | – | – | – | – | queued | gone |
//! | cancelled | – | – | – | – | – | – | queued | gone |

use std::sync::Arc;

use tally_kernel::{Lease, Timestamp};

use crate::model::{Ending, Job, Ticket};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Waits for a worker, or for its next try.
    Queued,
    /// A worker has it.
    Running,
    /// Counted.
    Succeeded,
    /// Failed for good.
    Failed,
    /// Stopped by the client.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// Its word on the wire, on disk, in logs and in metrics.
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

    /// Reads that word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing more happens by itself.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// What a client may do to a job that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Stop it.
    Cancel,
    /// Run it again as the same job.
    Retry,
    /// Forget it with its content.
    Delete,
}

/// What an order makes of a job.
#[derive(Debug)]
pub enum Amended {
    /// The new record.
    Changed(Box<Job>),
    /// The record is to be forgotten.
    Forgotten,
}

impl Job {
    /// The record when `ticket` is taken at `now`. `None` when this ticket may not take it: the job has ended, is
    /// held, changed hands since, or is not due.
    ///
    /// A ticket may take over from a holder whose lease is over, or whose ticket came back because he is gone.
    #[must_use]
    pub fn claimed(mut self, ticket: Ticket, now: Timestamp, lease: Lease) -> Option<Self> {
        let free = self.state == State::Queued && self.epoch == ticket.epoch && self.due_at <= now;
        let of_this_turn = self.epoch == ticket.epoch || self.epoch == ticket.epoch + 1;
        let abandoned = self.state == State::Running
            && of_this_turn
            && (self.lease.is_none_or(|lease| lease.is_over(now)) || ticket.redelivered);
        if !free && !abandoned {
            return None;
        }
        // Its first claim may have been left unwritten: then whoever it came back from may have died of it.
        let unwritten = free && ticket.redelivered && self.is_light();
        self.state = State::Running;
        self.epoch += 1;
        self.attempts += 1;
        self.crashes += if unwritten { 2 } else { 1 };
        self.started_at = self.started_at.or(Some(now));
        self.lease = Some(lease);
        Some(self)
    }

    /// Whether the holder with this `epoch` still holds it.
    #[must_use]
    pub fn is_held(&self, epoch: u64) -> bool {
        self.state == State::Running && self.epoch == epoch
    }

    /// The record when its holder (with `epoch`) ends the attempt at `now`. `None` when he holds it no more. An
    /// orderly end of any kind clears the crashes.
    #[must_use]
    pub fn ended(mut self, epoch: u64, ending: &Ending, now: Timestamp) -> Option<Self> {
        if !self.is_held(epoch) {
            return None;
        }
        self.lease = None;
        self.crashes = 0;
        match ending {
            Ending::Succeeded(findings) => {
                self.state = State::Succeeded;
                self.finished_at = Some(now);
                self.report = Some(Arc::clone(&findings.report));
                self.failure = None;
            }
            Ending::Failed(failure) => {
                self.state = State::Failed;
                self.finished_at = Some(now);
                self.failure = Some(failure.clone());
            }
            Ending::Retry { failure, at } => {
                self.state = State::Queued;
                self.due_at = *at;
                self.failure = Some(failure.clone());
            }
        }
        Some(self)
    }

    /// The record when its holder (with `epoch`) gives it back untouched, to run from the moment `from` on: the attempt
    /// is not charged, and when it was the first, the job has not begun.
    #[must_use]
    pub fn released(mut self, epoch: u64, from: Timestamp) -> Option<Self> {
        if !self.is_held(epoch) {
            return None;
        }
        self.state = State::Queued;
        self.lease = None;
        self.due_at = from;
        self.attempts = self.attempts.saturating_sub(1);
        self.crashes = self.crashes.saturating_sub(1);
        self.started_at = self.started_at.filter(|_| self.attempts > 0);
        Some(self)
    }

    /// What a client's order makes of the record at `now`. `None` when its state forbids that.
    #[must_use]
    pub fn amended(mut self, order: Order, now: Timestamp) -> Option<Amended> {
        match (order, self.state) {
            (Order::Cancel, State::Queued | State::Running) => {
                self.state = State::Cancelled;
                self.finished_at = Some(now);
                // The fence: whoever works on it now can write no more.
                self.epoch += 1;
                self.lease = None;
                self.crashes = 0;
                Some(Amended::Changed(Box::new(self)))
            }
            (Order::Retry, State::Failed | State::Cancelled) => {
                self.state = State::Queued;
                self.finished_at = None;
                self.due_at = now;
                self.failure = None;
                self.crashes = 0;
                Some(Amended::Changed(Box::new(self)))
            }
            (Order::Delete, State::Queued | State::Succeeded | State::Failed | State::Cancelled) => {
                Some(Amended::Forgotten)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
