//! What a job is: its record, its input, and what is handed around while it lives.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tally_kernel::{Lease, Timestamp};
use uuid::Uuid;

use crate::address::PublicUrl;
use crate::failure::Failure;
use crate::key::{Binding, Fingerprint};
use crate::report::Report;
use crate::settings::{Priority, Settings};
use crate::state::State;

/// A job's name: a UUID, v7 when it is fresh, v8 when it is derived from an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(Uuid);

impl JobId {
    /// The job with this id.
    #[must_use]
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// Reads the hyphenated form only: one job has one address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == uuid::fmt::Hyphenated::LENGTH).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// The id itself.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// The longest id of a request, in bytes.
pub const LONGEST_REQUEST_ID: usize = 128;

/// The id that a request came with: under it the log of whoever sent it, of the API and of the worker tell one story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes 1 to 128 visible ASCII characters; `None` for anything else, which no log should have to bear.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=LONGEST_REQUEST_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the client handed in, as the record tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An address, fetched by a worker.
    Url(PublicUrl),
    /// A text.
    Text {
        /// UTF-8 bytes.
        bytes: u64,
    },
    /// A document.
    File {
        /// Its name, where the client gave one.
        name: Option<String>,
        /// The `Content-Type` that the client gave.
        content_type: Option<String>,
        /// Its size.
        bytes: u64,
    },
}

impl Source {
    /// The bytes that were handed in; none for an address.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        match self {
            Self::Url(_) => 0,
            Self::Text { bytes } | Self::File { bytes, .. } => *bytes,
        }
    }
}

/// A stored body too large for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobId(pub Uuid);

/// A body that was kept, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its name.
    pub id: BlobId,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
}

/// The bytes of a job that were handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Small: in the record.
    Inline(Bytes),
    /// Large: beside it.
    Stored(BlobId),
}

/// A job that was not remembered yet.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What was handed in.
    pub source: Source,
    /// The bytes, unless it is an address.
    pub content: Option<Content>,
    /// What was asked.
    pub settings: Settings,
    /// The key it was submitted with.
    pub binding: Option<Binding>,
    /// The id that its request came with.
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
            state: State::Queued,
            source: self.source,
            settings: self.settings,
            fingerprint: self.binding.map(|binding| binding.fingerprint),
            request: self.request,
            created_at: self.created_at,
            due_at: self.created_at,
            started_at: None,
            finished_at: None,
            attempts: 0,
            crashes: 0,
            epoch: 0,
            lease: None,
            report: None,
            failure: None,
        }
    }
}

/// The largest text that is light, in bytes: a millisecond or two of counting.
const LIGHT: u64 = 64 << 10;

/// A job's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Where it stands.
    pub state: State,
    /// What was handed in.
    pub source: Source,
    /// What was asked.
    pub settings: Settings,
    /// The request, when it came with a key.
    pub fingerprint: Option<Fingerprint>,
    /// The id that its request came with.
    pub request: Option<RequestId>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it may run: at once, or after a pause.
    pub due_at: Timestamp,
    /// When its first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How often it was begun.
    pub attempts: u32,
    /// How often in a row its worker died or went silent while it worked on it.
    pub crashes: u32,
    /// How often it changed hands. A writer with an older one is refused: the fence of every race.
    pub epoch: u64,
    /// How long its present worker holds it.
    pub lease: Option<Lease>,
    /// What was found, when it succeeded. Shared: it never changes, and a record is copied at every step.
    pub report: Option<Arc<Report>>,
    /// What went wrong: the reason when it failed, the last one while it is tried again.
    pub failure: Option<Failure>,
}

impl Job {
    /// Whether it is over in a moment when it is run, as far as can be known: a short text that was never tried.
    #[must_use]
    pub fn is_light(&self) -> bool {
        self.is_short() && self.attempts == 0
    }

    /// Whether it is a text that is counted in a moment.
    #[must_use]
    pub fn is_short(&self) -> bool {
        matches!(self.source, Source::Text { bytes } if bytes <= LIGHT)
    }

    /// The ticket that hands this job out as it stands now.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        Ticket { id: self.id, epoch: self.epoch, priority: self.settings.priority, redelivered: false }
    }

    /// The moment by which it must have ended.
    #[must_use]
    pub fn deadline_at(&self) -> Timestamp {
        self.created_at.after(self.settings.deadline)
    }

    /// The moment from which it may be forgotten: `None` while it has not ended.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        let least = if self.fingerprint.is_some() {
            self.created_at.after(Settings::LEAST_RETAIN_KEYED)
        } else {
            self.created_at
        };
        self.finished_at.map(|end| end.after(self.settings.retain).max(least))
    }
}

/// What a queue carries: which job, and which of its turns. Everything else stands in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The job.
    pub id: JobId,
    /// The epoch that the job had when the ticket was written.
    pub epoch: u64,
    /// Its line.
    pub priority: Priority,
    /// Whether the queue knows that an earlier holder of this very ticket is gone.
    pub redelivered: bool,
}

/// Who holds a job: the name of a worker process, for logs and for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerId(pub String);

/// A job in a worker's hands.
#[derive(Clone, Debug)]
pub struct Hold {
    /// The record as it was claimed: `running`, its epoch is the hold's.
    pub job: Job,
    /// The bytes that were handed in, unless it is an address.
    pub content: Option<Content>,
}

/// How an attempt ended. A decision, as a value: whoever works says it, the store writes it.
#[derive(Debug)]
pub enum Ending {
    /// Counted.
    Succeeded(Box<crate::report::Findings>),
    /// Failed for good.
    Failed(Failure),
    /// Failed in a way that may pass: again at this moment.
    Retry {
        /// Why.
        failure: Failure,
        /// When.
        at: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        let text = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";
        assert_eq!(JobId::parse(text).unwrap().to_string(), text);
        for bad in ["", "0190d5f47b1e7c3a9f003b5c6d7e8f90", "{0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90}", "x"] {
            assert_eq!(JobId::parse(bad), None, "{bad}");
        }
    }
}
