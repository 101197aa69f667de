//! A net of scripted pages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use tally_jobs::address::PublicUrl;
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::ports::{FetchLimits, Fetched, Fetcher, StreamError};

/// What an address does when it is asked.
#[derive(Clone, Debug)]
pub enum Script {
    /// Answers with a document.
    Page {
        /// Its `Content-Type`.
        content_type: Option<String>,
        /// Its body, in the pieces in which it comes.
        pieces: Vec<Bytes>,
        /// The address that answers, when a redirect leads elsewhere.
        final_url: Option<PublicUrl>,
        /// How the body breaks off after its pieces.
        breaks: Option<Failure>,
    },
    /// Fails before any body.
    Fails(Failure),
    /// Never answers.
    Hangs,
}

impl Script {
    /// An HTML page in one piece.
    #[must_use]
    pub fn html(body: &str) -> Self {
        Self::Page {
            content_type: Some("text/html; charset=utf-8".into()),
            pieces: vec![Bytes::copy_from_slice(body.as_bytes())],
            final_url: None,
            breaks: None,
        }
    }

    /// A plain text in one piece.
    #[must_use]
    pub fn text(body: &str) -> Self {
        Self::Page {
            content_type: Some("text/plain; charset=utf-8".into()),
            pieces: vec![Bytes::copy_from_slice(body.as_bytes())],
            final_url: None,
            breaks: None,
        }
    }
}

/// Answers each address by its script; the last line of a script is repeated for ever.
#[derive(Debug, Default)]
pub struct ScriptedFetcher {
    scripts: Mutex<HashMap<String, Vec<Script>>>,
    asked: Mutex<Vec<String>>,
}

impl ScriptedFetcher {
    /// Writes the script of an address: one line for each time it is asked.
    pub fn script(&self, address: &str, lines: impl IntoIterator<Item = Script>) {
        let mut lines: Vec<_> = lines.into_iter().collect();
        lines.reverse();
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner).insert(address.to_owned(), lines);
    }

    /// Every address that was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next_line(&self, address: &str) -> Option<Script> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(address.to_owned());
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = scripts.get_mut(address)?;
        if lines.len() > 1 { lines.pop() } else { lines.last().cloned() }
    }
}

#[async_trait]
impl Fetcher for ScriptedFetcher {
    async fn open(&self, address: &PublicUrl, _limits: &FetchLimits) -> Result<Fetched, Failure> {
        match self.next_line(address.as_str()) {
            None => Err(Failure::new(FailureKind::SourceRefused, "no script for this address")),
            Some(Script::Fails(failure)) => Err(failure),
            Some(Script::Hangs) => std::future::pending().await,
            Some(Script::Page { content_type, pieces, final_url, breaks }) => {
                let pieces = pieces.into_iter().map(Ok);
                let broken = breaks.into_iter().map(|failure| Err(StreamError::Failed(failure)));
                let pieces: Vec<_> = pieces.chain(broken).collect();
                // Asked again after its end it panics, as the true ones do.
                let body = Box::pin(stream::unfold(pieces.into_iter(), |mut rest| async {
                    rest.next().map(|piece| (piece, rest))
                }));
                let final_url = final_url.unwrap_or_else(|| address.clone());
                Ok(Fetched { final_url, content_type, body })
            }
        }
    }
}
