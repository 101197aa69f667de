//! A job's record as one document, and the part of it that moves as a change to that document.
//!
//! Knows fields. Which record may become which is decided in the room; what a change expects to find is said by those
//! who write it.

use std::sync::Arc;

use bson::raw::{CStr, RawBsonRef, cstr};
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime, RawDocument, RawDocumentBuf};
use serde::{Deserialize, Serialize};
use tally_jobs::key::Fingerprint;
use tally_jobs::model::{BlobId, Content, Job, JobId, RequestId};
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::{Lease, Timestamp};

use super::asked::{self, AskedShape};
use super::failure::{self, FailureShape};
use super::report::{self, ReportShape};
use super::source::{self, SourceShape};
use super::{Unreadable, date, moment, signed, unsigned};
use crate::schema::{FORMAT, GONE};

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

/// What is written once, at admission.
#[derive(Serialize)]
struct Fixed {
    #[serde(rename = "_id")]
    id: bson::Uuid,
    v: i32,
    seq: i64,
    source: SourceShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<AskedShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    created: DateTime,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "_id")]
    id: bson::Uuid,
    seq: i64,
    source: SourceShape,
    #[serde(default)]
    asked: Option<AskedShape>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    request: Option<String>,
    #[serde(default)]
    print: Option<Binary>,
    created: DateTime,
    #[serde(default)]
    content: Option<Binary>,
    #[serde(default)]
    blob: Option<bson::Uuid>,
    state: String,
    epoch: i64,
    attempts: i64,
    crashes: i64,
    due: DateTime,
    #[serde(default)]
    started: Option<DateTime>,
    #[serde(default)]
    finished: Option<DateTime>,
    #[serde(default)]
    lease: Option<DateTime>,
    #[serde(default)]
    failure: Option<FailureShape>,
    #[serde(default)]
    report: Option<ReportShape>,
    #[serde(default)]
    top: Option<Binary>,
    #[serde(default)]
    rest: Option<Binary>,
    #[serde(default)]
    parts: i32,
}

#[derive(Deserialize)]
struct GoneShape {
    mark: i64,
    #[serde(default)]
    blob: Option<bson::Uuid>,
    #[serde(default)]
    parts: i32,
    #[serde(default)]
    epoch: i64,
}

/// The id of a job as a value.
pub fn job_id(id: JobId) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: id.uuid().as_bytes().to_vec() }
}

/// The id of a document, when it is one that jobs have.
pub fn id_of(document: &RawDocument) -> Option<JobId> {
    let id = document.get_binary("_id").ok().filter(|id| id.subtype == BinarySubtype::Uuid)?;
    id.bytes.try_into().ok().map(|bytes| JobId::new(uuid::Uuid::from_bytes(bytes)))
}

/// The document of a new job. `wake` is when the relay should look at it, should nobody have said by then that its
/// ticket was offered.
pub fn admitted(
    job: &Job,
    content: Option<&Content>,
    seq: i64,
    wake: Timestamp,
    mark: i64,
) -> Result<RawDocumentBuf, Unreadable> {
    let mut document = bson::serialize_to_raw_document_buf(&Fixed {
        id: bson::Uuid::from_bytes(*job.id.uuid().as_bytes()),
        v: FORMAT,
        seq,
        source: source::write(&job.source),
        asked: asked::write(&job.settings),
        labels: job.settings.labels.iter().map(asked::label).collect(),
        request: job.request.as_ref().map(|id| id.as_str().to_owned()),
        created: date(job.created_at),
    })?;
    if let Some(print) = &job.fingerprint {
        document.append(cstr!("print"), bytes(&print.0));
    }
    match content {
        Some(Content::Inline(inline)) => document.append(cstr!("content"), bytes(inline)),
        Some(Content::Stored(blob)) => document.append(cstr!("blob"), blob_id(*blob)),
        None => {}
    }
    let mut change = Change { set: document, unset: RawDocumentBuf::new() };
    change.moving(job, wake, mark)?;
    Ok(change.set)
}

