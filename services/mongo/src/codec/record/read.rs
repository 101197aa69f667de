//! Reads a document as the record that was written.

use bson::{Binary, DateTime, RawBsonRef, RawDocument};
use bytes::Bytes;
use serde::Deserialize;
use tally_jobs::codec::{failure, history};
use tally_jobs::content::Content;
use tally_jobs::history::{AttemptRecord, History};
use tally_jobs::id::{BlobId, JobId, RequestId, WorkerId};
use tally_jobs::key::Fingerprint;
use tally_jobs::parts::{AttachmentName, Parts};
use tally_jobs::record::{Job, Kind, Properties};
use tally_jobs::state::JobState;
use tally_kernel::{Lease, OwnerId};

use super::{AttachmentPlace, IntoUuid, PlacedAttachment, Record, Stored, TombstoneRecord, name_of};
use crate::codec::job_options::{self, AskedShape};
use crate::codec::{FormatError, Unreadable, moment, unsigned};
use crate::schema::{FORMAT, GONE};

#[derive(Deserialize)]
struct RecordShape<'a> {
    seq: i64,
    kind: &'a str,
    #[serde(default, borrow)]
    owner: Option<&'a str>,
    #[serde(default, borrow)]
    subject: Option<&'a str>,
    #[serde(default, borrow)]
    attributes: Vec<&'a str>,
    props: i64,
    bytes: i64,
    #[serde(default, borrow)]
    asked: Option<AskedShape<'a>>,
    #[serde(default, borrow)]
    labels: Vec<&'a str>,
    #[serde(default, borrow)]
    request: Option<&'a str>,
    #[serde(default)]
    print: Option<Binary>,
    created: DateTime,
    #[serde(default)]
    spec: Option<Binary>,
    #[serde(default)]
    source: Option<Binary>,
    #[serde(default)]
    content: Option<Binary>,
    #[serde(default)]
    blob: Option<bson::Uuid>,
    state: &'a str,
    epoch: i64,
    attempts: i64,
    crashes: i64,
    #[serde(default)]
    events: Option<i64>,
    due: DateTime,
    #[serde(default)]
    started: Option<DateTime>,
    #[serde(default)]
    finished: Option<DateTime>,
    #[serde(default)]
    lease: Option<DateTime>,
    #[serde(default, borrow)]
    history: Option<&'a str>,
    #[serde(default, borrow)]
    worker: Option<&'a str>,
    #[serde(default)]
    claimed: Option<DateTime>,
    #[serde(default, borrow)]
    failure: Option<&'a str>,
    #[serde(default, borrow)]
    summary: Option<RawBsonRef<'a>>,
    #[serde(default)]
    detail: Option<Binary>,
    #[serde(default, borrow)]
    attached: Option<&'a RawDocument>,
    #[serde(default)]
    parts: i32,
}

#[derive(Deserialize)]
struct GoneShape {
    mark: i64,
    wake: DateTime,
    #[serde(default)]
    blob: Option<bson::Uuid>,
    #[serde(default)]
    generation: i64,
    #[serde(default)]
    newest: Option<bson::Uuid>,
    #[serde(default)]
    parts: i32,
    #[serde(default)]
    epoch: i64,
}

/// Checks the format of a document, before anything else of it is read: the rest may have changed.
pub fn format_of(document: &RawDocument) -> Result<(), Unreadable> {
    match document.get_i32("v").map_err(|_| Unreadable::Range("format"))? {
        FORMAT => Ok(()),
        older if older < FORMAT => Err(FormatError::Older(older).into()),
        newer => Err(FormatError::Newer(newer).into()),
    }
}

pub fn read(document: &RawDocument) -> Result<Stored, Unreadable> {
    format_of(document)?;
    if document.get_str("state").is_ok_and(|state| state == GONE) {
        let shape: GoneShape = bson::deserialize_from_slice(document.as_bytes())?;
        return Ok(Stored::Gone(TombstoneRecord {
            mark: shape.mark,
            until: moment(shape.wake),
            blob: shape.blob.map(blob),
            generation: u32::try_from(shape.generation).map_err(|_| Unreadable::Range("generation"))?,
            newest: shape.newest.map(|id| JobId::new(id.into_uuid())),
            parts: shape.parts,
            epoch: unsigned(shape.epoch, "epoch")?,
        }));
    }
    let name = name_of(document).ok_or(Unreadable::Range("id"))?;
    let shape = bson::deserialize_from_slice(document.as_bytes())?;
    read_job(name, shape).map(|record| Stored::Job(Box::new(record)))
}

