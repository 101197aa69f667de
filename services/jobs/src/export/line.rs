//! One line of an export: JSON, with bytes in base64.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tally_kernel::{OwnerId, Timestamp};
use uuid::Uuid;

use super::{ExportedJob, Tombstone};
use crate::codec::{Unreadable, asked, failure, history};
use crate::content::Content;
use crate::id::{BlobId, JobId};
use crate::key::{Fingerprint, KeySecret};
use crate::parts::{Attachment, AttachmentName, Parts};
use crate::record::{Job, Kind, Properties};
use crate::state::JobState;

/// The format of the lines that this version writes.
const FORMAT: u32 = 2;

#[derive(Debug, PartialEq)]
pub enum ExportLine {
    /// What the ids of jobs with a key were derived with. It comes first.
    Secret(KeySecret),
    Job(Box<ExportedJob>),
    /// A removed job.
    Tombstone(Tombstone),
    /// A piece of a stored body, in the order of its bytes. It follows the job that owns it.
    Piece {
        /// The body.
        of: BlobId,
        bytes: Bytes,
    },
}

/// A text is not a line of an export.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not JSON.
    #[error("it is not JSON")]
    Json,
    /// JSON of something else.
    #[error("it is neither a job nor a piece of a body")]
    Other,
    /// A later format.
    #[error("written in format {0}, which this version does not know")]
    Newer(u32),
    /// A value that this version cannot read.
    #[error(transparent)]
    Value(#[from] Unreadable),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum LineShape<'a> {
    Secret { key_secret: Binary<'a> },
    Piece { body: Uuid, bytes: Binary<'a> },
    Tombstone { tombstone: Uuid, until: i64 },
    Job(Box<JobShape<'a>>),
}

/// Bytes in base64.
struct Binary<'a>(Cow<'a, [u8]>);

impl Serialize for Binary<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&base64::display::Base64Display::new(&self.0, &BASE64))
    }
}

impl<'de> Deserialize<'de> for Binary<'_> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        BASE64.decode(&*text).map(|bytes| Self(bytes.into())).map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
struct JobShape<'a> {
    format: u32,
    job: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<Cow<'a, str>>,
    kind: Cow<'a, str>,
    state: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Cow<'a, str>>,
    /// Cost, bundled, lazy claim.
    properties: (u32, bool, bool),
    spec: Binary<'a>,
    source: Binary<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    summary: Option<Binary<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Binary<'a>>,
    content_bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Binary<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    blob: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Binary<'a>>,
    created_at: i64,
    due_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished_at: Option<i64>,
    attempts: u32,
    crashes: u32,
    epoch: u64,
    event_seq: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    history: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<(Cow<'a, str>, Binary<'a>)>,
}

impl ExportLine {
    /// The text, without a line's end.
    #[must_use]
    pub fn write(&self) -> String {
        let shape = match self {
            Self::Secret(secret) => LineShape::Secret { key_secret: binary(secret.as_bytes()) },
            Self::Piece { of, bytes } => LineShape::Piece { body: of.0, bytes: binary(bytes) },
            Self::Tombstone(Tombstone { id, until }) => {
                LineShape::Tombstone { tombstone: id.uuid(), until: until.as_ms() }
            }
            Self::Job(exported) => LineShape::Job(Box::new(job_shape(exported))),
        };
        serde_json::to_string(&shape).expect("text and numbers always serialise")
    }

    /// Reads what [`ExportLine::write`] wrote.
    pub fn read(text: &str) -> Result<Self, LineError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|_| LineError::Json)?;
        // A later format is named as such, whatever else has changed in it.
        let format = value.get("format").and_then(serde_json::Value::as_u64);
        if let Some(newer) = format.and_then(|format| u32::try_from(format).ok()).filter(|one| *one > FORMAT)
        {
            return Err(LineError::Newer(newer));
        }
        match serde_json::from_value(value).map_err(|_| LineError::Other)? {
            LineShape::Secret { key_secret } => {
                let secret = key_secret.0.as_ref().try_into().map_err(|_| LineError::Other)?;
                Ok(Self::Secret(KeySecret::new(secret)))
            }
            LineShape::Piece { body, bytes } => {
                Ok(Self::Piece { of: BlobId(body), bytes: bytes.0.into_owned().into() })
            }
            LineShape::Tombstone { tombstone, until } => {
                Ok(Self::Tombstone(Tombstone { id: JobId::new(tombstone), until: Timestamp::from_ms(until) }))
            }
            LineShape::Job(shape) => Ok(Self::Job(Box::new(read_job(*shape)?))),
        }
    }
}

fn binary(bytes: &[u8]) -> Binary<'_> {
    Binary(bytes.into())
}

