//! A net of scripted pages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use tally_jobs::failure::Failure;
use tally_jobs::ports::StreamError;
use tally_kernel::PublicUrl;
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{FetchLimits, Fetched, Fetcher, Unfetched};
use tokio::sync::Notify;

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
    /// Leads to this address, which does the same.
    Leads(PublicUrl, Failure),
    /// Never answers.
    Hangs,
    /// Does that when the test lets it go on.
    Waits(Box<Self>),
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

    /// The same, but slow: as slow as the test wants it.
    #[must_use]
    pub fn slow(self) -> Self {
        Self::Waits(Box::new(self))
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
    under_way: Arc<Mutex<HashMap<String, UnderWay>>>,
    gate: Notify,
}

/// How many fetches of a host are under way, and were at most.
#[derive(Clone, Copy, Debug, Default)]
struct UnderWay {
    now: usize,
    most: usize,
}

/// A fetch under way, until its body was read or it failed.
struct Counted(Arc<Mutex<HashMap<String, UnderWay>>>, String);

impl Counted {
    fn begin(all: &Arc<Mutex<HashMap<String, UnderWay>>>, host: String) -> Self {
        let mut counts = all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(host.clone()).or_default();
        count.now += 1;
        count.most = count.most.max(count.now);
        Self(Arc::clone(all), host)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(count) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&self.1) {
            count.now -= 1;
        }
    }
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

    /// The most fetches that were ever under way at once at a host with its port.
    #[must_use]
    pub fn most_at_once(&self, host: &str) -> usize {
        let counts = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(host).map_or(0, |count| count.most)
    }

    /// Lets all go on that wait now.
    pub fn let_go(&self) {
        self.gate.notify_waiters();
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
    async fn open(&self, address: &PublicUrl, _limits: &FetchLimits) -> Result<Fetched, Unfetched> {
        let counted = Counted::begin(&self.under_way, address.host_and_port());
        let mut line = self.next_line(address.as_str());
        while let Some(Script::Waits(then)) = line {
            self.gate.notified().await;
            line = Some(*then);
        }
        let nothing = CountFailure::SourceRefused.because("no script for this address");
        match line.unwrap_or(Script::Fails(nothing)) {
            Script::Fails(failure) => Err(Unfetched::Failed { final_url: address.clone(), failure }),
            Script::Leads(final_url, failure) => Err(Unfetched::Failed { final_url, failure }),
            Script::Hangs | Script::Waits(_) => std::future::pending().await,
            Script::Page { content_type, pieces, final_url, breaks } => {
                let pieces = pieces.into_iter().map(Ok);
                let broken = breaks.into_iter().map(|failure| Err(StreamError::Failed(failure)));
                let pieces: Vec<_> = pieces.chain(broken).collect();
                // Asked again after its end it panics, as the true ones do.
                let body =
                    Box::pin(stream::unfold((pieces.into_iter(), counted), |(mut rest, counted)| async {
                        rest.next().map(|piece| (piece, (rest, counted)))
                    }));
                let final_url = final_url.unwrap_or_else(|| address.clone());
                Ok(Fetched { final_url, content_type, file_name: None, body })
            }
        }
    }
}
