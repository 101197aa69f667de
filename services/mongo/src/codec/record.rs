//! A job's record as one document, and the ids of documents.
//!
//! Knows fields. The engine decides which record may follow which; the caller of a change says what it expects.

mod expect;
mod read;
mod write;

use bson::raw::RawBsonRef;
use bson::spec::BinarySubtype;
use bson::{Binary, RawDocument};
use bytes::Bytes;
use tally_jobs::content::Content;
use tally_jobs::id::{BlobId, JobId};
use tally_jobs::parts::AttachmentName;
use tally_jobs::record::Job;
use tally_kernel::Timestamp;

pub use expect::{as_in, held, held_until, open_as_in, open_in};
pub use read::{format_of, read};
pub use write::{Admitted, Change, admitted, arrived, gone, tombstone, wake_of};

/// The document under an id.
#[derive(Debug)]
pub enum Stored {
    Job(Box<Record>),
    /// The tombstone of a deleted job.
    Gone(TombstoneRecord),
}

/// A job with the other fields of its document.
#[derive(Debug)]
pub struct Record {
    pub job: Job,
    /// Whether its document is its completion.
    pub is_end: bool,
    /// Its position in the order of admission; one incarnation of an id has one.
    pub seq: i64,
    /// The submitted bytes.
    pub content: Option<Content>,
    /// The attachments of its result.
    pub attachments: Vec<PlacedAttachment>,
    /// The number of documents that hold the long attachments.
    pub parts: i32,
}

/// An attachment and where its bytes are.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedAttachment {
    pub name: AttachmentName,
    /// Where its bytes are.
    pub place: AttachmentPlace,
}

/// Where the bytes of an attachment are.
#[derive(Clone, Debug, PartialEq)]
pub enum AttachmentPlace {
    InRecord(Bytes),
    /// In so many documents of their own. They follow those of the attachments before this one.
    Parts(i32),
}

impl AttachmentPlace {
    /// In how many documents of their own the bytes are.
    pub const fn parts(&self) -> i32 {
        match self {
            Self::InRecord(_) => 0,
            Self::Parts(parts) => *parts,
        }
    }
}

impl Record {
    /// The id of its document.
    pub fn key(&self) -> Binary {
        if self.is_end { end_id(self.job.id) } else { job_id(self.job.id) }
    }

    /// The stored body that it owns.
    pub fn stored_body(&self) -> Option<BlobId> {
        self.content.as_ref().and_then(Content::blob)
    }
}

/// The tombstone of a deleted job.
#[derive(Debug)]
pub struct TombstoneRecord {
    /// The mark of the change that wrote it.
    pub mark: i64,
    /// When it may be removed.
    pub until: Timestamp,
    /// A body that is still to be removed.
    pub blob: Option<BlobId>,
    /// The newest generation of its key, …
    pub generation: u32,
    pub newest: Option<JobId>,
    /// The number of documents of attachments that are still to be removed, …
    pub parts: i32,
    pub epoch: u64,
}

/// The id of a job as a value.
pub fn job_id(id: JobId) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: id.uuid().as_bytes().to_vec() }
}

/// The completion id of a job: one byte longer, so that all completions sort behind all open documents.
pub fn end_id(id: JobId) -> Binary {
    let mut bytes = id.uuid().as_bytes().to_vec();
    bytes.push(END);
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// The last byte of such an id.
const END: u8 = 1;

/// Both ids that a job's document may have.
pub fn both_ids(id: JobId) -> [Binary; 2] {
    [job_id(id), end_id(id)]
}

/// The job of a document, and whether the document is its completion. `None` for a foreign id.
pub fn name_of(document: &RawDocument) -> Option<(JobId, bool)> {
    let id = document.get_binary("_id").ok()?;
    let (bytes, is_end) = match (id.subtype, id.bytes) {
        (BinarySubtype::Uuid, bytes) => (bytes, false),
        (BinarySubtype::Generic, [bytes @ .., END]) => (bytes, true),
        _ => return None,
    };
    bytes.try_into().ok().map(|bytes| (JobId::new(uuid::Uuid::from_bytes(bytes)), is_end))
}

/// The job of a document. `None` for a foreign id.
pub fn id_of(document: &RawDocument) -> Option<JobId> {
    name_of(document).map(|(id, _)| id)
}

/// The id of a stored body as a value.
pub fn blob_id(blob: BlobId) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: blob.0.as_bytes().to_vec() }
}

/// Bytes as a value.
pub fn bytes(bytes: &[u8]) -> RawBsonRef<'_> {
    RawBsonRef::Binary(bson::raw::RawBinaryRef { subtype: BinarySubtype::Generic, bytes })
}

/// The uuid crate's form of an id.
pub trait IntoUuid {
    /// The same sixteen bytes.
    fn into_uuid(self) -> uuid::Uuid;
}

impl IntoUuid for bson::Uuid {
    fn into_uuid(self) -> uuid::Uuid {
        uuid::Uuid::from_bytes(self.bytes())
    }
}