fn read_job((id, is_end): (JobId, bool), shape: RecordShape<'_>) -> Result<Record, Unreadable> {
    let content = match (shape.blob, shape.content) {
        (Some(stored), _) => Some(Content::Stored(blob(stored).into())),
        (None, Some(inline)) => Some(Content::Inline(inline.bytes.into())),
        (None, None) => None,
    };
    let Some(state) = JobState::parse(shape.state) else {
        let name = shape.state.to_owned();
        return Err(tally_jobs::codec::Unreadable::Name { what: "state", name }.into());
    };
    let owner = shape.owner.map_or(Some(OwnerId::LOCAL), OwnerId::parse);
    let created_at = moment(shape.created);
    let open = shape.worker.zip(shape.claimed);
    let job = Job {
        id,
        owner: owner.ok_or(Unreadable::Range("owner"))?,
        kind: Kind::stored(shape.kind),
        state,
        options: job_options::read(shape.asked, &shape.labels)?,
        subject: shape.subject.map(Into::into),
        attributes: shape.attributes.iter().map(|text| job_options::read_attribute(text)).collect(),
        properties: properties(shape.props)?,
        parts: Parts {
            spec: part(shape.spec),
            source: part(shape.source),
            summary: shape.summary.map(summary).transpose()?.unwrap_or_default(),
            detail: part(shape.detail),
        },
        content_bytes: unsigned(shape.bytes, "size")?,
        fingerprint: shape.print.map(fingerprint).transpose()?,
        // It is for logs only, so one that would not be accepted today is ignored.
        request: shape.request.and_then(RequestId::parse),
        created_at,
        due_at: moment(shape.due),
        started_at: shape.started.map(moment),
        finished_at: shape.finished.map(moment),
        attempts: unsigned(shape.attempts, "number of attempts")?,
        crashes: unsigned(shape.crashes, "number of crashes")?,
        epoch: unsigned(shape.epoch, "epoch")?,
        event_seq: shape.events.map_or(Ok(1), |events| unsigned(events, "number of events"))?,
        lease: shape.lease.map(|until| Lease { until: moment(until) }),
        history: with_open(history::read(shape.history, created_at)?, open),
        failure: shape.failure.map(failure::read).transpose()?,
    };
    let attachments = shape.attached.map(attachments).transpose()?.unwrap_or_default();
    Ok(Record { job, is_end, seq: shape.seq, content, attachments, parts: shape.parts })
}

/// The history with the attempt that runs, which has fields of its own.
fn with_open(history: History, open: Option<(&str, DateTime)>) -> History {
    let Some((worker, claimed)) = open else { return history };
    let open = AttemptRecord { worker: WorkerId::from(worker), started_at: moment(claimed), ended: None };
    let mut attempts = history.attempts().to_vec();
    attempts.push(open);
    History::of(attempts)
}

/// Reads the number that [`super::write::properties`] gives.
fn properties(number: i64) -> Result<Properties, Unreadable> {
    let cost = unsigned(number >> 2, "cost")?;
    Ok(Properties { cost, bundled: number & 1 != 0, lazy_claim: number & 2 != 0 })
}

fn part(stored: Option<Binary>) -> Bytes {
    stored.map(|binary| binary.bytes.into()).unwrap_or_default()
}

fn summary(stored: RawBsonRef<'_>) -> Result<Bytes, Unreadable> {
    match stored {
        RawBsonRef::String(text) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        RawBsonRef::Binary(binary) => Ok(Bytes::copy_from_slice(binary.bytes)),
        _ => Err(Unreadable::Range("summary")),
    }
}

fn attachments(stored: &RawDocument) -> Result<Vec<PlacedAttachment>, Unreadable> {
    let attachment = |field: bson::error::Result<(&bson::raw::CStr, RawBsonRef<'_>)>| {
        let (name, value) = field?;
        let name = AttachmentName::parse(name.as_str()).ok_or(Unreadable::Range("name of an attachment"))?;
        let place = match value {
            RawBsonRef::Binary(binary) => AttachmentPlace::InRecord(Bytes::copy_from_slice(binary.bytes)),
            RawBsonRef::Int32(parts) => AttachmentPlace::Parts(parts),
            _ => return Err(Unreadable::Range("attachment")),
        };
        Ok(PlacedAttachment { name, place })
    };
    stored.iter().map(attachment).collect()
}

fn fingerprint(print: Binary) -> Result<Fingerprint, Unreadable> {
    print.bytes.try_into().map(Fingerprint).map_err(|_| Unreadable::Range("fingerprint"))
}

fn blob(id: bson::Uuid) -> BlobId {
    BlobId(id.into_uuid())
}
