//! Writes a record: whole at admission, then the fields that change.

use bson::raw::{CStr, RawArrayBuf, cstr};
use bson::{Binary, RawDocument, RawDocumentBuf};
use bytes::Bytes;
use tally_jobs::codec::{failure, history};
use tally_jobs::content::Content;
use tally_jobs::history::History;
use tally_jobs::id::{JobId, WorkerId};
use tally_jobs::record::{Job, Properties};
use tally_jobs::state::JobState;
use tally_kernel::Timestamp;

use super::{AttachmentPlace, PlacedAttachment, Record, blob_id, bytes, end_id, job_id};
use crate::codec::{Unreadable, date, job_options, signed};
use crate::schema::{FORMAT, GONE};

/// What the database adds to a new record.
#[derive(Clone, Copy, Debug)]
pub struct Admitted {
    /// The position in the order of admission.
    pub seq: i64,
    /// When the relay looks at the job, unless its publish was recorded by then.
    pub wake: Timestamp,
    /// The process that tracks the publish until then.
    pub by: Option<i64>,
    /// The mark of the change.
    pub mark: i64,
}

pub fn admitted(job: &Job, content: Option<&Content>, with: Admitted) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), job_id(job.id));
    document.append(cstr!("v"), FORMAT);
    document.append(cstr!("seq"), with.seq);
    document.append(cstr!("kind"), job.kind.as_str());
    if let Some(owner) = job.owner.stored() {
        document.append(cstr!("owner"), owner);
    }
    if let Some(subject) = &job.subject {
        document.append(cstr!("subject"), &**subject);
    }
    texts(&mut document, cstr!("attributes"), job.attributes.iter().map(job_options::attribute));
    number(&mut document, cstr!("props"), properties(job.properties));
    number(&mut document, cstr!("bytes"), signed(job.content_bytes));
    if let Some(asked) = job_options::write(&job.options) {
        document.append(cstr!("asked"), asked);
    }
    texts(&mut document, cstr!("labels"), job.options.labels.iter().map(job_options::label));
    if let Some(request) = &job.request {
        document.append(cstr!("request"), request.as_str());
    }
    document.append(cstr!("created"), date(job.created_at));
    if let Some(process) = with.by {
        document.append(cstr!("by"), process);
    }
    if let Some(print) = &job.fingerprint {
        document.append(cstr!("print"), bytes(&print.0));
    }
    part(&mut document, cstr!("spec"), &job.parts.spec);
    part(&mut document, cstr!("source"), &job.parts.source);
    match content {
        Some(Content::Inline(inline)) => document.append(cstr!("content"), bytes(inline)),
        Some(Content::Stored(body)) => document.append(cstr!("blob"), blob_id(body.id)),
        None => {}
    }
    let mut change = Change { set: document, unset: RawDocumentBuf::new() };
    change.mutable(job, with.wake, with.mark);
    change.set
}

/// The document of a job that comes from another store or an earlier format, as it was there.
pub fn arrived(
    job: &Job,
    content: Option<&Content>,
    attachments: &[PlacedAttachment],
    with: Admitted,
) -> RawDocumentBuf {
    let mut document = admitted(job, content, with);
    if job.state == JobState::Succeeded {
        for (name, value) in Change::default().with_result(job, false, attachments).set.iter().flatten() {
            document.append(name, value);
        }
    }
    document
}

/// When the relay looks at this record while it waits or runs, and the sweep when it has ended.
pub fn wake_of(job: &Job) -> Timestamp {
    match job.state {
        JobState::Queued => job.due_at,
        JobState::Running => job.lease.map_or(job.due_at, |lease| lease.until),
        JobState::Succeeded | JobState::Failed | JobState::Cancelled => {
            job.expires_at().unwrap_or(job.due_at)
        }
    }
}

/// A change to a document, field by field, so that fields of other versions stay.
#[derive(Clone, Debug, Default)]
pub struct Change {
    set: RawDocumentBuf,
    unset: RawDocumentBuf,
}

impl Change {
    /// The change that makes the mutable fields of a document those of this record.
    pub fn to(job: &Job, mark: i64) -> Self {
        let mut change = Self::default();
        change.mutable(job, wake_of(job), mark);
        change
    }

