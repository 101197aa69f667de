//! Writes a record: whole at admission, then the part of it that moves, as a change to its document.

use bson::raw::{CStr, cstr};
use bson::{DateTime, RawDocument, RawDocumentBuf};
use serde::Serialize;
use tally_jobs::model::{Content, Job, JobId, WorkerId};
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::Timestamp;

use super::{Record, blob_id, bytes, end_id};
use crate::codec::asked::{self, AskedShape};
use crate::codec::source::{self, SourceShape};
use crate::codec::{Unreadable, date, failure, report, signed};
use crate::schema::{FORMAT, FORMAT_OF_JOBS, GONE};

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

/// The document of a new job. `wake` is when the relay should look at it, should nobody have said by then that its
/// ticket was offered; `by` the process that answers for the ticket until then.
pub fn admitted(
    job: &Job,
    content: Option<&Content>,
    seq: i64,
    wake: Timestamp,
    by: Option<i64>,
    mark: i64,
) -> Result<RawDocumentBuf, Unreadable> {
    let mut document = bson::serialize_to_raw_document_buf(&Fixed {
        id: bson::Uuid::from_bytes(*job.id.uuid().as_bytes()),
        v: FORMAT_OF_JOBS,
        seq,
        source: source::write(&job.source),
        asked: asked::write(&job.settings),
        labels: job.settings.labels.iter().map(asked::label).collect(),
        request: job.request.as_ref().map(|id| id.as_str().to_owned()),
        created: date(job.created_at),
    })?;
    if let Some(process) = by {
        document.append(cstr!("by"), process);
    }
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

/// The document of a job that comes from another store, as it stood there.
pub fn arrived(
    job: &Job,
    content: Option<&Content>,
    seq: i64,
    mark: i64,
    rest: Option<&WordList>,
    parts: i32,
) -> Result<RawDocumentBuf, Unreadable> {
    let mut document = admitted(job, content, seq, wake_of(job), None, mark)?;
    for field in &Change::default().with_findings(job, rest, parts)?.set {
        let (name, value) = field.map_err(|_| Unreadable::Range("field"))?;
        document.append(name, value);
    }
    Ok(document)
}

/// A change to a document, field by field, so that what another version wrote beside them stays.
#[derive(Clone, Debug, Default)]
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

    /// The change that a claim makes, which is less: so jobs that are claimed together change alike.
    pub fn claimed(job: &Job, by: &WorkerId, mark: i64) -> Self {
        let mut change = Self::default();
        change.turn(job, wake_of(job), mark);
        change.moment(cstr!("started"), job.started_at);
        change.moment(cstr!("lease"), job.lease.map(|lease| lease.until));
        change.set.append(cstr!("worker"), by.0.as_str());
        change
    }

    /// Adds what was found: the report of the record, its words, and where the rest of them stands.
    pub fn with_findings(
        mut self,
        job: &Job,
        rest: Option<&WordList>,
        parts: i32,
    ) -> Result<Self, Unreadable> {
        let Some(report) = &job.report else { return Ok(self) };
        self.set.append(cstr!("report"), report::write(report)?);
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
        Ok(self.without_content())
    }

    /// How large it is.
    pub fn bytes(&self) -> usize {
        self.set.as_bytes().len()
    }

    /// Whether it says what was found.
    pub fn has_findings(&self) -> bool {
        holds(&self.set, cstr!("report"))
    }

    /// Whether words stand in documents of their own.
    pub fn has_parts(&self) -> bool {
        holds(&self.set, cstr!("parts"))
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

    /// The whole document that this change makes of `before`, fields of other versions included. A server writes a
    /// document anew in half the time that it takes to work out what a change of a dozen fields comes to.
    pub fn made_of(&self, before: &RawDocument) -> Result<RawDocumentBuf, Unreadable> {
        self.added_to(RawDocumentBuf::new(), before)
    }

    /// The same as the document of the job's end.
    pub fn made_end_of(&self, id: JobId, before: &RawDocument) -> Result<RawDocumentBuf, Unreadable> {
        let mut document = RawDocumentBuf::new();
        document.append(cstr!("_id"), end_id(id));
        document.append(cstr!("v"), FORMAT);
        self.added_to(document, before)
    }

    /// The fields of `before` that are not in `document` yet, and this change of them, put behind it.
    fn added_to(
        &self,
        mut document: RawDocumentBuf,
        before: &RawDocument,
    ) -> Result<RawDocumentBuf, Unreadable> {
        let first = document.clone();
        let known = [&first, &self.set, &self.unset].into_iter().flat_map(|fields| &**fields);
        let known: Vec<&CStr> = known.filter_map(Result::ok).map(|(name, _)| name).collect();
        for field in before {
            let (name, value) = field.map_err(|_| Unreadable::Range("field"))?;
            if !known.contains(&name) {
                document.append(name, value);
            }
        }
        for field in &self.set {
            let (name, value) = field.map_err(|_| Unreadable::Range("field"))?;
            document.append(name, value);
        }
        Ok(document)
    }

    /// The same change, and what was handed in goes.
    pub fn without_content(mut self) -> Self {
        self.unset.append(cstr!("content"), true);
        self
    }

    fn moving(&mut self, job: &Job, wake: Timestamp, mark: i64) -> Result<(), Unreadable> {
        self.turn(job, wake, mark);
        self.set.append(cstr!("due"), date(job.due_at));
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

    /// Where it stands.
    fn turn(&mut self, job: &Job, wake: Timestamp, mark: i64) {
        let set = &mut self.set;
        set.append(cstr!("state"), job.state.as_str());
        set.append(cstr!("wake"), date(wake));
        set.append(cstr!("epoch"), signed(job.epoch));
        set.append(cstr!("attempts"), i64::from(job.attempts));
        set.append(cstr!("crashes"), i64::from(job.crashes));
        set.append(cstr!("mark"), mark);
    }

    fn moment(&mut self, name: &CStr, moment: Option<Timestamp>) {
        match moment {
            Some(moment) => self.set.append(name, date(moment)),
            None => self.unset.append(name, true),
        }
    }
}

fn holds(document: &RawDocument, name: &CStr) -> bool {
    document.get(name).is_ok_and(|value| value.is_some())
}

/// The document that takes the place of a forgotten job's. What is still to be removed of it is named until it is.
pub fn gone(record: &Record, until: Timestamp, mark: i64) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), record.key());
    document.append(cstr!("v"), if record.is_end { FORMAT } else { FORMAT_OF_JOBS });
    document.append(cstr!("state"), GONE);
    document.append(cstr!("wake"), date(until));
    // It has ended, one way or another: the relay passes it by.
    document.append(cstr!("finished"), date(record.job.finished_at.unwrap_or(record.job.due_at)));
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

/// When somebody should look at this record: the relay while it waits or runs, the sweeper when it has ended.
fn wake_of(job: &Job) -> Timestamp {
    match job.state {
        State::Queued => job.due_at,
        State::Running => job.lease.map_or(job.due_at, |lease| lease.until),
        State::Succeeded | State::Failed | State::Cancelled => job.expires_at().unwrap_or(job.due_at),
    }
}
