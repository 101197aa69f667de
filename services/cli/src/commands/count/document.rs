//! Counts one document: pieces in, numbers out.

use futures_util::future::ready;
use futures_util::stream::once;
use tally_extract::{Declared, ExtractError, Extraction, Extractor, Limits, SNIFF_BYTES, sniff};
use tally_jobs::ports::StreamError;
use tally_wordcount::ports::ParseRequest;
use tally_wordcount::report::Document;

use super::Plan;
use super::crew::Crew;
use super::input::Input;
use super::parts::Parts;
use super::sum::Sum;
use crate::screen::Progress;
use crate::trouble::reason;
use crate::wire;

/// The most bytes of a document that is not read as it comes: its reader holds it in memory.
const WHOLE_BYTES: u64 = 500_000_000;

/// What one document came to.
pub(super) struct Counted {
    pub(super) sum: Sum,
    pub(super) document: Document,
}

/// Why a document could not be counted.
#[derive(Debug)]
pub(super) enum Refused {
    Read(String),
    Extract(ExtractError),
    Defect,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(said) => f.write_str(said),
            Self::Extract(error) => error.fmt(f),
            Self::Defect => f.write_str("counting met a defect in Tally; the message above says where"),
        }
    }
}

pub(super) fn count(
    input: &mut Input,
    plan: &Plan,
    crew: &Crew,
    progress: &Progress,
) -> Result<Counted, Refused> {
    let (content_type, name) = input.declared();
    let declared = Declared { content_type: content_type.as_deref(), name: name.as_deref() };
    let head = begin(input, progress)?;
    let media_type = sniff(&head, &declared).map_err(Refused::Extract)?;
    let mut parts = Parts::new(plan, crew, progress);
    let document = if media_type.needs_sandbox() {
        parse(whole(input, head, progress)?, declared, &mut parts)?
    } else {
        let extraction;
        (extraction, parts) = stream(input, &head, &declared, parts, progress)?;
        extraction.into()
    };
    let sum = parts.finish().ok_or(Refused::Defect)?;
    Ok(Counted { sum, document })
}

/// As many bytes as tell what the document is.
fn begin(input: &mut Input, progress: &Progress) -> Result<Vec<u8>, Refused> {
    let mut head = Vec::new();
    while head.len() < SNIFF_BYTES {
        let piece = input.next().map_err(Refused::Read)?;
        if piece.is_empty() {
            break;
        }
        head.extend_from_slice(piece);
        progress.advance(piece.len() as u64);
    }
    Ok(head)
}

/// Reads a document as it comes.
fn stream<'p>(
    input: &mut Input,
    head: &[u8],
    declared: &Declared<'_>,
    parts: Parts<'p>,
    progress: &Progress,
) -> Result<(Extraction, Parts<'p>), Refused> {
    // The machine is the caller's own, so the size of a document is his affair; memory stays bounded anyway.
    let limits = Limits { decoded_bytes: u64::MAX, ..Limits::default() };
    let mut extractor = Extractor::new(declared, limits, parts);
    extractor.push(head).map_err(Refused::Extract)?;
    loop {
        let piece = input.next().map_err(Refused::Read)?;
        if piece.is_empty() {
            return extractor.finish().map_err(Refused::Extract);
        }
        extractor.push(piece).map_err(Refused::Extract)?;
        progress.advance(piece.len() as u64);
    }
}

/// The rest of a document that has to be there as a whole.
fn whole(input: &mut Input, head: Vec<u8>, progress: &Progress) -> Result<Vec<u8>, Refused> {
    let mut document = head;
    loop {
        let piece = input.next().map_err(Refused::Read)?;
        // One byte over the limit says as much as all of them.
        if piece.is_empty() || document.len() as u64 > WHOLE_BYTES {
            return Ok(document);
        }
        document.extend_from_slice(piece);
        progress.advance(piece.len() as u64);
    }
}

/// Reads a document in a process of its own.
fn parse(document: Vec<u8>, declared: Declared<'_>, parts: &mut Parts<'_>) -> Result<Document, Refused> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Refused::Read(reason(&error)))?;
    let request = ParseRequest { declared, document_bytes: WHOLE_BYTES };
    let body = Box::pin(once(ready(Ok(document.into()))));
    runtime.block_on(wire::parser().parse(&request, body, parts)).map_err(|error| match error {
        StreamError::Failed(failure) => Refused::Read(failure.detail),
        StreamError::Fault(fault) => Refused::Read(fault.to_string()),
    })
}
