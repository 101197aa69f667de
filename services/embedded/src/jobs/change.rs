//! What the writer is asked to do to jobs: values, ready to be written.
//!
//! All thinking is done before: the room has decided, values are encoded. Each change names what it expects to find and
//! does nothing when that is not so.

use std::sync::Arc;

use tally_jobs::model::{BlobId, Job, JobId, Ticket};
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::{Fault, Timestamp};
use tokio::sync::oneshot;

use crate::jobs::shelf::Waiting;

/// A change, and who waits for it.
pub struct Command {
    /// What to do.
    pub change: Change,
    /// Told when it is durable.
    pub reply: oneshot::Sender<Result<Outcome, Fault>>,
}

/// One change.
pub enum Change {
    /// A new job.
    Admit(Admit),
    /// Waiting, or abandoned, to running.
    Claim(Box<Claim>),
    /// A longer lease.
    Renew(Renew),
    /// Running to waiting.
    Requeue(Box<Requeue>),
    /// Waiting or running to an end.
    End(Box<End>),
    /// An end to waiting.
    Revive(Box<Revive>),
    /// All of it away.
    Forget(Box<Forget>),
    /// What is over away.
    Sweep {
        /// The time.
        now: Timestamp,
        /// At most so many jobs.
        limit: usize,
    },
}

/// What a change came to.
#[derive(Debug)]
pub enum Outcome {
    /// Done.
    Done,
    /// A new job got this number.
    Admitted(i64),
    /// The record was not as expected, or exists already: nothing was written.
    Lost,
    /// So many jobs were forgotten, with these bodies.
    Swept(usize, Vec<BlobId>),
}

/// What a row in `live` must be for a change to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The job's number.
    pub seq: i64,
    /// Its state.
    pub state: State,
    /// Its epoch. Together with the state it names one stretch of a job's life.
    pub epoch: u64,
}

impl Expect {
    /// That the job is as this record says.
    pub const fn as_in(seq: i64, job: &Job) -> Self {
        Self { seq, state: job.state, epoch: job.epoch }
    }
}

/// A new job.
pub struct Admit {
    /// The record, and what was handed in.
    pub waiting: Arc<Waiting>,
    /// What was asked, encoded.
    pub asked: Option<String>,
}

/// A claim.
pub struct Claim {
    /// The record that was looked at …
    pub expect: Expect,
    /// … and its lease.
    pub lease_until: Option<Timestamp>,
    /// The record that it becomes.
    pub next: Moving,
    /// The job.
    pub ticket: Ticket,
    /// Who takes it.
    pub worker: String,
    /// Its stored body, to be removed when it succeeds.
    pub blob: Option<BlobId>,
}

/// The columns of a waiting or running job that move.
#[derive(Clone, Debug)]
pub struct Moving {
    /// The epoch.
    pub epoch: u64,
    /// The attempts.
    pub attempts: u32,
    /// The crashes.
    pub crashes: u32,
    /// When it may run.
    pub due_at: Timestamp,
    /// When it first ran.
    pub started_at: Option<Timestamp>,
    /// Until when it is held.
    pub lease_until: Option<Timestamp>,
    /// The last failure, encoded.
    pub failure: Option<String>,
}

/// A longer lease for the hold with this epoch.
pub struct Renew {
    /// The job.
    pub id: JobId,
    /// Its record.
    pub expect: Expect,
    /// The new end of the lease.
    pub until: Timestamp,
}

/// A running job that waits again.
pub struct Requeue {
    /// Its record.
    pub expect: Expect,
    /// The record that it becomes.
    pub next: Moving,
    /// The ticket of its next turn.
    pub ticket: Ticket,
    /// Whether it may run at once.
    pub at_once: bool,
}

/// An end.
pub struct End {
    /// The record that ends.
    pub expect: Expect,
    /// The job.
    pub id: JobId,
    /// The bytes that had been handed in.
    pub bytes: u64,
    /// How it ends.
    pub state: State,
    /// The columns that moved before.
    pub last: Moving,
    /// When.
    pub finished_at: Timestamp,
    /// When it may be forgotten.
    pub expires_at: Timestamp,
    /// The report, encoded, without words.
    pub report: Option<String>,
    /// The first words.
    pub top: Option<WordList>,
    /// The words after them.
    pub rest: Option<WordList>,
}

/// An ended job that waits again.
pub struct Revive {
    /// Its end, as it must be.
    pub expect: Expect,
    /// The record that it becomes.
    pub next: Moving,
    /// Its bytes.
    pub bytes: u64,
    /// Its ticket.
    pub ticket: Ticket,
}

/// A job to be forgotten.
pub struct Forget {
    /// Its record, waiting or ended.
    pub expect: Expect,
    /// The job.
    pub id: JobId,
    /// The bytes that it counts for while it waits.
    pub bytes: u64,
    /// How long it is remembered that it was here.
    pub until: Timestamp,
}