fn job_shape(exported: &ExportedJob) -> JobShape<'_> {
    let ExportedJob { job, content, attachments } = exported;
    let part = |bytes: &'_ Bytes| (!bytes.is_empty()).then(|| Binary(bytes.to_vec().into()));
    JobShape {
        format: FORMAT,
        job: job.id.uuid(),
        owner: job.owner.stored().map(Cow::from),
        kind: job.kind.as_str().into(),
        state: job.state.as_str().into(),
        asked: asked::write(job).map(Cow::from),
        subject: job.subject.as_deref().map(Cow::from),
        properties: (job.properties.cost, job.properties.bundled, job.properties.lazy_claim),
        spec: binary(&job.parts.spec),
        source: binary(&job.parts.source),
        summary: part(&job.parts.summary),
        detail: part(&job.parts.detail),
        content_bytes: job.content_bytes,
        content: match content {
            Some(Content::Inline(bytes)) => Some(binary(bytes)),
            Some(Content::Stored(_)) | None => None,
        },
        blob: content.as_ref().and_then(Content::blob).map(|id| id.0),
        fingerprint: job.fingerprint.as_ref().map(|print| binary(&print.0)),
        created_at: job.created_at.as_ms(),
        due_at: job.due_at.as_ms(),
        started_at: job.started_at.map(Timestamp::as_ms),
        finished_at: job.finished_at.map(Timestamp::as_ms),
        attempts: job.attempts,
        crashes: job.crashes,
        epoch: job.epoch,
        event_seq: job.event_seq,
        history: history::write(&job.history, job.created_at).map(Cow::from),
        failure: job.failure.as_ref().map(failure::write).map(Cow::from),
        attachments: attachments.iter().map(|one| (one.name.as_str().into(), binary(&one.bytes))).collect(),
    }
}

fn read_job(shape: JobShape<'_>) -> Result<ExportedJob, LineError> {
    let asked = asked::read(shape.asked.as_deref())?;
    let created_at = Timestamp::from_ms(shape.created_at);
    let state = JobState::parse(&shape.state)
        .ok_or_else(|| Unreadable::Name { what: "state", name: shape.state.to_string() })?;
    let owner = shape.owner.map_or(Some(OwnerId::LOCAL), |text| OwnerId::parse(&text));
    let (cost, bundled, lazy_claim) = shape.properties;
    let bytes = |part: Binary<'_>| Bytes::from(part.0.into_owned());
    let fingerprint = shape.fingerprint.map(|print| print.0.as_ref().try_into().map(Fingerprint));
    let job = Job {
        id: JobId::new(shape.job),
        owner: owner.ok_or(Unreadable::Range("owner"))?,
        kind: Kind::stored(&shape.kind),
        state,
        options: asked.options,
        subject: shape.subject.as_deref().map(Into::into),
        attributes: asked.attributes,
        properties: Properties { cost, bundled, lazy_claim },
        parts: Parts {
            spec: bytes(shape.spec),
            source: bytes(shape.source),
            summary: shape.summary.map(bytes).unwrap_or_default(),
            detail: shape.detail.map(bytes).unwrap_or_default(),
        },
        content_bytes: shape.content_bytes,
        fingerprint: fingerprint.transpose().map_err(|_| Unreadable::Range("fingerprint"))?,
        request: asked.request,
        created_at,
        due_at: Timestamp::from_ms(shape.due_at),
        started_at: shape.started_at.map(Timestamp::from_ms),
        finished_at: shape.finished_at.map(Timestamp::from_ms),
        attempts: shape.attempts,
        crashes: shape.crashes,
        epoch: shape.epoch,
        event_seq: shape.event_seq,
        lease: None,
        history: history::read(shape.history.as_deref(), created_at)?,
        failure: shape.failure.as_deref().map(failure::read).transpose()?,
    };
    let content = match (shape.blob, shape.content) {
        (Some(blob), _) => Some(Content::Stored(BlobId(blob).into())),
        (None, Some(inline)) => Some(Content::Inline(bytes(inline))),
        (None, None) => None,
    };
    let attachment = |(name, part): (Cow<'_, str>, Binary<'_>)| {
        let name = AttachmentName::parse(&name).ok_or(Unreadable::Range("attachment's name"))?;
        Ok::<_, Unreadable>(Attachment { name, bytes: bytes(part) })
    };
    let attachments = shape.attachments.into_iter().map(attachment).collect::<Result<_, _>>()?;
    Ok(ExportedJob { job, content, attachments })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_a_line() {
        for (text, error) in [
            ("{", "it is not JSON"),
            ("7", "it is neither a job nor a piece of a body"),
            ("{}", "it is neither a job nor a piece of a body"),
            (r#"{"body":1}"#, "it is neither a job nor a piece of a body"),
            (r#"{"key_secret":"c2hvcnQ="}"#, "it is neither a job nor a piece of a body"),
            (r#"{"format":99}"#, "written in format 99, which this version does not know"),
        ] {
            assert_eq!(ExportLine::read(text).unwrap_err().to_string(), error);
        }
    }

    #[test]
    fn secrets_pieces_and_tombstones_read_back() {
        for line in [
            ExportLine::Secret(KeySecret::new(std::array::from_fn(|place| place as u8))),
            ExportLine::Piece {
                of: BlobId(Uuid::from_u128(7)),
                bytes: (0..=255).collect::<Vec<u8>>().into(),
            },
            ExportLine::Tombstone(Tombstone {
                id: JobId::new(Uuid::from_u128(9)),
                until: Timestamp::from_ms(1_769_857_200_000),
            }),
        ] {
            let text = line.write();
            assert!(!text.contains('\n'));
            assert_eq!(ExportLine::read(&text).unwrap(), line, "{text}");
        }
        let secret = ExportLine::Secret(KeySecret::new([7; 32]));
        assert_eq!(format!("{secret:?}"), "Secret(KeySecret(not shown))");
    }
}
