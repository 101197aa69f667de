//! Jobs as version 1 stored them in MongoDB and exported them: documents that mix the engine with word counting, in
//! canonical Extended JSON.
//!
//! `tally import` and `tally migrate` read them; nothing writes them. The report is a text that today's summary can read
//! as it is, or, in the oldest documents, a document of the same shape.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Map, Value};
use tally_jobs::codec::{asked, failure};
use tally_jobs::content::Content;
use tally_jobs::export::ExportedJob;
use tally_jobs::export::line::ExportLine;
use tally_jobs::history::History;
use tally_jobs::id::{BlobId, JobId, RequestId};
use tally_jobs::key::{Fingerprint, KeySecret};
use tally_jobs::options::{JobOptions, Label};
use tally_jobs::parts::{Attachment, Parts};
use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::{OwnerId, PublicUrl, Timestamp};
use uuid::Uuid;

use crate::record::{KIND, properties};
use crate::source::Source;
use crate::stored::REMAINING_WORDS;
use crate::stored::input::{self, InputParts};

/// The newest format of the documents that are read here.
const FORMAT: i64 = 2;
/// The fields of `asked` that were word counting's. The others were the engine's.
const SPEC_FIELDS: [&str; 7] = ["definition", "top", "keep_case", "why", "ngrams", "regions", "language"];

/// A document or line that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LegacyError {
    /// Of a later format.
    #[error("written in format {0}, which this version does not know")]
    Newer(i64),
    /// Of something else, or with a field that is missing or wrong.
    #[error("its `{0}` is missing or wrong")]
    Field(&'static str),
}

/// Reads a line of an export that version 1 wrote. `None`: it is not one.
pub fn read_line(text: &str) -> Option<Result<ExportLine, LegacyError>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let document = value.as_object()?;
    if let Some(secret) = document.get("key_secret").filter(|value| value.is_object()) {
        let secret = bytes(secret).and_then(|bytes| bytes.try_into().ok());
        return Some(
            secret
                .map(|bytes| ExportLine::Secret(KeySecret::new(bytes)))
                .ok_or(LegacyError::Field("key_secret")),
        );
    }
    if let Some(of) = document.get("body").filter(|value| value.is_object()) {
        return Some(piece(of, document.get("bytes")).ok_or(LegacyError::Field("body")));
    }
    document
        .contains_key("_id")
        .then(|| read_document(document, None).map(|job| ExportLine::Job(Box::new(job))))
}

fn piece(of: &Value, content: Option<&Value>) -> Option<ExportLine> {
    Some(ExportLine::Piece { of: BlobId(uuid(of)?), bytes: bytes(content?)?.into() })
}

/// Reads a document of the collection `jobs`, except tombstones. `remaining_words` are the words of the documents beside
/// it, where it has any.
pub fn read_document(
    document: &Map<String, Value>,
    remaining_words: Option<Vec<u8>>,
) -> Result<ExportedJob, LegacyError> {
    let field = Fields(document);
    let format = field.number("v")?;
    if format > FORMAT {
        return Err(LegacyError::Newer(format));
    }
    let source = source(field.object("source")?).ok_or(LegacyError::Field("source"))?;
    let InputParts { source: source_part, subject, attributes } = input::write(&source);
    let (options, spec) = asked(document.get("asked"))?;
    let state =
        field.text("state").and_then(|name| JobState::parse(name).ok_or(LegacyError::Field("state")))?;
    let attempts = field.number("attempts")?;
    let summary = document.get("report").map(report).transpose()?.unwrap_or_default();
    let job = Job {
        id: id(document.get("_id")).ok_or(LegacyError::Field("_id"))?,
        owner: OwnerId::LOCAL,
        kind: KIND,
        state,
        options: JobOptions { labels: labels(document.get("labels")), ..options },
        subject: subject.map(Into::into),
        attributes,
        properties: properties(&source),
        parts: Parts { spec, source: source_part, summary, detail: field.bytes("top")?.unwrap_or_default() },
        content_bytes: source.bytes(),
        fingerprint: field.bytes("print")?.map(|print| fingerprint(&print)).transpose()?,
        request: document.get("request").and_then(Value::as_str).and_then(RequestId::parse),
        created_at: field.moment("created")?.ok_or(LegacyError::Field("created"))?,
        due_at: field.moment("due")?.ok_or(LegacyError::Field("due"))?,
        started_at: field.moment("started")?,
        finished_at: field.moment("finished")?,
        attempts: u32::try_from(attempts).map_err(|_| LegacyError::Field("attempts"))?,
        crashes: u32::try_from(field.number("crashes")?).map_err(|_| LegacyError::Field("crashes"))?,
        epoch: u64::try_from(field.number("epoch")?).map_err(|_| LegacyError::Field("epoch"))?,
        event_seq: event_seq(state, attempts),
        lease: None,
        history: History::default(),
        failure: document
            .get("failure")
            .map(|value| failure::read(&plain(value).to_string()))
            .transpose()
            .map_err(|_| LegacyError::Field("failure"))?,
    };
    let blob = document.get("blob").map(|value| uuid(value).ok_or(LegacyError::Field("blob"))).transpose()?;
    let content = match (blob, field.bytes("content")?) {
        (Some(blob), _) => Some(Content::Stored(BlobId(blob).into())),
        (None, Some(inline)) => Some(Content::Inline(inline)),
        (None, None) => None,
    };
    let remaining = remaining_words.map(Bytes::from).or(field.bytes("rest")?);
    let attachment = |bytes| Attachment { name: REMAINING_WORDS, bytes };
    Ok(ExportedJob { job, content, attachments: remaining.map(attachment).into_iter().collect() })
}