/// A change to a document, field by field, so that what another version wrote beside them stays.
#[derive(Debug, Default)]
pub struct Change {
    set: RawDocumentBuf,
    unset: RawDocumentBuf,
}

impl Change {
    /// The change that makes a document say what this record says, as far as that moves.
    pub fn to(job: &Job, mark: i64) -> Result<Self, Unreadable> {
        let mut change = Self::default();
        change.moving(job, wake_of(job), mark)?;
        Ok(change)
    }

    /// Adds what was found: the report of the record, its words, and where the rest of them stands.
    pub fn with_findings(
        mut self,
        job: &Job,
        rest: Option<&WordList>,
        parts: i32,
    ) -> Result<Self, Unreadable> {
        let Some(report) = &job.report else { return Ok(self) };
        self.set.append(cstr!("report"), bson::serialize_to_raw_document_buf(&report::write(report))?);
        self.set.append(cstr!("top"), bytes(report.top_words.as_bytes()));
        match rest {
            Some(rest) => self.set.append(cstr!("rest"), bytes(rest.as_bytes())),
            None => self.unset.append(cstr!("rest"), true),
        }
        match parts {
            0 => self.unset.append(cstr!("parts"), true),
            _ => self.set.append(cstr!("parts"), parts),
        }
        // Only what did not succeed can be run again, so only that still needs what was handed in. The name of a
        // stored body stays until the body is gone.
        self.unset.append(cstr!("content"), true);
        Ok(self)
    }

    /// Adds who made it.
    pub fn by(mut self, worker: &str) -> Self {
        self.set.append(cstr!("worker"), worker);
        self
    }

    /// As the update language has it.
    pub fn into_update(self) -> RawDocumentBuf {
        let mut update = RawDocumentBuf::new();
        update.append(cstr!("$set"), self.set);
        if !self.unset.is_empty() {
            update.append(cstr!("$unset"), self.unset);
        }
        update
    }

    fn moving(&mut self, job: &Job, wake: Timestamp, mark: i64) -> Result<(), Unreadable> {
        let set = &mut self.set;
        set.append(cstr!("state"), job.state.as_str());
        set.append(cstr!("wake"), date(wake));
        set.append(cstr!("epoch"), signed(job.epoch));
        set.append(cstr!("attempts"), i64::from(job.attempts));
        set.append(cstr!("crashes"), i64::from(job.crashes));
        set.append(cstr!("due"), date(job.due_at));
        set.append(cstr!("mark"), mark);
        self.moment(cstr!("started"), job.started_at);
        self.moment(cstr!("finished"), job.finished_at);
        self.moment(cstr!("lease"), job.lease.map(|lease| lease.until));
        match &job.failure {
            Some(failure) => {
                let shape = bson::serialize_to_raw_document_buf(&failure::write(failure))?;
                self.set.append(cstr!("failure"), shape);
            }
            None => self.unset.append(cstr!("failure"), true),
        }
        Ok(())
    }

    fn moment(&mut self, name: &CStr, moment: Option<Timestamp>) {
        match moment {
            Some(moment) => self.set.append(name, date(moment)),
            None => self.unset.append(name, true),
        }
    }
}

/// The document that takes the place of a forgotten job's. What is still to be removed of it is named until it is.
pub fn gone(record: &Record, until: Timestamp, mark: i64) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), job_id(record.job.id));
    document.append(cstr!("v"), FORMAT);
    document.append(cstr!("state"), GONE);
    document.append(cstr!("wake"), date(until));
    document.append(cstr!("mark"), mark);
    document.append(cstr!("epoch"), signed(record.job.epoch));
    if let Some(blob) = record.stored_body() {
        document.append(cstr!("blob"), blob_id(blob));
    }
    if record.parts > 0 {
        document.append(cstr!("parts"), record.parts);
    }
    document
}

/// What a document must be to stand for this record still. State and epoch together name one stretch of a job's life,
/// its place in the order one incarnation of its id.
pub fn as_in(record: &Record) -> RawDocumentBuf {
    let mut expect = held(&record.job);
    expect.append(cstr!("seq"), record.seq);
    expect
}

