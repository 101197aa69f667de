//! Reads a document back as the record that it was, or says why it is none.

use std::sync::Arc;

use bson::{Binary, DateTime, RawBsonRef, RawDocument};
use serde::Deserialize;
use tally_jobs::key::Fingerprint;
use tally_jobs::model::{BlobId, Content, Job, JobId, RequestId};
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::Lease;

use super::{IntoUuid, Record, Stored, Tombstone, name_of};
use crate::codec::asked::{self, AskedShape};
use crate::codec::failure::{self, FailureShape};
use crate::codec::report;
use crate::codec::source::{self, SourceShape};
use crate::codec::{Unreadable, moment, unsigned};
use crate::schema::{FORMAT, GONE};

#[derive(Deserialize)]
struct Shape<'a> {
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
    #[serde(default, borrow)]
    report: Option<RawBsonRef<'a>>,
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
    let name = name_of(document).ok_or(Unreadable::Range("id"))?;
    let shape = bson::deserialize_from_slice(document.as_bytes())?;
    read_job(name, shape).map(|record| Stored::Job(Box::new(record)))
}

fn read_job((id, is_end): (JobId, bool), shape: Shape<'_>) -> Result<Record, Unreadable> {
    let content = match (shape.blob, shape.content) {
        (Some(stored), _) => Some(Content::Stored(blob(stored))),
        (None, Some(inline)) => Some(Content::Inline(inline.bytes.into())),
        (None, None) => None,
    };
    let report = match shape.report {
        Some(found) => {
            let top = WordList::from_some(shape.top.map(|top| top.bytes))?;
            Some(Arc::new(report::read(found, top)?))
        }
        None => None,
    };
    let Some(state) = State::parse(&shape.state) else {
        return Err(Unreadable::Name { what: "state", name: shape.state });
    };
    let job = Job {
        id,
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
    let rest = shape.rest.map(|rest| rest.bytes);
    Ok(Record { job, is_end, seq: shape.seq, content, rest, parts: shape.parts })
}

fn fingerprint(print: Binary) -> Result<Fingerprint, Unreadable> {
    print.bytes.try_into().map(Fingerprint).map_err(|_| Unreadable::Range("fingerprint"))
}

fn blob(id: bson::Uuid) -> BlobId {
    BlobId(id.into_uuid())
}