    /// The change of a claim. It leaves out what a claim does not change, and the history has the new attempt in fields
    /// of its own: so jobs that are claimed together change alike.
    pub fn claimed(before: &Job, job: &Job, worker: &WorkerId, mark: i64) -> Self {
        let mut change = Self::default();
        change.state(job, wake_of(job), mark);
        change.moment(cstr!("started"), job.started_at);
        change.moment(cstr!("lease"), job.lease.map(|lease| lease.until));
        change.set.append(cstr!("worker"), &*worker.0);
        change.moment(cstr!("claimed"), job.history.attempts().last().map(|open| open.started_at));
        if before.history.attempts().last().is_some_and(|attempt| attempt.ended.is_none()) {
            // The claim ended an attempt: its worker is gone.
            change.history(job);
        }
        change
    }

    /// Adds the result: the parts that an attempt writes, and the attachments.
    pub fn with_result(mut self, job: &Job, replaces_source: bool, attachments: &[PlacedAttachment]) -> Self {
        if replaces_source {
            self.part(cstr!("source"), &job.parts.source);
        }
        match std::str::from_utf8(&job.parts.summary) {
            Ok("") => self.unset.append(cstr!("summary"), true),
            Ok(text) => self.set.append(cstr!("summary"), text),
            Err(_) => self.set.append(cstr!("summary"), bytes(&job.parts.summary)),
        }
        self.part(cstr!("detail"), &job.parts.detail);
        if attachments.is_empty() {
            self.unset.append(cstr!("attached"), true);
        } else {
            self.set.append(cstr!("attached"), attached(attachments));
        }
        match parts_of(attachments) {
            0 => self.unset.append(cstr!("parts"), true),
            parts => self.set.append(cstr!("parts"), parts),
        }
        // A job that succeeded never runs again, so its content goes. The id of a stored body stays until the body is
        // removed.
        self.without_content()
    }

    /// Its size.
    pub fn bytes(&self) -> usize {
        self.set.as_bytes().len()
    }

    /// In the update language.
    pub fn into_update(self) -> RawDocumentBuf {
        let mut update = RawDocumentBuf::new();
        update.append(cstr!("$set"), self.set);
        if !self.unset.is_empty() {
            update.append(cstr!("$unset"), self.unset);
        }
        update
    }

    /// The whole document that this change makes of `before`, fields of other versions included. A server replaces a
    /// document in half the time that it takes to work out a change of a dozen fields.
    pub fn made_of(&self, before: &RawDocument) -> Result<RawDocumentBuf, Unreadable> {
        self.added_to(RawDocumentBuf::new(), before)
    }

    /// The same as the completion of the job.
    pub fn made_end_of(&self, id: JobId, before: &RawDocument) -> Result<RawDocumentBuf, Unreadable> {
        let mut document = RawDocumentBuf::new();
        document.append(cstr!("_id"), end_id(id));
        self.added_to(document, before)
    }

    /// The fields of `before` that are not in `document` yet, with this change.
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

    /// The same change without the submitted bytes.
    pub fn without_content(mut self) -> Self {
        self.unset.append(cstr!("content"), true);
        self
    }

    fn mutable(&mut self, job: &Job, wake: Timestamp, mark: i64) {
        self.state(job, wake, mark);
        self.set.append(cstr!("due"), date(job.due_at));
        self.moment(cstr!("started"), job.started_at);
        self.moment(cstr!("finished"), job.finished_at);
        self.moment(cstr!("lease"), job.lease.map(|lease| lease.until));
        self.text(cstr!("failure"), job.failure.as_ref().map(failure::write));
        self.history(job);
        let open = job.history.attempts().last().filter(|attempt| attempt.ended.is_none());
        self.text(cstr!("worker"), open.map(|open| &*open.worker.0));
        self.moment(cstr!("claimed"), open.map(|open| open.started_at));
    }

