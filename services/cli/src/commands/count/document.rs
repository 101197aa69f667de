//! Counts one document: pieces in, numbers out.

use futures_util::future::ready;
use futures_util::stream::once;
use tally_extract::{Declared, ExtractError, Extraction, Extractor, Limits, SNIFF_BYTES, sniff};
use tally_jobs::ports::StreamError;
use tally_wordcount::coverage;
use tally_wordcount::ports::ParseRequest;
use tally_wordcount::report::Document;

use super::Plan;
use super::count_pool::CountPool;
use super::input::Input;
use super::part_count::PartCount;
use super::part_splitter::{PartSplitter, RegionWords, SplitCount};
use crate::command_error::reason;
use crate::composition;
use crate::screen::Progress;

/// The most bytes of a document that is not read as it comes: its reader holds it in memory.
const BUFFERED_BYTES: u64 = 500_000_000;

/// What one document came to.
pub(super) struct CountedDocument {
    pub(super) count: PartCount,
    pub(super) regions: RegionWords,
    pub(super) document: Document,
}

#[derive(Debug)]
pub(super) enum DocumentError {
    Read(String),
    Extract(ExtractError),
    Defect,
}

impl std::fmt::Display for DocumentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(message) => f.write_str(message),
            Self::Extract(error) => error.fmt(f),
            Self::Defect => f.write_str("counting met a defect in Tally; the message above says where"),
        }
    }
}

pub(super) fn count(
    input: &mut Input,
    plan: &Plan,
    pool: &CountPool,
    progress: &Progress,
) -> Result<CountedDocument, DocumentError> {
    let (content_type, name) = input.declared();
    let declared = Declared { content_type: content_type.as_deref(), name: name.as_deref() };
    let head = read_head(input, progress)?;
    let media_type = sniff(&head, &declared).map_err(DocumentError::Extract)?;
    let mut parts = PartSplitter::new(media_type, plan, pool, progress);
    let mut document: Document = if media_type.needs_sandbox() {
        parse(read_rest(input, head, progress)?, declared, &mut parts)?
    } else {
        let extraction;
        (extraction, parts) = stream(input, &head, &declared, parts, progress)?;
        extraction.into()
    };
    let SplitCount { count, regions, words } = parts.finish().ok_or(DocumentError::Defect)?;
    document.warnings.extend(coverage::warning(&words, plan.chosen()));
    Ok(CountedDocument { count, regions, document })
}

/// As many bytes as tell what the document is.
fn read_head(input: &mut Input, progress: &Progress) -> Result<Vec<u8>, DocumentError> {
    let mut head = Vec::new();
    while head.len() < SNIFF_BYTES {
        let piece = input.next().map_err(DocumentError::Read)?;
        if piece.is_empty() {
            break;
        }
        head.extend_from_slice(piece);
        progress.advance(piece.len() as u64);
    }
    Ok(head)
}

fn stream<'p>(
    input: &mut Input,
    head: &[u8],
    declared: &Declared<'_>,
    parts: PartSplitter<'p>,
    progress: &Progress,
) -> Result<(Extraction, PartSplitter<'p>), DocumentError> {
    // The machine is the caller's own, so the size of a document is his affair; memory stays bounded anyway.
    let limits = Limits { decoded_bytes: u64::MAX, ..Limits::default() };
    let mut extractor = Extractor::new(declared, limits, parts);
    extractor.push(head).map_err(DocumentError::Extract)?;
    loop {
        let piece = input.next().map_err(DocumentError::Read)?;
        if piece.is_empty() {
            return extractor.finish().map_err(DocumentError::Extract);
        }
        extractor.push(piece).map_err(DocumentError::Extract)?;
        progress.advance(piece.len() as u64);
    }
}

/// The rest of a document that has to be there as a whole.
fn read_rest(input: &mut Input, head: Vec<u8>, progress: &Progress) -> Result<Vec<u8>, DocumentError> {
    let mut document = head;
    loop {
        let piece = input.next().map_err(DocumentError::Read)?;
        // One byte over the limit says as much as all of them.
        if piece.is_empty() || document.len() as u64 > BUFFERED_BYTES {
            return Ok(document);
        }
        document.extend_from_slice(piece);
        progress.advance(piece.len() as u64);
    }
}

/// Reads a document in a process of its own.
fn parse(
    document: Vec<u8>,
    declared: Declared<'_>,
    parts: &mut PartSplitter<'_>,
) -> Result<Document, DocumentError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| DocumentError::Read(reason(&error)))?;
    let request = ParseRequest { declared, document_bytes: BUFFERED_BYTES };
    let body = Box::pin(once(ready(Ok(document.into()))));
    runtime.block_on(composition::parser().parse(&request, body, parts)).map_err(|error| match error {
        StreamError::Failed(failure) => DocumentError::Read(failure.detail),
        StreamError::Fault(fault) => DocumentError::Read(fault.to_string()),
    })
}
