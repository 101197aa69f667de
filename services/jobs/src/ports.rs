//! What the engine needs from outside: a store, a catalogue, an archive, a queue, a store of bodies.
//!
//! "Not there" and "another worker won" are ordinary answers. A [`Fault`] means that the port could not answer. An
//! adapter may batch concurrent calls into one write, as long as no call returns before its own write is durable and
//! one bad member of a batch fails alone. A caller may drop any of these futures at any moment: the write then happens
//! or does not, but is never half done.

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use tally_kernel::{Fault, Lease, OwnerId, Page, Slice, Timestamp};

use crate::content::Blob;
use crate::export::{ExportedJob, Tombstone};
use crate::failure::Failure;
use crate::id::{BlobId, JobId, WorkerId};
use crate::options::Label;
use crate::parts::AttachmentName;
use crate::record::{Attribute, ClaimedJob, Job, NewJob, Ticket};
use crate::state::{AttemptOutcome, JobAction, JobState};

/// The result of admitting a job.
#[derive(Debug)]
pub enum Admission {
    /// It is durable. `pending` is the ticket that the caller should publish; none when the store is its own queue and
    /// has queued the ticket within the same step.
    New {
        /// The record.
        job: Job,
        /// The ticket still to be published.
        pending: Option<Ticket>,
    },
    /// A job with this id exists and was the same request: nothing was written.
    Replay(Job),
    /// A job with this id exists and was another request: nothing was written.
    KeyReused,
    /// A job with this id was removed, and its tombstone is kept: nothing was written. An id never comes again.
    Gone {
        /// The newest generation of its key that was admitted, as far as this tombstone knows: 0 for the first, and for
        /// the tombstone of a later one.
        newest: u32,
    },
}

/// The result of completing an attempt.
#[derive(Debug)]
pub enum CompleteResult {
    /// It is durable; this is the record now.
    Written(Job),
    /// The claim was over (another worker, a cancel): nothing was written.
    Fenced,
}

/// Whether a claim is still in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StillHeld {
    /// Go on.
    Yes,
    /// Another worker has it, or the client stopped it: stop working.
    No,
}

/// The result of looking a job up.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup<T> {
    /// It is here.
    Found(T),
    /// It was removed, and its tombstone is still kept.
    Gone,
    /// Never seen, or of another owner.
    Unknown,
}

/// The result of a client's action.
#[derive(Debug)]
pub enum ActionResult {
    /// Done; the record now (for a delete: as it was last).
    Done {
        /// The record.
        job: Job,
        /// The ticket still to be published, after a retry, as in [`Admission::New`].
        pending: Option<Ticket>,
    },
    /// Its state forbids it: nothing was written.
    Forbidden(Job),
    /// It was removed.
    Gone,
    /// Never seen, or of another owner.
    Unknown,
}

