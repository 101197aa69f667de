//! Changes of jobs, as values that the writer can write without further work.
//!
//! The engine has decided and all values are encoded before. Each change names the row that it expects, and writes
//! nothing if the row is different.

use std::sync::Arc;

use bytes::Bytes;
use tally_jobs::id::{BlobId, JobId};
use tally_jobs::parts::Attachment;
use tally_jobs::record::{Generation, Job, Ticket};
use tally_jobs::state::JobState;
use tally_kernel::{Fault, Timestamp};
use tokio::sync::oneshot;

use crate::jobs::pending_job_cache::PendingJob;

/// A change and the channel for its outcome.
pub struct WriteCommand {
    pub change: StoreChange,
    /// Receives the outcome when it is durable.
    pub reply: oneshot::Sender<Result<ChangeOutcome, Fault>>,
}

pub enum StoreChange {
    /// Adds a new job.
    Admit(AdmitChange),
    /// Queued, or running with an expired lease, to running.
    Claim(Box<ClaimChange>),
    /// Extends a lease.
    Renew(RenewChange),
    /// Running to queued.
    Requeue(Box<RequeueChange>),
    /// Queued or running to a final state.
    Finish(Box<FinishedRow>),
    /// A final state to queued.
    Reopen(Box<ReopenChange>),
    /// Removes a job and leaves a tombstone.
    Delete(Box<DeleteChange>),
    /// Adds a job of another store.
    Import(Box<ImportChange>),
    /// Adds the tombstone of a job of another store.
    ImportTombstone(ImportTombstone),
    /// Removes jobs whose retention is over, and tombstones whose time is over.
    Sweep {
        /// The current time.
        now: Timestamp,
        /// The most jobs to remove.
        limit: usize,
    },
}

#[derive(Debug)]
pub enum ChangeOutcome {
    /// It was written.
    Applied,
    /// A new job was written and has this number.
    Admitted(i64),
    /// Its id has a tombstone, with the newest generation of its key. Nothing was written.
    Gone(u32),
    /// The row was not as expected, or exists already. Nothing was written.
    Conflict,
    /// The number of jobs that were removed, and their stored bodies.
    Swept(usize, Vec<BlobId>),
}

/// The row in `active_jobs` or `finished_jobs` that a change expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedRow {
    /// The job's number.
    pub seq: i64,
    pub state: JobState,
    /// Its epoch. State and epoch together identify one attempt, or one wait for it.
    pub epoch: u64,
}

impl ExpectedRow {
    /// The row of this record.
    pub const fn of(seq: i64, job: &Job) -> Self {
        Self { seq, state: job.state, epoch: job.epoch }
    }
}

/// A new job.
pub struct AdmitChange {
    /// The record, and the submitted bytes.
    pub pending: Arc<PendingJob>,
    /// The engine's options, encoded.
    pub asked: Option<String>,
    /// Which job of its key it is, when it is not the first.
    pub generation: Option<Generation>,
}

/// A job of another store.
pub struct ImportChange {
    /// The record, and the submitted bytes.
    pub admit: AdmitChange,
    /// The row of a job in a final state. Its `expect` is ignored.
    pub finished: Option<FinishedRow>,
    /// The mutable columns of a job that is not in a final state.
    pub columns: MutableColumns,
}

/// A tombstone of another store.
pub struct ImportTombstone {
    pub id: JobId,
    /// When it may be removed.
    pub until: Timestamp,
}

pub struct ClaimChange {
    /// The record that the claim was decided on …
    pub expect: ExpectedRow,
    pub lease_until: Option<Timestamp>,
    /// The columns to write.
    pub next: MutableColumns,
    pub ticket: Ticket,
    /// The stored body, to be removed when the job succeeds.
    pub blob: Option<BlobId>,
}

/// The columns of a queued or running job that change.
#[derive(Clone, Debug)]
pub struct MutableColumns {
    pub epoch: u64,
    pub attempts: u32,
    pub crashes: u32,
    /// The number of the last event.
    pub event_seq: u32,
    /// When it may run.
    pub due_at: Timestamp,
    /// When it first ran.
    pub started_at: Option<Timestamp>,
    /// The end of its lease.
    pub lease_until: Option<Timestamp>,
    /// The last attempts, encoded.
    pub history: Option<String>,
    /// The last failure, encoded.
    pub failure: Option<String>,
}

/// A longer lease for a claim.
pub struct RenewChange {
    pub id: JobId,
    /// Its running row.
    pub expect: ExpectedRow,
    /// The new end of the lease.
    pub until: Timestamp,
}

/// A running job that goes back to the queue.
pub struct RequeueChange {
    /// Its running row.
    pub expect: ExpectedRow,
    /// The columns to write.
    pub next: MutableColumns,
    /// The ticket of its next attempt.
    pub ticket: Ticket,
    /// Whether it is due already.
    pub at_once: bool,
}

/// The row of a job that reached a final state.
pub struct FinishedRow {
    /// The row that it replaces.
    pub expect: ExpectedRow,
    pub id: JobId,
    /// The number of submitted bytes.
    pub content_bytes: u64,
    /// The final state.
    pub state: JobState,
    /// The last values of the mutable columns.
    pub last: MutableColumns,
    /// When it reached that state.
    pub finished_at: Timestamp,
    /// When its retention is over.
    pub expires_at: Timestamp,
    /// The source part …
    pub source: Bytes,
    /// … and whether the attempt replaced it.
    pub replaces_source: bool,
    /// The summary part.
    pub summary: Bytes,
    /// The detail part.
    pub detail: Bytes,
    pub attachments: Vec<Attachment>,
}

/// A job in a final state that is queued again.
pub struct ReopenChange {
    /// Its finished row.
    pub expect: ExpectedRow,
    /// The columns to write.
    pub next: MutableColumns,
    /// The number of submitted bytes.
    pub content_bytes: u64,
    pub ticket: Ticket,
}

/// A job to be deleted.
pub struct DeleteChange {
    /// Its row, queued or finished.
    pub expect: ExpectedRow,
    pub id: JobId,
    /// The number of submitted bytes, which count against the bound while it is queued.
    pub content_bytes: u64,
    /// When its tombstone may be removed.
    pub until: Timestamp,
}
