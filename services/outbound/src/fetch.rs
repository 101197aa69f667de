//! Fetches a document: asks, follows redirects one by one, hands the body on.
//!
//! Every hop goes through the same guard as the first, because every connection does. Knows no policy itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::CONTENT_TYPE;
use tally_jobs::address::PublicUrl;
use tally_jobs::failure::Failure;
use tally_jobs::ports::{ByteStream, FetchLimits, Fetched, Fetcher, Unfetched};
use tokio::time::Instant;

use crate::answer::{self, Answer};
use crate::body::{self, Source};
use crate::connect::Connector;
use crate::exchange::Exchange;
use crate::guard::Guard;
use crate::network::{Network, SystemNetwork};
use crate::options::{Options, OutboundError, Pace};
use crate::{failures, tls};

/// A wait that is as good as none, for limits that no clock can hold.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The way out to the net, as the jobs' [`Fetcher`]. Needs a tokio runtime with time and I/O when it is used.
pub struct Outbound {
    exchange: Exchange,
    pace: Pace,
}

impl Outbound {
    /// The way out over this machine's net. Errors name the option that cannot be used.
    pub fn new(options: Options) -> Result<Self, OutboundError> {
        Self::over(Arc::new(SystemNetwork), options)
    }

    /// The way out over another net, for tests.
    pub fn over(network: Arc<dyn Network>, options: Options) -> Result<Self, OutboundError> {
        let tls = tls::settings(options.extra_roots.as_deref())?;
        let guard = Guard::new(options.policy.clone())?;
        let connector = Connector::new(guard, network, tls, options.pace);
        Ok(Self { exchange: Exchange::new(&options, connector)?, pace: options.pace })
    }
}

/// The head of a document.
struct Opened {
    content_type: Option<String>,
    body: ByteStream,
}

#[async_trait]
impl Fetcher for Outbound {
    async fn open(&self, address: &PublicUrl, limits: &FetchLimits) -> Result<Fetched, Unfetched> {
        let mut here = address.clone();
        match self.follow(address, &mut here, limits).await {
            Ok(Opened { content_type, body }) => Ok(Fetched { final_url: here, content_type, body }),
            Err(failure) => Err(Unfetched::Failed { final_url: here, failure }),
        }
    }
}

impl Outbound {
    /// Asks where `here` is, and goes on with it as redirects lead. `asked` is what the client gave.
    async fn follow(
        &self,
        asked: &PublicUrl,
        here: &mut PublicUrl,
        limits: &FetchLimits,
    ) -> Result<Opened, Failure> {
        let deadline = Instant::now() + limits.total.min(FOREVER);
        let mut followed = 0;
        loop {
            let answer = self.exchange.ask(asked, here, deadline).await?;
            match answer::read(here, answer.status(), answer.headers()) {
                Answer::Failed(failure) => return Err(failure),
                Answer::Redirect(_) if followed == limits.redirects => {
                    let why = format!("{followed} redirects were followed already");
                    return Err(failures::redirect(here, &why));
                }
                Answer::Redirect(next) => {
                    followed += 1;
                    tracing::debug!(from = %here.without_query(), to = %next.without_query(), "follow a redirect");
                    *here = next;
                }
                Answer::Document => {
                    let content_type = answer.headers().get(CONTENT_TYPE);
                    let content_type =
                        content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                    let source = Source { here, limits, deadline, pace: self.pace };
                    return Ok(Opened { content_type, body: body::open(answer, &source)? });
                }
            }
        }
    }
}