/// Where jobs are stored. Every method is safe to repeat after an unknown outcome.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Stores the job and its outbox entry in one durable step: from `New` on it can no longer be lost. The id decides
    /// what is new. In the same step, or before it, the tombstone of the first job of its key learns the job's
    /// [generation](NewJob::generation). `Overloaded` when a bound on waiting jobs or bytes is reached.
    async fn admit(&self, job: NewJob) -> Result<Admission, Fault>;

    /// Notes that the queue has confirmed these tickets.
    async fn published(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault>;

    /// Tickets that should be published (again): never confirmed, due after a pause, of a claim whose lease is over, or
    /// confirmed so long ago that the queue may have lost them ([`crate::relay::publish_again_at`]). Oldest first, so
    /// that one that cannot be published does not keep the others from it.
    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault>;

    /// Claims the job if it may be claimed at `now` ([`Job::claimed`] decides), durably, before any work starts.
    /// `None`: ended, claimed, changed since, or not yet due.
    async fn claim(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault>;

    /// The same for a worker that is about to complete the job at once. A written claim counts the workers that die of a
    /// job; that of a job that [may be claimed lazily](Job::may_claim_lazily), at its first delivery, may be left to the
    /// first `renew`, `release` or `complete`. Of two workers that hold such a job the first to write wins.
    async fn claim_lazily(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        self.claim(ticket, worker, now).await
    }

    /// Keeps a claim alive until `lease`. Called often, because it is also how a worker learns of a cancel; it writes
    /// only when the lease wants it.
    async fn renew(&self, claimed: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault>;

    /// Gives a claim back uncharged ([`Job::released`]), to run from the moment `from` on: at once when that is now,
    /// else as after a pause. Ok when the claim was over.
    async fn release(&self, claimed: &Job, from: Timestamp) -> Result<(), Fault>;

    /// Stores the outcome of an attempt, only if the claim is still in force ([`Job::completed`] decides).
    async fn complete(
        &self,
        claimed: &Job,
        outcome: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault>;

    /// Applies a client's action to a job of this owner ([`Job::applied`] decides).
    async fn apply(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault>;

    /// Removes ended jobs whose retention is over, their contents, and contents that no job owns; at most `limit` jobs.
    /// Returns how many jobs it removed.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault>;
}

/// Which jobs a list shows. Every given filter must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// Whose.
    pub owner: OwnerId,
    pub state: Option<JobState>,
    /// With all of these labels.
    pub labels: Vec<Label>,
    pub attribute: Option<Attribute>,
    /// Created at this moment or later.
    pub since: Option<Timestamp>,
    /// Created before this moment.
    pub until: Option<Timestamp>,
    /// With this text in its id or subject, whatever the case of ASCII letters.
    pub text: Option<String>,
}

/// A list could not be given.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The cursor is not one of ours.
    #[error("this cursor is not one that a list gave; start without one")]
    BadCursor,
    /// The store could not answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// How many jobs are in each state, for metrics and health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Jobs that wait.
    pub queued: u64,
    /// Jobs that run.
    pub running: u64,
    /// When the oldest waiting job was due.
    pub oldest_due_at: Option<Timestamp>,
}

/// A record with one of its attachments, read at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct WithAttachment {
    /// The record.
    pub job: Job,
    /// The attachment, where the job has it.
    pub bytes: Option<Bytes>,
}

/// Reading jobs. Never writes.
#[async_trait]
pub trait JobCatalogue: Send + Sync {
    async fn find(&self, owner: &OwnerId, id: JobId) -> Result<Lookup<Job>, Fault>;
    /// Many, the newest first, without their [detail](crate::parts::Parts::detail).
    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError>;
    async fn find_with_attachment(
        &self,
        owner: &OwnerId,
        id: JobId,
        name: &AttachmentName,
    ) -> Result<Lookup<WithAttachment>, Fault>;
    /// How many jobs wait and run, of all owners.
    async fn census(&self) -> Result<Census, Fault>;
}

/// Moves whole jobs out of a store and into another, of every owner. Nothing is published here: where a job arrives,
/// the relay finds it.
#[async_trait]
pub trait JobArchive: Send + Sync {
    /// Jobs in the order of their ids, those after `after`, at most `limit`; none when there are no more.
    async fn export(&self, after: Option<JobId>, limit: usize) -> Result<Vec<ExportedJob>, Fault>;

    /// Tombstones in the order of their ids, as [`JobArchive::export`].
    async fn export_tombstones(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Tombstone>, Fault>;

    /// Stores a job durably, unless one with its id is or was here. Returns whether it was stored. A stored body is in
    /// [`Blobs`] before, under the id that the job gives.
    async fn import(&self, job: ExportedJob) -> Result<bool, Fault>;

    /// Stores a tombstone durably, unless the id is known. Returns whether it was stored.
    async fn import_tombstone(&self, tombstone: Tombstone) -> Result<bool, Fault>;
}

/// What a queue delivers.
#[derive(Debug)]
pub enum Delivery {
    /// A ticket, and the receipt to settle it with.
    Ticket(Ticket, Receipt),
    /// The queue was closed: nothing more comes.
    Closed,
}

/// The right to settle one delivery. Settling consumes it, so it cannot happen twice.
#[derive(Debug)]
pub struct Receipt(pub u64);

/// Where tickets wait for a worker. It may lose everything and may repeat anything; the store can rebuild it.
/// Queues of different priority are drained by weight, so that none starves.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Puts a ticket into the queue of its priority. Ok only after the far side has confirmed it.
    async fn publish(&self, ticket: Ticket) -> Result<(), Fault>;
    /// The same for the ticket of a [bundled](crate::record::Properties::bundled) job: it may wait for the
    /// confirm of an earlier message, to share the next one with others. Each is delivered and settled alone, but when
    /// one of them comes back, all may.
    async fn publish_bundled(&self, ticket: Ticket) -> Result<(), Fault> {
        self.publish(ticket).await
    }
    /// Whether a publish has a chance: `false` while the circuit breaker of the far side is open. A relay without a
    /// chance leaves overdue tickets to the relays of other processes.
    fn can_publish(&self) -> bool {
        true
    }
    /// The next ticket, as soon as there is one. Dropping the future loses none.
    async fn next(&self) -> Result<Delivery, Fault>;
    /// Settles a delivery: the ticket is done.
    async fn ack(&self, receipt: Receipt) -> Result<(), Fault>;
    /// Gives a ticket back, to be delivered again: at a drain, or when its job could not even be looked at. Never for a
    /// retry.
    async fn nack(&self, receipt: Receipt) -> Result<(), Fault>;
    /// Ends the deliveries to this process: every `next`, also one that waits, answers `Closed`.
    fn close(&self);
}

/// Why a stream of bytes broke off.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The sender is to blame, or a limit; the failure tells the client.
    #[error("{}", .0.detail)]
    Failed(Failure),
    /// A port of ours is to blame.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Bytes as they come.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, StreamError>> + Send>>;

/// Where bodies are kept that are too large for a record.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps a body. Durable when it returns. A stream that breaks off leaves nothing behind. A body that no job comes
    /// to own is removed by [`JobStore::sweep`] after a day.
    async fn keep(&self, body: ByteStream) -> Result<Blob, StreamError>;
    /// The body, from its beginning. `None` when it is not there.
    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault>;
    /// Removes it; fine when it is gone.
    async fn remove(&self, id: BlobId) -> Result<(), Fault>;
}