/// The number of the last event, as if each attempt had begun and ended with one.
fn event_seq(state: JobState, attempts: i64) -> u32 {
    let of_attempts = u32::try_from(attempts).unwrap_or(u32::MAX / 2).saturating_mul(2);
    let open = u32::from(state == JobState::Running);
    1 + of_attempts.saturating_sub(open)
}

/// The fields of a document.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn number(&self, name: &'static str) -> Result<i64, LegacyError> {
        self.0.get(name).and_then(number).ok_or(LegacyError::Field(name))
    }

    fn text(&self, name: &'static str) -> Result<&'a str, LegacyError> {
        self.0.get(name).and_then(Value::as_str).ok_or(LegacyError::Field(name))
    }

    fn object(&self, name: &'static str) -> Result<&'a Map<String, Value>, LegacyError> {
        self.0.get(name).and_then(Value::as_object).ok_or(LegacyError::Field(name))
    }

    fn bytes(&self, name: &'static str) -> Result<Option<Bytes>, LegacyError> {
        let read = |value| bytes(value).map(Bytes::from).ok_or(LegacyError::Field(name));
        self.0.get(name).map(read).transpose()
    }

    fn moment(&self, name: &'static str) -> Result<Option<Timestamp>, LegacyError> {
        let read = |value: &Value| {
            value.get("$date").and_then(number).map(Timestamp::from_ms).ok_or(LegacyError::Field(name))
        };
        self.0.get(name).map(read).transpose()
    }
}

fn number(value: &Value) -> Option<i64> {
    let written = |name| value.get(name).and_then(Value::as_str)?.parse().ok();
    value.as_i64().or_else(|| written("$numberInt")).or_else(|| written("$numberLong"))
}

fn bytes(value: &Value) -> Option<Vec<u8>> {
    BASE64.decode(value.get("$binary")?.get("base64")?.as_str()?).ok()
}

fn uuid(value: &Value) -> Option<Uuid> {
    Uuid::from_slice(&bytes(value)?).ok()
}

/// The id of a job; that of its end has one byte more.
fn id(value: Option<&Value>) -> Option<JobId> {
    Uuid::from_slice(bytes(value?)?.get(..16)?).ok().map(JobId::new)
}

fn source(source: &Map<String, Value>) -> Option<Source> {
    let text = |name| source.get(name).and_then(Value::as_str);
    let bytes = source.get("bytes").and_then(number).and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
    match text("kind")? {
        "text" => Some(Source::Text { bytes }),
        "file" => Some(Source::File {
            name: text("name").map(str::to_owned),
            content_type: text("content_type").map(str::to_owned),
            bytes,
        }),
        "url" => PublicUrl::parse(text("name")?).ok().map(Source::Url),
        _ => None,
    }
}

/// The options of the engine, without labels, and the spec.
fn asked(value: Option<&Value>) -> Result<(JobOptions, Bytes), LegacyError> {
    let wrong = || LegacyError::Field("asked");
    let Some(value) = value else { return Ok((JobOptions::default(), Bytes::new())) };
    let Value::Object(all) = plain(value) else { return Err(wrong()) };
    let (spec, job): (Map<_, _>, Map<_, _>) =
        all.into_iter().partition(|(name, _)| SPEC_FIELDS.contains(&name.as_str()));
    let read = asked::read(Some(&Value::Object(job).to_string())).map_err(|_| wrong())?;
    let spec = if spec.is_empty() { Bytes::new() } else { Value::Object(spec).to_string().into() };
    Ok((read.options, spec))
}

/// Labels were stored as `name:value`.
fn labels(value: Option<&Value>) -> Vec<Label> {
    let texts = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let label = |text: &str| {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        Label { name: name.to_owned(), value: value.to_owned() }
    };
    texts.map(label).collect()
}

fn report(value: &Value) -> Result<Bytes, LegacyError> {
    match value {
        Value::String(text) => Ok(text.clone().into()),
        Value::Object(_) => Ok(plain(value).to_string().into()),
        _ => Err(LegacyError::Field("report")),
    }
}

fn fingerprint(bytes: &Bytes) -> Result<Fingerprint, LegacyError> {
    bytes.as_ref().try_into().map(Fingerprint).map_err(|_| LegacyError::Field("print"))
}

/// The value with plain numbers instead of those of Extended JSON.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let double =
                object.get("$numberDouble").and_then(Value::as_str).and_then(|text| text.parse::<f64>().ok());
            match (number(value), double) {
                (Some(number), _) => number.into(),
                (None, Some(double)) => double.into(),
                (None, None) => {
                    Value::Object(object.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
                }
            }
        }
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}
