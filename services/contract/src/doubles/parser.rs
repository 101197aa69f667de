//! A parser in this very process, for tests that trust their documents.

use async_trait::async_trait;
use futures_util::StreamExt;
use tally_extract::{Limits, Region, Sink, parse_buffered};
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::ports::{ByteStream, StreamError};
use tally_wordcount::failure::of_extraction;
use tally_wordcount::ports::{ParseRequest, Parser};
use tally_wordcount::report::Document;

/// Parses as the true one does, without a process around it. A document of `CRASH` alone makes it say that it died.
#[derive(Clone, Copy, Debug, Default)]
pub struct ParserInProcess;

/// The document that no parser survives: a PDF in which this stands behind the mark.
pub const CRASH: &[u8] = b"%PDF-crash";

#[async_trait]
impl Parser for ParserInProcess {
    async fn parse(
        &self,
        request: &ParseRequest<'_>,
        mut body: ByteStream,
        to: &mut (dyn Sink + Send),
    ) -> Result<Document, StreamError> {
        let mut document = Vec::new();
        while let Some(piece) = body.next().await {
            document.extend_from_slice(&piece?);
        }
        if document == CRASH {
            let failure = Failure::new(FailureType::CRASHED_WORKER, "the parser died; send another document");
            return Err(StreamError::Failed(failure));
        }
        let limits = Limits { decoded_bytes: request.document_bytes, ..Limits::default() };
        let mut sink = |region: Region, text: &str| to.text(region, text);
        let extraction = parse_buffered(&document, &request.declared, limits, &mut sink);
        extraction.map(Document::from).map_err(|error| StreamError::Failed(of_extraction(&error)))
    }
}
