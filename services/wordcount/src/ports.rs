//! What a count needs from outside: documents of addresses, and a parser that may die of a document.

use std::time::Duration;

use async_trait::async_trait;
use tally_extract::{Declared, Sink};
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, StreamError};
use tally_jobs::workload::Deferral;
use tally_kernel::PublicUrl;

use crate::report::Document;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// All of it, the body included.
    pub total: Duration,
    pub wire_bytes: u64,
    /// Bytes after the content coding is undone.
    pub decoded_bytes: u64,
    /// Redirects that are followed.
    pub redirects: u32,
}

impl Default for FetchLimits {
    /// One minute, 50 MB on the wire, 200 MB decoded, five redirects.
    fn default() -> Self {
        Self {
            total: Duration::from_secs(60),
            wire_bytes: 50_000_000,
            decoded_bytes: 200_000_000,
            redirects: 5,
        }
    }
}

/// An answer whose body may be read.
pub struct Fetched {
    /// The address that answered, after redirects.
    pub final_url: PublicUrl,
    /// Its `Content-Type`, as given.
    pub content_type: Option<String>,
    /// The file name of its `Content-Disposition`.
    pub file_name: Option<String>,
    /// The body, its content coding undone, within the limits; it breaks off with a failure otherwise.
    pub body: ByteStream,
}

impl Fetched {
    /// The name that says its type: that of `Content-Disposition`, otherwise the path of its address.
    #[must_use]
    pub fn name(&self) -> &str {
        self.file_name.as_deref().unwrap_or_else(|| self.final_url.url().path())
    }
}

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfetched {
    /// The fetch failed.
    Failed {
        /// The address that failed, after redirects.
        final_url: PublicUrl,
        failure: Failure,
    },
    /// The host has no permit for another fetch. Nothing was sent.
    Deferred(Deferral),
}

/// Fetches documents.
#[async_trait]
pub trait Fetcher: Send + Sync {
    /// Fetches the address, following redirects, each checked as the first. Succeeds only for an answer that has a
    /// document (2xx). A failure that may pass is retryable. A fetch is only deferred before any byte is sent.
    async fn open(&self, address: &PublicUrl, limits: &FetchLimits) -> Result<Fetched, Unfetched>;
}

/// What is known of a document that a [`Parser`] is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseRequest<'a> {
    /// What its sender declared.
    pub declared: Declared<'a>,
    /// The most bytes that it may have.
    pub document_bytes: u64,
}

/// Extracts the text of documents whose formats can be used against their reader: archives, XML, PDF (those that
/// [need a sandbox](tally_extract::MediaType::needs_sandbox)). The parser may die or run out of memory or time; that harms
/// only the parser, and the caller is told.
#[async_trait]
pub trait Parser: Send + Sync {
    /// Reads a document, and hands its text to `to` as it is found. Returns what else was learned, without an address.
    ///
    /// Fails with `unreadable-document` where a limit was passed, which another attempt would not change, and with
    /// `crashed-worker` where the parser died. After a failure `to` has a part of the text. Dropping the future ends the
    /// parser.
    async fn parse(
        &self,
        request: &ParseRequest<'_>,
        body: ByteStream,
        to: &mut (dyn Sink + Send),
    ) -> Result<Document, StreamError>;
}