    fn state(&mut self, job: &Job, wake: Timestamp, mark: i64) {
        let set = &mut self.set;
        set.append(cstr!("state"), job.state.as_str());
        set.append(cstr!("wake"), date(wake));
        set.append(cstr!("epoch"), signed(job.epoch));
        number(set, cstr!("attempts"), job.attempts.into());
        number(set, cstr!("crashes"), job.crashes.into());
        set.append(cstr!("mark"), mark);
        // Absent in a new record: its only event is that it was accepted.
        if job.event_seq != 1 {
            number(set, cstr!("events"), job.event_seq.into());
        }
    }

    /// The attempts that have ended.
    fn history(&mut self, job: &Job) {
        let attempts = job.history.attempts();
        let text = match attempts.split_last() {
            Some((open, ended)) if open.ended.is_none() => {
                history::write(&History::of(ended.to_vec()), job.created_at)
            }
            _ => history::write(&job.history, job.created_at),
        };
        self.text(cstr!("history"), text);
    }

    fn moment(&mut self, name: &CStr, moment: Option<Timestamp>) {
        match moment {
            Some(moment) => self.set.append(name, date(moment)),
            None => self.unset.append(name, true),
        }
    }

    fn text(&mut self, name: &CStr, text: Option<impl AsRef<str>>) {
        match text {
            Some(text) => self.set.append(name, text.as_ref()),
            None => self.unset.append(name, true),
        }
    }

    fn part(&mut self, name: &CStr, part: &Bytes) {
        match part.is_empty() {
            true => self.unset.append(name, true),
            false => self.set.append(name, bytes(part)),
        }
    }
}

/// The tombstone that replaces a deleted job. It names what is still to be removed of the job.
pub fn gone(record: &Record, until: Timestamp, mark: i64) -> RawDocumentBuf {
    let ended_at = record.job.finished_at.unwrap_or(record.job.due_at);
    let mut document = tombstone(record.key(), until, ended_at, record.job.epoch, mark);
    if let Some(blob) = record.stored_body() {
        document.append(cstr!("blob"), blob_id(blob));
    }
    if record.parts > 0 {
        document.append(cstr!("parts"), record.parts);
    }
    document
}

/// A tombstone. It has an end, so that the relay ignores it.
pub fn tombstone(
    key: Binary,
    until: Timestamp,
    ended_at: Timestamp,
    epoch: u64,
    mark: i64,
) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), key);
    document.append(cstr!("v"), FORMAT);
    document.append(cstr!("state"), GONE);
    document.append(cstr!("wake"), date(until));
    document.append(cstr!("finished"), date(ended_at));
    document.append(cstr!("mark"), mark);
    document.append(cstr!("epoch"), signed(epoch));
    document
}

/// The properties of a job as one number: cost * 4 + lazy claim * 2 + bundled.
fn properties(properties: Properties) -> i64 {
    i64::from(properties.cost) * 4 + i64::from(properties.lazy_claim) * 2 + i64::from(properties.bundled)
}

/// Appends a number, in four bytes where it fits.
fn number(document: &mut RawDocumentBuf, name: &CStr, number: i64) {
    match i32::try_from(number) {
        Ok(number) => document.append(name, number),
        Err(_) => document.append(name, number),
    }
}

/// In how many documents of their own the long ones are.
fn parts_of(attachments: &[PlacedAttachment]) -> i32 {
    attachments.iter().map(|one| one.place.parts()).sum()
}

fn attached(attachments: &[PlacedAttachment]) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    for PlacedAttachment { name, place } in attachments {
        // A name has only letters, digits and hyphens.
        let Ok(name) = <&CStr>::try_from(name.as_str()) else { continue };
        match place {
            AttachmentPlace::InRecord(inline) => document.append(name, bytes(inline)),
            AttachmentPlace::Parts(parts) => document.append(name, *parts),
        }
    }
    document
}

fn part(document: &mut RawDocumentBuf, name: &CStr, part: &Bytes) {
    if !part.is_empty() {
        document.append(name, bytes(part));
    }
}

/// Appends a list of texts, which the document does without when it is empty.
fn texts(document: &mut RawDocumentBuf, name: &CStr, texts: impl Iterator<Item = String>) {
    let texts: RawArrayBuf = texts.collect();
    if !texts.is_empty() {
        document.append(name, texts);
    }
}
