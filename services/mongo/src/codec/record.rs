//! A job's record as one document, and the names by which documents are known.
//!
//! Knows fields. Which record may become which is decided in the room; what a change expects to find is said by those
//! who write it.

mod expect;
mod read;
mod write;

use bson::raw::RawBsonRef;
use bson::spec::BinarySubtype;
use bson::{Binary, RawDocument};
use tally_jobs::model::{BlobId, Content, Job, JobId};

pub use expect::{as_in, held, held_until, open_as_in, open_in};
pub use read::read;
pub use write::{Change, admitted, arrived, gone};

/// What stands under an id.
#[derive(Debug)]
pub enum Stored {
    /// A job.
    Job(Box<Record>),
    /// The mark of one that was forgotten.
    Gone(Tombstone),
}

/// A job with what stands beside it in its document.
#[derive(Debug)]
pub struct Record {
    /// The job.
    pub job: Job,
    /// Whether its document is the one of its end.
    pub is_end: bool,
    /// Its place in the order of admission; one incarnation of an id has one.
    pub seq: i64,
    /// What was handed in.
    pub content: Option<Content>,
    /// The words after the first ones, when they are few.
    pub rest: Option<Vec<u8>>,
    /// In how many documents those words stand, when they are many.
    pub parts: i32,
}

impl Record {
    /// The id of its document.
    pub fn key(&self) -> Binary {
        if self.is_end { end_id(self.job.id) } else { job_id(self.job.id) }
    }

    /// The body that stands beside it.
    pub fn stored_body(&self) -> Option<BlobId> {
        match self.content {
            Some(Content::Stored(blob)) => Some(blob),
            Some(Content::Inline(_)) | None => None,
        }
    }
}

/// What is left of a job that was forgotten.
#[derive(Debug)]
pub struct Tombstone {
    /// The change that wrote it.
    pub mark: i64,
    /// A body that is still to be removed.
    pub blob: Option<BlobId>,
    /// Documents of words that are still to be removed, …
    pub parts: i32,
    /// … of this epoch.
    pub epoch: u64,
}

/// The id of a job as a value.
pub fn job_id(id: JobId) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: id.uuid().as_bytes().to_vec() }
}

/// The id of the document that takes the place of a job's own when it succeeds: one byte longer, so that it sorts behind
/// all of those.
pub fn end_id(id: JobId) -> Binary {
    let mut bytes = id.uuid().as_bytes().to_vec();
    bytes.push(END);
    Binary { subtype: BinarySubtype::Generic, bytes }
}

/// The last byte of such an id.
const END: u8 = 1;

/// Both ids under which a job may stand.
pub fn both_ids(id: JobId) -> [Binary; 2] {
    [job_id(id), end_id(id)]
}

/// The job of a document, when it is one that jobs have, and whether it is the one of its end.
pub fn name_of(document: &RawDocument) -> Option<(JobId, bool)> {
    let id = document.get_binary("_id").ok()?;
    let (bytes, is_end) = match (id.subtype, id.bytes) {
        (BinarySubtype::Uuid, bytes) => (bytes, false),
        (BinarySubtype::Generic, [bytes @ .., END]) => (bytes, true),
        _ => return None,
    };
    bytes.try_into().ok().map(|bytes| (JobId::new(uuid::Uuid::from_bytes(bytes)), is_end))
}

/// The job of a document, when it is one that jobs have.
pub fn id_of(document: &RawDocument) -> Option<JobId> {
    name_of(document).map(|(id, _)| id)
}

/// The name of a stored body as a value.
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