/// The same where the place is not known; the moment of admission does as well.
pub fn held(job: &Job) -> RawDocumentBuf {
    let mut expect = RawDocumentBuf::new();
    expect.append(cstr!("_id"), job_id(job.id));
    expect.append(cstr!("state"), job.state.as_str());
    expect.append(cstr!("epoch"), signed(job.epoch));
    expect.append(cstr!("created"), date(job.created_at));
    expect
}

/// The same with its lease, which is renewed within a stretch.
pub fn with_lease(mut expect: RawDocumentBuf, job: &Job) -> RawDocumentBuf {
    match job.lease {
        Some(lease) => expect.append(cstr!("lease"), date(lease.until)),
        None => expect.append(cstr!("lease"), RawBsonRef::Null),
    }
    expect
}

/// When somebody should look at this record: the relay while it waits or runs, the sweeper when it has ended.
pub fn wake_of(job: &Job) -> Timestamp {
    match job.state {
        State::Queued => job.due_at,
        State::Running => job.lease.map_or(job.due_at, |lease| lease.until),
        State::Succeeded | State::Failed | State::Cancelled => job.expires_at().unwrap_or(job.due_at),
    }
}

/// Reads what stands under an id.
pub fn read(document: &RawDocument) -> Result<Stored, Unreadable> {
    // A later format is told as that, whatever else has changed in it.
    let format = document.get_i32("v").map_err(|_| Unreadable::Range("format"))?;
    if format > FORMAT {
        return Err(Unreadable::Newer(format));
    }
    if document.get_str("state").is_ok_and(|state| state == GONE) {
        let shape: GoneShape = bson::deserialize_from_slice(document.as_bytes())?;
        return Ok(Stored::Gone(Tombstone {
            mark: shape.mark,
            blob: shape.blob.map(blob),
            parts: shape.parts,
            epoch: unsigned(shape.epoch, "epoch")?,
        }));
    }
    read_job(bson::deserialize_from_slice(document.as_bytes())?).map(|record| Stored::Job(Box::new(record)))
}

fn read_job(shape: Shape) -> Result<Record, Unreadable> {
    let content = match (shape.blob, shape.content) {
        (Some(stored), _) => Some(Content::Stored(blob(stored))),
        (None, Some(inline)) => Some(Content::Inline(inline.bytes.into())),
        (None, None) => None,
    };
    let report = match shape.report {
        Some(found) => {
            let top =
                shape.top.map_or_else(|| Ok(WordList::default()), |top| WordList::from_bytes(top.bytes))?;
            Some(Arc::new(report::read(found, top)?))
        }
        None => None,
    };
    let Some(state) = State::parse(&shape.state) else {
        return Err(Unreadable::Name { what: "state", name: shape.state });
    };
    let job = Job {
        id: JobId::new(shape.id.into_uuid()),
        state,
        source: source::read(shape.source)?,
        settings: asked::read(shape.asked, shape.labels)?,
        fingerprint: shape.print.map(fingerprint).transpose()?,
        // An id that would not be taken today is passed over: it is for logs only.
        request: shape.request.as_deref().and_then(RequestId::parse),
        created_at: moment(shape.created),
        due_at: moment(shape.due),
        started_at: shape.started.map(moment),
        finished_at: shape.finished.map(moment),
        attempts: unsigned(shape.attempts, "number of attempts")?,
        crashes: unsigned(shape.crashes, "number of crashes")?,
        epoch: unsigned(shape.epoch, "epoch")?,
        lease: shape.lease.map(|until| Lease { until: moment(until) }),
        report,
        failure: shape.failure.map(failure::read).transpose()?,
    };
    Ok(Record { job, seq: shape.seq, content, rest: shape.rest.map(|rest| rest.bytes), parts: shape.parts })
}

fn fingerprint(print: Binary) -> Result<Fingerprint, Unreadable> {
    print.bytes.try_into().map(Fingerprint).map_err(|_| Unreadable::Range("fingerprint"))
}

fn blob(id: bson::Uuid) -> BlobId {
    BlobId(id.into_uuid())
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
