//! What parent and child say to each other: a request, then pieces of text, then an end.
//!
//! Each message is a kind, a length and so many bytes. The parent believes no length beyond the longest: what the
//! child says may be what a document made it say.

use serde::{Deserialize, Serialize};
use tally_extract::Region;
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::ports::Handover;
use tally_jobs::report::{Document, Warning};

use super::SandboxLimits;

/// The most bytes of one message.
pub(super) const LONGEST: usize = 64 * 1024;

/// The kind of the last message; those before it have the number of their text's region.
const END: u8 = u8::MAX;

/// What a message begins with.
pub(super) struct Header {
    /// The region of the text that follows; `None` for the end.
    pub(super) region: Option<Region>,
    /// Bytes that follow.
    pub(super) length: usize,
}

impl Header {
    pub(super) const BYTES: usize = 5;

    pub(super) fn decoded(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let [kind, length @ ..] = bytes;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        let region = Region::ALL.get(usize::from(kind)).copied();
        let known = length <= LONGEST && (region.is_some() || kind == END);
        known.then_some(Self { region, length })
    }

    fn encoded(kind: u8, length: usize) -> [u8; Self::BYTES] {
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        [kind, length[0], length[1], length[2], length[3]]
    }

    /// The header of a piece of text that is no longer than the longest.
    pub(super) fn of_text(region: Region, length: usize) -> [u8; Self::BYTES] {
        Self::encoded(region as u8, length)
    }
}

/// What the child is to do, before the document itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) memory_bytes: u64,
    pub(super) cpu_s: u64,
    pub(super) document_bytes: u64,
    pub(super) content_type: Option<String>,
    pub(super) name: Option<String>,
}

impl Request {
    pub(super) fn new(about: &Handover<'_>, limits: &SandboxLimits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            cpu_s: limits.cpu.as_secs().max(1),
            document_bytes: about.document_bytes,
            content_type: about.declared.content_type.map(str::to_owned),
            name: about.declared.name.map(str::to_owned),
        }
    }

    pub(super) fn encoded(&self) -> Vec<u8> {
        encoded(self)
    }

    pub(super) fn decoded(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }
}

/// How a document ended.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum End {
    Document(ReadDocument),
    Failure(ReadFailure),
}

impl End {
    pub(super) fn encoded(&self) -> Vec<u8> {
        encoded(self)
    }

    pub(super) fn decoded(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }
}

fn encoded(message: &impl Serialize) -> Vec<u8> {
    // Strings and numbers: there is nothing in them that JSON cannot say.
    let payload = serde_json::to_vec(message).unwrap_or_default();
    [&Header::encoded(END, payload.len())[..], &payload].concat()
}

/// A document as it is told between processes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReadDocument {
    bytes: u64,
    media_type: String,
    charset: String,
    charset_source: String,
    replacement_characters: u64,
    title: Option<String>,
    /// Codes and sentences.
    warnings: Vec<(String, String)>,
}

impl From<Document> for ReadDocument {
    fn from(document: Document) -> Self {
        Self {
            bytes: document.bytes,
            media_type: document.media_type,
            charset: document.charset,
            charset_source: document.charset_source,
            replacement_characters: document.replacement_characters,
            title: document.title,
            warnings: document.warnings.into_iter().map(|one| (one.code, one.detail)).collect(),
        }
    }
}

impl From<ReadDocument> for Document {
    fn from(read: ReadDocument) -> Self {
        Self {
            final_url: None,
            bytes: read.bytes,
            media_type: read.media_type,
            charset: read.charset,
            charset_source: read.charset_source,
            replacement_characters: read.replacement_characters,
            title: read.title,
            warnings: read.warnings.into_iter().map(|(code, detail)| Warning { code, detail }).collect(),
        }
    }
}

/// A failure as it is told between processes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReadFailure {
    kind: String,
    detail: String,
}

impl From<Failure> for ReadFailure {
    fn from(failure: Failure) -> Self {
        Self { kind: failure.kind.as_str().to_owned(), detail: failure.detail }
    }
}

impl From<ReadFailure> for Failure {
    fn from(read: ReadFailure) -> Self {
        let kind = FailureKind::parse(&read.kind).unwrap_or(FailureKind::UnreadableDocument);
        Self::new(kind, read.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_or_unknown_is_not_believed() {
        let length = |length: u32, kind: u8| {
            let [a, b, c, d] = length.to_le_bytes();
            Header::decoded([kind, a, b, c, d]).map(|header| (header.region, header.length))
        };
        assert_eq!(length(7, 0), Some((Some(Region::Body), 7)));
        assert_eq!(length(7, END), Some((None, 7)));
        assert_eq!(length(64 * 1024, 0).map(|(_, length)| length), Some(LONGEST));
        assert_eq!(length(64 * 1024 + 1, 0), None);
        assert_eq!(length(7, 200), None);
        assert!(End::decoded(b"{}").is_none());
    }
}
