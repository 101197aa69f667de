//! The messages between the worker and its parser process: a request, then pieces of text, then the outcome.
//!
//! A message is a kind, a length and that many bytes. The worker rejects lengths above the maximum: a malicious
//! document may control what the parser sends.

use serde::{Deserialize, Serialize};
use tally_extract::Region;
use tally_jobs::failure::Failure;
use tally_wordcount::CountFailure;
use tally_wordcount::ports;
use tally_wordcount::report::{Document, Warning};

use super::SandboxLimits;

/// The longest payload of a message, in bytes.
pub(super) const MAX_PAYLOAD: usize = 64 * 1024;

/// The kind of the last message. The kind of a piece of text is the number of its region.
const OUTCOME: u8 = u8::MAX;

pub(super) struct MessageHeader {
    /// The region of the text that follows; `None` for the outcome.
    pub(super) region: Option<Region>,
    /// Bytes of the payload.
    pub(super) length: usize,
}

impl MessageHeader {
    pub(super) const BYTES: usize = 5;

    pub(super) fn decode(bytes: [u8; Self::BYTES]) -> Option<Self> {
        let [kind, length @ ..] = bytes;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        let region = Region::ALL.get(usize::from(kind)).copied();
        let known = length <= MAX_PAYLOAD && (region.is_some() || kind == OUTCOME);
        known.then_some(Self { region, length })
    }

    fn encode(kind: u8, length: usize) -> [u8; Self::BYTES] {
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        [kind, length[0], length[1], length[2], length[3]]
    }

    /// The header of a piece of text of at most [`MAX_PAYLOAD`] bytes.
    pub(super) fn for_text(region: Region, length: usize) -> [u8; Self::BYTES] {
        Self::encode(region as u8, length)
    }
}

/// The first message of the worker. The document follows it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ParseRequest {
    pub(super) memory_bytes: u64,
    pub(super) cpu_s: u64,
    pub(super) document_bytes: u64,
    pub(super) content_type: Option<String>,
    pub(super) name: Option<String>,
}

impl ParseRequest {
    pub(super) fn new(about: &ports::ParseRequest<'_>, limits: &SandboxLimits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            cpu_s: limits.cpu.as_secs().max(1),
            document_bytes: about.document_bytes,
            content_type: about.declared.content_type.map(str::to_owned),
            name: about.declared.name.map(str::to_owned),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    pub(super) fn decode(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }
}

/// The last message of the parser.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ParseOutcome {
    Document(DocumentMessage),
    Failure(FailureMessage),
}

impl ParseOutcome {
    pub(super) fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    pub(super) fn decode(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }
}

fn encode(message: &impl Serialize) -> Vec<u8> {
    // Strings and numbers only, which JSON always can represent.
    let payload = serde_json::to_vec(message).unwrap_or_default();
    [&MessageHeader::encode(OUTCOME, payload.len())[..], &payload].concat()
}

/// A document without its address.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DocumentMessage {
    bytes: u64,
    media_type: String,
    charset: String,
    charset_source: String,
    replacement_characters: u64,
    title: Option<String>,
    /// Pairs of code and detail.
    warnings: Vec<(String, String)>,
}

impl From<Document> for DocumentMessage {
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

impl From<DocumentMessage> for Document {
    fn from(read: DocumentMessage) -> Self {
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

/// A failure by the name of its kind.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FailureMessage {
    kind: String,
    detail: String,
}

impl From<Failure> for FailureMessage {
    fn from(failure: Failure) -> Self {
        Self { kind: failure.name.into_owned(), detail: failure.detail }
    }
}

impl From<FailureMessage> for Failure {
    fn from(read: FailureMessage) -> Self {
        let known = CountFailure::ALL.into_iter().find(|one| one.as_type().name == read.kind);
        known.unwrap_or(CountFailure::UnreadableDocument).because(read.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_lengths_above_the_maximum_and_unknown_kinds() {
        let length = |length: u32, kind: u8| {
            let [a, b, c, d] = length.to_le_bytes();
            MessageHeader::decode([kind, a, b, c, d]).map(|header| (header.region, header.length))
        };
        assert_eq!(length(7, 0), Some((Some(Region::Body), 7)));
        assert_eq!(length(7, OUTCOME), Some((None, 7)));
        assert_eq!(length(64 * 1024, 0).map(|(_, length)| length), Some(MAX_PAYLOAD));
        assert_eq!(length(64 * 1024 + 1, 0), None);
        assert_eq!(length(7, 200), None);
        assert!(ParseOutcome::decode(b"{}").is_none());
    }
}
