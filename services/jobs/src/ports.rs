//! What the room needs from outside. Small, dyn-safe, in the story's own words.
//!
//! "Not there" and "somebody else won" are ordinary answers. A [`Fault`] means that the port could not answer.
//! An adapter may gather concurrent calls into one write, as long as no call returns before its own write is
//! durable and one bad member of a batch fails alone. A caller may drop any of these futures at any moment:
//! the write then happens or does not, but is never half done.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use tally_count::Histogram;
use tally_extract::{Declared, Sink};
use tally_kernel::{Fault, Lease, Page, Slice, Timestamp};

use crate::address::PublicUrl;
use crate::archive::Parcel;
use crate::deferral::Deferral;
use crate::failure::Failure;
use crate::model::{Blob, BlobId, Ending, Hold, Job, JobId, NewJob, Ticket, WorkerId};
use crate::report::Document;
use crate::settings::Label;
use crate::state::{Order, State};

/// What remembering a new job came to.
#[derive(Debug)]
pub enum Admission {
    /// It is durable. `pending` is the ticket that the caller should offer to the queue; none when the store is
    /// its own queue and has handed the ticket out within the same step.
    New {
        /// The record.
        job: Job,
        /// The ticket still to be offered.
        pending: Option<Ticket>,
    },
    /// A job with this id exists and was the same request: nothing was written.
    Replay(Job),
    /// A job with this id exists and was another request: nothing was written.
    KeyReused,
}

/// What writing an end came to.
#[derive(Debug)]
pub enum Settled {
    /// It is durable; this is the record now.
    Written(Job),
    /// The hold was over (another worker, a cancel): nothing was written.
    Gone,
}

/// Whether a hold still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StillHeld {
    /// Go on.
    Yes,
    /// Another has it, or the client stopped it: stop working.
    Gone,
}

/// What looking a job up came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup<T> {
    /// It is here.
    Found(T),
    /// It was here, and is kept no longer.
    Gone,
    /// Never seen.
    Unknown,
}

/// What a client's order came to.
#[derive(Debug)]
pub enum Carried {
    /// Done; the record now (for a delete: as it was last).
    Done {
        /// The record.
        job: Job,
        /// The ticket still to be offered, after a retry, as in [`Admission::New`].
        pending: Option<Ticket>,
    },
    /// Its state forbids it: nothing was written.
    Forbidden(Job),
    /// Kept no longer.
    Gone,
    /// Never seen.
    Unknown,
}

/// Where jobs are remembered. Every method is safe to repeat after an unknown outcome.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Remembers the job and its wish to be handed out, in one durable step: from `New` on it can no longer be
    /// lost. The id decides what is new. `Overloaded` when a bound on waiting jobs or bytes is reached.
    async fn admit(&self, job: NewJob) -> Result<Admission, Fault>;

    /// Notes that the queue has confirmed these tickets.
    async fn offered(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault>;

    /// Tickets that should be offered (again): never confirmed, due after a pause, of a holder whose lease is over, or
    /// confirmed so long ago that the queue may have lost them (`relay::offer_again_at`). Oldest first, so that one that cannot be offered does not keep the others from it.
    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault>;

    /// Takes the job if it may be taken at `now` ([`Job::claimed`] decides), durably, before any work starts.
    /// `None`: finished, taken, changed since, or not yet due.
    async fn claim(&self, ticket: Ticket, who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault>;

    /// The same for a worker that is about to end the job at once. What a written claim is for, in a job that is over in
    /// a moment, is to count workers that die of it: that of a [`light`](Job::is_light) one, at its first delivery, may be
    /// left to the first `renew`, `release` or `settle`. Of two workers that hold such a job the first to write wins.
    async fn take(&self, ticket: Ticket, who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        self.claim(ticket, who, now).await
    }

    /// Keeps a hold alive until `lease`. Called often (it is also how a worker learns that its job was cancelled),
    /// so it writes only when the lease wants it.
    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault>;

    /// Gives a hold back untouched ([`Job::released`]), so that it runs elsewhere from the moment `from` on: at once
    /// when that is now, else handed out when it is due, as after a pause. Ok when it was gone.
    async fn release(&self, hold: &Job, from: Timestamp) -> Result<(), Fault>;

    /// Writes how an attempt ended, only if the hold is still current ([`Job::ended`] decides).
    async fn settle(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault>;

    /// Carries out a client's order ([`Job::amended`] decides).
    async fn amend(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault>;

    /// Forgets ended jobs whose time is over, their contents, and contents that no job owns; at most `limit`
    /// jobs. Says how many jobs it forgot.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault>;
}

/// Which jobs are wanted. Every given filter must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// In this state.
    pub state: Option<State>,
    /// With all of these labels.
    pub labels: Vec<Label>,
    /// Of an address on this host, in its normal form.
    pub host: Option<String>,
    /// Created at this moment or later.
    pub since: Option<Timestamp>,
    /// Created before this moment.
    pub until: Option<Timestamp>,
    /// Holding this text in its id, address or file name, whatever the case of ASCII letters.
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

/// How many jobs stand where, for metrics and health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Jobs that wait.
    pub queued: u64,
    /// Jobs that run.
    pub running: u64,
    /// When the oldest job that waits was due.
    pub oldest_due_at: Option<Timestamp>,
}

/// Reading jobs. Never writes.
#[async_trait]
pub trait JobCatalogue: Send + Sync {
    /// One job.
    async fn find(&self, id: JobId) -> Result<Lookup<Job>, Fault>;
    /// Many, the newest first, without their top words.
    async fn list(&self, query: &JobQuery, page: &Page) -> Result<Slice<Job>, ListError>;
    /// The whole histogram of a job; `Found(None)` when it has not succeeded.
    async fn words(&self, id: JobId) -> Result<Lookup<Option<Histogram>>, Fault>;
    /// How many jobs wait and run.
    async fn census(&self) -> Result<Census, Fault>;
}

/// Moves whole jobs out of a store and into another. No ticket is offered here: where a job arrives, the relay finds it.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Jobs in the order of their ids, those after `after`, at most `limit`; none when there are no more.
    async fn pack(&self, after: Option<JobId>, limit: usize) -> Result<Vec<Parcel>, Fault>;

    /// Puts a job in, durably, unless one with its id is here or was. Says whether it was put in. A stored body is in
    /// [`Blobs`] before, under the name that the parcel gives.
    async fn unpack(&self, parcel: Parcel) -> Result<bool, Fault>;
}

/// What a queue hands out.
#[derive(Debug)]
pub enum Handed {
    /// A ticket, and the receipt to settle it with.
    Ticket(Ticket, Receipt),
    /// The queue was closed: nothing more comes.
    Closed,
}

/// The right to settle one delivery. It is consumed by that, so it cannot be settled twice.
#[derive(Debug)]
pub struct Receipt(pub u64);

/// Where tickets wait for a worker. May lose everything and may repeat anything; the store can rebuild it.
/// Lines of different priority are drained by weight, so that none starves.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Puts a ticket into its line. Ok only after the far side has confirmed it.
    async fn offer(&self, ticket: Ticket) -> Result<(), Fault>;
    /// The same for the ticket of a light job ([`Job::is_light`]): it may wait a moment for others and travel with them.
    /// Each is handed out and dealt with alone, but when one of them comes back, all may.
    async fn offer_light(&self, ticket: Ticket) -> Result<(), Fault> {
        self.offer(ticket).await
    }
    /// Whether an offer has a chance: `false` while the far side is known to be away or to take nothing. Who has none
    /// leaves overdue tickets to those who have.
    fn takes_offers(&self) -> bool {
        true
    }
    /// The next ticket, as soon as there is one. Dropping the future loses none.
    async fn next(&self) -> Result<Handed, Fault>;
    /// The ticket is dealt with.
    async fn done(&self, receipt: Receipt) -> Result<(), Fault>;
    /// The ticket goes to somebody else: at a drain, or when its job could not even be looked at. Never for a retry.
    async fn give_back(&self, receipt: Receipt) -> Result<(), Fault>;
    /// No more tickets are handed out here: every `next`, also one that waits, answers `Closed`.
    fn close(&self);
}

