//! Reads the body of a job into a report: in this process, or through a parser that may die of it.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::ready;
use futures_util::stream::once;
use tally_extract::{Declared, Limits, SNIFF_BYTES, sniff};
use tally_jobs::ports::{ByteStream, StreamError};

use crate::analysis::{Analysis, PIECE, ReportBuilder};
use crate::failure::of_extraction;
use crate::options::CountOptions;
use crate::ports::ParseRequest;
use crate::report::CountResult;
use crate::workload::CountWorkload;

/// From this size on a document is large (see [`CountWorkload::large`]), in bytes.
const LARGE: usize = 1024 * 1024;

impl CountWorkload {
    /// Reads a document of the type that its first bytes show.
    pub(crate) async fn read_document(
        &self,
        declared: &Declared<'_>,
        limits: Limits,
        options: &CountOptions,
        body: ByteStream,
    ) -> Result<CountResult, StreamError> {
        let (head, body) = head(body).await?;
        let media_type =
            sniff(&head, declared).map_err(|error| StreamError::Failed(of_extraction(&error)))?;
        let body = Box::pin(once(ready(Ok(head))).chain(body));
        if !media_type.needs_sandbox() {
            return self.read(Analysis::of_document(media_type, declared, limits, options), body).await;
        }
        // The semaphore is never closed; if it were, reading on is right.
        let _permit = self.large.acquire().await.ok();
        let mut builder = ReportBuilder::new(media_type, options);
        let request = ParseRequest { declared: *declared, document_bytes: limits.decoded_bytes };
        let document = self.parser.parse(&request, body, &mut builder).await?;
        Ok(builder.finish(document))
    }

    /// Feeds a body to the analysis, a bounded piece at a time; between two pieces other tasks may run.
    pub(crate) async fn read(
        &self,
        mut analysis: Analysis<'_>,
        mut body: ByteStream,
    ) -> Result<CountResult, StreamError> {
        let mut read_bytes = 0;
        let mut permit = None;
        while let Some(bytes) = body.next().await {
            let bytes = bytes?;
            read_bytes += bytes.len();
            if read_bytes > LARGE && permit.is_none() {
                // The semaphore is never closed; if it were, reading on is right.
                permit = Some(self.large.acquire().await.ok());
            }
            for piece in bytes.chunks(PIECE) {
                analysis.push(piece).map_err(StreamError::Failed)?;
                yield_now().await;
            }
        }
        analysis.finish().map_err(StreamError::Failed)
    }
}

/// The first bytes of a body, as many as its type needs, and the rest of it.
async fn head(body: ByteStream) -> Result<(Bytes, ByteStream), StreamError> {
    // A short body ends here, and must not be polled again.
    let mut body = body.fuse();
    let mut head = Bytes::new();
    while head.len() < SNIFF_BYTES {
        match body.next().await {
            None => break,
            Some(piece) if head.is_empty() => head = piece?,
            Some(piece) => head = [head, piece?].concat().into(),
        }
    }
    Ok((head, Box::pin(body)))
}

/// Lets the runtime poll its timers and other tasks once: counting itself never waits.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
