//! Reads the body of a job: as it comes, or by a parser that may die of it.
//!
//! Knows nothing of attempts: a body that cannot be read is an error of its stream.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::ready;
use futures_util::stream::once;
use tally_extract::{Declared, Limits, SNIFF_BYTES, sniff};

use super::Work;
use crate::analysis::{Analysis, Gathering, PIECE};
use crate::ports::{ByteStream, Handover, StreamError};
use crate::report::Findings;
use crate::settings::Settings;

/// From this size on a document is large (see [`Work::large`]), in bytes.
const LARGE: usize = 1024 * 1024;

impl Work {
    /// Reads a document by whatever its first bytes show it to be: as it comes, or by a parser that may die of it.
    pub(super) async fn read_document(
        &self,
        declared: &Declared<'_>,
        limits: Limits,
        settings: &Settings,
        body: ByteStream,
    ) -> Result<Findings, StreamError> {
        let (head, body) = begun(body).await?;
        let media_type = sniff(&head, declared).map_err(|error| StreamError::Failed(error.into()))?;
        let body = Box::pin(once(ready(Ok(head))).chain(body));
        if !media_type.needs_sandbox() {
            return self.read(Analysis::of_document(declared, limits, settings), body).await;
        }
        // The semaphore is never closed; if it were, reading on is right.
        let _permit = self.large.acquire().await.ok();
        let mut gathering = Gathering::new(settings);
        let about = Handover { declared: *declared, document_bytes: limits.decoded_bytes };
        let document = self.parser.parse(&about, body, &mut gathering).await?;
        Ok(gathering.finish(document))
    }

    /// Feeds a body to the analysis, a bounded piece at a time; between two pieces others may run.
    pub(super) async fn read(
        &self,
        mut analysis: Analysis<'_>,
        mut body: ByteStream,
    ) -> Result<Findings, StreamError> {
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

/// The first bytes of a body, as many as tell what it is, and the rest of it.
async fn begun(body: ByteStream) -> Result<(Bytes, ByteStream), StreamError> {
    // A short body ends here, and may not be asked again.
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

/// Lets the runtime look at its timers and at other tasks once: counting itself never waits.
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
