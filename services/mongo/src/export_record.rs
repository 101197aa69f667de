//! Jobs as lines of text: the documents that the database would hold, in MongoDB's Extended JSON (version 2, canonical).
//!
//! So there is one shape of a job outside of a process and not two, and MongoDB's own tools read it.

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, RawDocumentBuf, doc};
use bytes::Bytes;
use tally_jobs::archive::Parcel;
use tally_jobs::key::KeySecret;
use tally_jobs::model::BlobId;
use tally_jobs::words::WordList;

use crate::codec::Unreadable;
use crate::codec::record::{self, IntoUuid, Stored, blob_id};

/// A line.
#[derive(Debug, PartialEq)]
pub enum Line {
    /// What the ids of jobs with a key were derived with. It comes first.
    Secret(KeySecret),
    /// A job.
    Job(Box<Parcel>),
    /// A piece of a body, in the order of its bytes. It follows the job that owns it.
    Piece {
        /// The body.
        of: BlobId,
        /// The bytes.
        bytes: Bytes,
    },
}

/// Why a line cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Not JSON.
    #[error("it is no JSON")]
    Json(#[from] serde_json::Error),
    /// JSON of something else.
    #[error("it is neither a job nor a piece of a body")]
    Other,
    /// A job that this version cannot read.
    #[error(transparent)]
    Job(Box<dyn std::error::Error + Send + Sync>),
}

impl Line {
    /// The text, without a line's end.
    pub fn write(&self) -> Result<String, LineError> {
        let document = match self {
            Self::Secret(secret) => doc! { "key_secret": binary(secret.as_bytes()) },
            Self::Piece { of, bytes } => doc! { "body": blob_id(*of), "bytes": binary(bytes) },
            Self::Job(parcel) => {
                let Parcel { job, content, rest } = &**parcel;
                let rest = (!rest.is_empty()).then_some(rest);
                // Its place in the order of admission is given anew where it arrives.
                let raw = record::arrived(job, content.as_ref(), 0, 0, rest, 0).map_err(unreadable)?;
                Document::try_from(&*raw).map_err(|error| LineError::Job(error.into()))?
            }
        };
        Ok(Bson::Document(document).into_canonical_extjson().to_string())
    }

    /// Reads what [`Line::write`] gave.
    pub fn read(text: &str) -> Result<Self, LineError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        let Ok(Bson::Document(document)) = Bson::try_from(value) else { return Err(LineError::Other) };
        if document.contains_key("key_secret") {
            return secret(&document).ok_or(LineError::Other);
        }
        if document.contains_key("body") {
            return piece(&document).ok_or(LineError::Other);
        }
        if !document.contains_key("_id") {
            return Err(LineError::Other);
        }
        let raw = RawDocumentBuf::try_from(&document).map_err(|error| LineError::Job(error.into()))?;
        match record::read(&raw).map_err(unreadable)? {
            Stored::Gone(_) => Err(LineError::Other),
            Stored::Job(record) => {
                let rest = WordList::from_some(record.rest).map_err(|error| LineError::Job(error.into()))?;
                Ok(Self::Job(Box::new(Parcel { job: record.job, content: record.content, rest })))
            }
        }
    }
}

fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

fn secret(document: &Document) -> Option<Line> {
    let bytes = document.get_binary_generic("key_secret").ok()?;
    Some(Line::Secret(KeySecret::new(bytes.as_slice().try_into().ok()?)))
}

fn piece(document: &Document) -> Option<Line> {
    let Some(Bson::Binary(of)) = document.get("body") else { return None };
    let of = of.to_uuid().ok()?.into_uuid();
    let bytes = document.get_binary_generic("bytes").ok()?;
    Some(Line::Piece { of: BlobId(of), bytes: bytes.clone().into() })
}

fn unreadable(why: Unreadable) -> LineError {
    LineError::Job(why.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tally_contract::samples;
    use tally_jobs::model::{Content, Job};
    use tally_jobs::state::State;

    use super::*;

    fn same_again(line: &Line) {
        let text = line.write().unwrap();
        assert!(!text.contains('\n'));
        assert_eq!(Line::read(&text).unwrap(), *line, "{text}");
    }

    fn parcel(job: Job, content: Option<Content>) -> Line {
        Line::Job(Box::new(Parcel { job, content, rest: WordList::default() }))
    }

    #[test]
    fn jobs_come_back_as_they_were() {
        for mut new in [samples::text(1), samples::url(2, "https://example.com/a"), samples::keyed(3, 7)] {
            let content = new.content.take();
            same_again(&parcel(new.into_job(), content));
        }
        let stored = Content::Stored(BlobId(uuid::Uuid::from_u128(9)));
        same_again(&parcel(samples::file(4).into_job(), Some(stored)));
        let findings = samples::findings(40, 12);
        let job = Job {
            state: State::Succeeded,
            report: Some(Arc::clone(&findings.report)),
            finished_at: Some(samples::CREATED),
            ..samples::text(5).into_job()
        };
        same_again(&Line::Job(Box::new(Parcel { job, content: None, rest: findings.rest })));
    }

    #[test]
    fn bodies_come_back_as_they_were() {
        let bytes = (0..=255).collect::<Vec<u8>>().into();
        same_again(&Line::Piece { of: BlobId(uuid::Uuid::from_u128(7)), bytes });
    }

    #[test]
    fn the_secret_comes_back_and_is_not_shown() {
        let line = Line::Secret(KeySecret::new(std::array::from_fn(|place| place as u8)));
        same_again(&line);
        assert_eq!(format!("{line:?}"), "Secret(KeySecret(not shown))");
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, told) in [
            ("{", "it is no JSON"),
            ("7", "it is neither a job nor a piece of a body"),
            ("{}", "it is neither a job nor a piece of a body"),
            (r#"{"body":1}"#, "it is neither a job nor a piece of a body"),
            (r#"{"key_secret":"short"}"#, "it is neither a job nor a piece of a body"),
            (
                r#"{"_id":1,"v":{"$numberInt":"99"}}"#,
                "written in format 99, which this version does not know",
            ),
        ] {
            assert_eq!(Line::read(text).unwrap_err().to_string(), told);
        }
    }
}
