//! The source part, beside the record's subject and attributes.

use bytes::Bytes;
use tally_jobs::record::{Attribute, Job};
use tally_kernel::PublicUrl;

use super::UnreadablePart;
use crate::source::Source;

/// The attribute that lists find the jobs of a host by.
pub const HOST: &str = "host";

/// What a record holds of a source.
#[derive(Debug, PartialEq, Eq)]
pub struct InputParts {
    pub source: Bytes,
    /// The record's subject: the address, or the file's name.
    pub subject: Option<String>,
    /// The record's attributes: the host of an address.
    pub attributes: Vec<Attribute>,
}

/// The values to store.
#[must_use]
pub fn write(source: &Source) -> InputParts {
    match source {
        Source::Text { .. } => {
            InputParts { source: Bytes::from_static(b"t"), subject: None, attributes: Vec::new() }
        }
        Source::Url(address) => InputParts {
            source: Bytes::from_static(b"u"),
            subject: Some(address.as_str().to_owned()),
            attributes: vec![Attribute { name: HOST.into(), value: address.host().to_owned() }],
        },
        Source::File { name, content_type, .. } => InputParts {
            source: [b"f", content_type.as_deref().unwrap_or_default().as_bytes()].concat().into(),
            subject: name.clone(),
            attributes: Vec::new(),
        },
    }
}

/// Reads them back.
pub fn read(job: &Job) -> Result<Source, UnreadablePart> {
    let subject = job.subject.as_deref();
    match job.parts.source.split_first() {
        Some((b't', [])) => Ok(Source::Text { bytes: job.content_bytes }),
        Some((b'u', [])) => {
            let address = PublicUrl::parse(subject.unwrap_or_default());
            Ok(Source::Url(address.map_err(|_| UnreadablePart::Range("address"))?))
        }
        Some((b'f', content_type)) => {
            let content_type =
                str::from_utf8(content_type).map_err(|_| UnreadablePart::Range("content type"))?;
            Ok(Source::File {
                name: subject.map(str::to_owned),
                content_type: (!content_type.is_empty()).then(|| content_type.to_owned()),
                bytes: job.content_bytes,
            })
        }
        _ => Err(UnreadablePart::Range("kind of source")),
    }
}
