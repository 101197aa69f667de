//! A job's record, and what a submit needs to make one.

use std::borrow::Cow;
use std::sync::Arc;

use tally_kernel::{Lease, OwnerId, Timestamp};

use crate::content::Content;
use crate::failure::Failure;
use crate::history::History;
use crate::id::{JobId, RequestId};
use crate::key::{Binding, Fingerprint};
use crate::options::{JobOptions, Priority};
use crate::parts::Parts;
use crate::state::JobState;

/// What a job does: the name under which its workload is registered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Kind(Cow<'static, str>);

impl Kind {
    /// The kind of a workload.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The kind that a store has under this name.
    #[must_use]
    pub fn stored(name: &str) -> Self {
        Self(Cow::Owned(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A pair that lists find a job by, as `host=example.com`. The workload chooses it; the stores index it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attribute {
    pub name: Cow<'static, str>,
    pub value: String,
}

/// How a job may be moved about. The workload decides at submit; the record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// How much work the job is, in units of a small job, for fair shares: at least 1.
    pub cost: u32,
    /// Its message may travel with others; when one of them comes back, all may.
    pub bundled: bool,
    /// Its first claim may stay unwritten. Only for runs of some milliseconds without any effect outside the job: a
    /// worker that dies of it is known only by the message that comes back.
    pub lazy_claim: bool,
}

impl Default for Properties {
    fn default() -> Self {
        Self { cost: 1, bundled: false, lazy_claim: false }
    }
}

/// A job whose key was used before, for jobs that were removed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Which of the key's jobs it is; the first is 0.
    pub number: u32,
    pub first: JobId,
}

/// A job that no store has yet.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: JobId,
    /// Whom it belongs to.
    pub owner: OwnerId,
    /// What it does.
    pub kind: Kind,
    /// The options of the engine.
    pub options: JobOptions,
    /// The text that a search finds: an address, the name of a file.
    pub subject: Option<Arc<str>>,
    /// Pairs that lists find it by.
    pub attributes: Vec<Attribute>,
    /// How it may be moved about.
    pub properties: Properties,
    /// The workload's spec and source.
    pub parts: Parts,
    /// The submitted bytes, where there are any.
    pub content: Option<Content>,
    /// How many bytes that is.
    pub content_bytes: u64,
    /// The idempotency key and the request it was used for.
    pub binding: Option<Binding>,
    /// Which job of its key it is, when it is not the first.
    pub generation: Option<Generation>,
    pub request: Option<RequestId>,
    /// When it was accepted.
    pub created_at: Timestamp,
}

impl NewJob {
    /// The record that the job begins with.
    #[must_use]
    pub fn into_job(self) -> Job {
        Job {
            id: self.id,
            owner: self.owner,
            kind: self.kind,
            state: JobState::Queued,
            options: self.options,
            subject: self.subject,
            attributes: self.attributes,
            properties: self.properties,
            parts: self.parts,
            content_bytes: self.content_bytes,
            fingerprint: self.binding.map(|binding| binding.fingerprint),
            request: self.request,
            created_at: self.created_at,
            due_at: self.created_at,
            started_at: None,
            finished_at: None,
            attempts: 0,
            crashes: 0,
            epoch: 0,
            event_seq: 1,
            lease: None,
            history: History::default(),
            failure: None,
        }
    }
}

/// A job's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: JobId,
    /// Whom it belongs to.
    pub owner: OwnerId,
    /// What it does.
    pub kind: Kind,
    pub state: JobState,
    /// The options of the engine.
    pub options: JobOptions,
    /// The text that a search finds.
    pub subject: Option<Arc<str>>,
    /// Pairs that lists find it by.
    pub attributes: Vec<Attribute>,
    /// How it may be moved about.
    pub properties: Properties,
    /// What belongs to the workload. Shared bytes: a record is copied at every step.
    pub parts: Parts,
    /// How many bytes were submitted with it.
    pub content_bytes: u64,
    /// The fingerprint of its request, when it came with a key.
    pub fingerprint: Option<Fingerprint>,
    pub request: Option<RequestId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it may run: at once, or after a pause.
    pub due_at: Timestamp,
    /// When its first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How many attempts were charged.
    pub attempts: u32,
    /// How many attempts in a row ended with a dead or silent worker. A claim counts as one until its attempt ends.
    pub crashes: u32,
    /// How often it changed hands. A write with an older epoch is rejected: this fences off expired workers.
    pub epoch: u64,
    /// The number of its last event; `accepted` is 1.
    pub event_seq: u32,
    /// Until when its present worker holds it.
    pub lease: Option<Lease>,
    /// Its last attempts.
    pub history: History,
    /// What went wrong: why it failed, or why the last attempt did.
    pub failure: Option<Failure>,
}

impl Job {
    /// Whether its next claim may stay unwritten: its kind allows it, and no attempt was charged yet.
    #[must_use]
    pub const fn may_claim_lazily(&self) -> bool {
        self.properties.lazy_claim && self.attempts == 0
    }

    /// The ticket that hands this job out in its present epoch.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        Ticket { id: self.id, epoch: self.epoch, priority: self.options.priority, redelivered: false }
    }

    /// The moment by which it must have ended.
    #[must_use]
    pub fn deadline_at(&self) -> Timestamp {
        self.created_at.after(self.options.deadline)
    }

    /// The moment from which it may be removed; `None` until it has ended.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        let least = if self.fingerprint.is_some() {
            self.created_at.after(JobOptions::SHORTEST_RETENTION_KEYED)
        } else {
            self.created_at
        };
        self.finished_at.map(|end| end.after(self.options.retention).max(least))
    }

    /// The value of the attribute with this name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|one| one.name == name).map(|one| one.value.as_str())
    }
}

/// What a queue carries: which job, and in which epoch. Everything else is in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    pub id: JobId,
    /// The epoch of the job when the ticket was written.
    pub epoch: u64,
    /// The queue it waits in.
    pub priority: Priority,
    /// Whether the queue knows that an earlier holder of this very ticket is gone.
    pub redelivered: bool,
}

/// A job that a worker has claimed.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// The record as claimed: `running`, with the epoch of this claim.
    pub job: Job,
    /// The submitted bytes, where there are any.
    pub content: Option<Content>,
}