/// Why a stream of bytes broke off.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The sender is to blame, or a limit; the failure says it to the client.
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
    /// Keeps a body. Durable when it returns. A stream that breaks off leaves nothing behind. A body that no job
    /// comes to own is removed by [`JobStore::sweep`] after a day.
    async fn keep(&self, body: ByteStream) -> Result<Blob, StreamError>;
    /// The body, from its beginning. `None` when it is not there.
    async fn open(&self, id: BlobId) -> Result<Option<ByteStream>, Fault>;
    /// Removes it; fine when it is gone.
    async fn remove(&self, id: BlobId) -> Result<(), Fault>;
}

/// The bounds of one fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// All of it, the body included.
    pub total: Duration,
    /// Bytes on the wire.
    pub wire_bytes: u64,
    /// Bytes after the content coding is undone.
    pub decoded_bytes: u64,
    /// Redirects that are followed.
    pub redirects: u32,
}

impl Default for FetchLimits {
    /// One minute, 50 MB on the wire, 200 MB decoded, five redirects (security.md's bounds).
    fn default() -> Self {
        Self {
            total: Duration::from_secs(60),
            wire_bytes: 50_000_000,
            decoded_bytes: 200_000_000,
            redirects: 5,
        }
    }
}

/// An answer whose body may be read.
pub struct Fetched {
    /// The address that answered, after redirects.
    pub final_url: PublicUrl,
    /// Its `Content-Type`, as given.
    pub content_type: Option<String>,
    /// The body, its content coding undone, within the limits; it breaks off with a failure otherwise.
    pub body: ByteStream,
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfetched {
    /// The fetch failed.
    Failed {
        /// The address that failed, after redirects.
        final_url: PublicUrl,
        /// How.
        failure: Failure,
    },
    /// The host has no permit for another fetch. Nothing was sent.
    Deferred(Deferral),
}

/// The way out to the net.
#[async_trait]
pub trait Fetcher: Send + Sync {
    /// Asks the address, following redirects, each checked as the first. Ends well only for an answer that has a
    /// document (2xx). Every failure has its kind; what may pass is retryable. A fetch is only deferred before any byte
    /// is sent.
    async fn open(&self, address: &PublicUrl, limits: &FetchLimits) -> Result<Fetched, Unfetched>;
}

/// What is known of a document that a [`Parser`] is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handover<'a> {
    /// What its sender said of it.
    pub declared: Declared<'a>,
    /// The most bytes that it may have.
    pub document_bytes: u64,
}

/// Takes the text of documents whose formats can be used against their reader: archives, XML, PDF (those that
/// [`MediaType::needs_sandbox`](tally_extract::MediaType::needs_sandbox) names). What happens to the parser stays there:
/// it may die or run out of memory or time, and the caller is told so.
#[async_trait]
pub trait Parser: Send + Sync {
    /// Reads a document, and hands its text to `to` as it is found. Says what else was learned, without an address.
    ///
    /// Fails with `UnreadableDocument` where a limit was passed, which another try would not change, and with
    /// `CrashedWorker` where the parser died. After a failure `to` has a part of the text. A caller who drops the
    /// future ends the parser.
    async fn parse(
        &self,
        about: &Handover<'_>,
        body: ByteStream,
        to: &mut (dyn Sink + Send),
    ) -> Result<Document, StreamError>;
}
