//! Runs a count: fetch, extract, count.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::ready;
use futures_util::stream::once;
use tally_extract::{Declared, Limits};
use tally_jobs::content::Content;
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::id::BlobId;
use tally_jobs::parts::{Attachment, Output};
use tally_jobs::ports::{Blobs, ByteStream, StreamError};
use tally_jobs::record::{ClaimedJob, Kind};
use tally_jobs::verified_body::{ExpectedBody, verified, verify};
use tally_jobs::workload::{Attempt, Deferral, Outcome, Workload};
use tally_kernel::{Fault, PublicUrl};
use tokio::sync::Semaphore;

use crate::analysis::Analysis;
use crate::options::CountOptions;
use crate::ports::{FetchLimits, Fetcher, Parser, Unfetched};
use crate::record::{CountRecord, KIND};
use crate::report::CountResult;
use crate::source::Source;
use crate::stored::{REMAINING_WORDS, summary};

/// The limits of one run.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountLimits {
    pub fetch: FetchLimits,
    /// Of a submitted document.
    pub document: Limits,
}

/// The workload and what it needs.
#[derive(Clone)]
pub struct CountWorkload {
    /// Where large bodies are.
    pub blobs: Arc<dyn Blobs>,
    /// Fetches addresses.
    pub fetcher: Arc<dyn Fetcher>,
    /// Reads documents that may kill their reader.
    pub parser: Arc<dyn Parser>,
    pub limits: CountLimits,
    /// How many large documents are read side by side: each may need tens of megabytes.
    pub large: Arc<Semaphore>,
}

/// Why there is no result.
enum Stop {
    Failed(Failure),
    Deferred(Deferral),
    Fault(Fault),
}

impl From<StreamError> for Stop {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Failed(failure) => Self::Failed(failure),
            StreamError::Fault(fault) => Self::Fault(fault),
        }
    }
}

#[async_trait]
impl Workload for CountWorkload {
    fn kind(&self) -> Kind {
        KIND
    }

    async fn run(&self, claimed: &ClaimedJob, _attempt: Attempt) -> Result<Outcome, Fault> {
        match self.count(claimed).await {
            Ok(result) => Ok(Outcome::Succeeded(Box::new(output(&result)))),
            Err(Stop::Failed(failure)) => Ok(Outcome::Failed(failure)),
            Err(Stop::Deferred(deferral)) => Ok(Outcome::Deferred(deferral)),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }
}

impl CountWorkload {
    async fn count(&self, claimed: &ClaimedJob) -> Result<CountResult, Stop> {
        let CountRecord { source, options, .. } = CountRecord::of(&claimed.job).map_err(Stop::Fault)?;
        match (&source, &claimed.content) {
            (Source::Url(address), _) => self.count_address(address, &options).await,
            (Source::Text { .. }, Some(Content::Inline(bytes))) => {
                let mut analysis = Analysis::of_text(&options);
                analysis.push(bytes).map_err(Stop::Failed)?;
                analysis.finish().map_err(Stop::Failed)
            }
            (_, Some(Content::Inline(bytes))) => {
                let body = Box::pin(once(ready(Ok(bytes.clone()))));
                Ok(self.count_body(&source, &options, body).await?)
            }
            (_, Some(Content::Stored(body))) => {
                let expected = ExpectedBody { bytes: claimed.job.content_bytes, digest: body.digest };
                Ok(self.count_stored(&source, &options, body.id, expected).await?)
            }
            (_, None) => Err(Stop::Failed(content_lost())),
        }
    }

    async fn count_address(&self, address: &PublicUrl, options: &CountOptions) -> Result<CountResult, Stop> {
        let fetched = self.fetcher.open(address, &self.limits.fetch).await.map_err(|error| match error {
            Unfetched::Failed { failure, .. } => Stop::Failed(failure),
            Unfetched::Deferred(deferral) => Stop::Deferred(deferral),
        })?;
        let name = fetched.name().to_owned();
        let declared = Declared { content_type: fetched.content_type.as_deref(), name: Some(&name) };
        let limits = Limits { decoded_bytes: self.limits.fetch.decoded_bytes, ..self.limits.document };
        let mut result = self.read_document(&declared, limits, options, fetched.body).await?;
        result.report.document.final_url = Some(fetched.final_url.to_string());
        Ok(result)
    }

    /// Counts a stored body, and fails when it is not what was stored.
    async fn count_stored(
        &self,
        source: &Source,
        options: &CountOptions,
        blob: BlobId,
        expected: ExpectedBody,
    ) -> Result<CountResult, StreamError> {
        let (body, intact) = verified(self.stored(blob).await?, expected);
        let result = self.count_body(source, options, body).await;
        // A reader that stopped early, mostly with an error, did not compare: the damage may be behind the error.
        if !intact.is_known() && !matches!(result, Err(StreamError::Fault(_))) {
            verify(self.stored(blob).await?, expected).await?;
        }
        result
    }

    /// Counts a submitted body.
    async fn count_body(
        &self,
        source: &Source,
        options: &CountOptions,
        body: ByteStream,
    ) -> Result<CountResult, StreamError> {
        let Source::File { name, content_type, .. } = source else {
            return self.read(Analysis::of_text(options), body).await;
        };
        let declared = Declared { content_type: content_type.as_deref(), name: name.as_deref() };
        self.read_document(&declared, self.limits.document, options, body).await
    }

    async fn stored(&self, blob: BlobId) -> Result<ByteStream, StreamError> {
        self.blobs.open(blob).await?.ok_or_else(|| StreamError::Failed(content_lost()))
    }
}

/// What a result leaves in the record.
#[must_use]
pub fn output(result: &CountResult) -> Output {
    let (summary, detail) = summary::write(&result.report);
    let remaining = &result.remaining_words;
    let attachment = Attachment { name: REMAINING_WORDS, bytes: remaining.to_bytes() };
    let attachments = if remaining.is_empty() { Vec::new() } else { vec![attachment] };
    Output { source: None, summary, detail, attachments }
}

fn content_lost() -> Failure {
    Failure::new(FailureType::CONTENT_LOST, "the content is not in the store any more; submit it again")
}
