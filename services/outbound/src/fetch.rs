//! Fetches a document: sends the request, follows redirects one by one, returns the body.
//!
//! The guard checks every hop, because it checks every connection.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use tally_jobs::failure::Failure;
use tally_jobs::ports::ByteStream;
use tally_kernel::{PublicUrl, disposition_file_name};
use tally_wordcount::ports::{FetchLimits, Fetched, Fetcher, Unfetched};
use tokio::time::Instant;

use crate::body::{self, Source};
use crate::connector::Connector;
use crate::guard::Guard;
use crate::http_client::HttpClient;
use crate::network::{Network, SystemNetwork};
use crate::options::{OutboundError, OutboundOptions, Timeouts};
use crate::response_action::ResponseAction;
use crate::{failures, tls};

/// The longest total time, so that no limit overflows the clock.
const MAX_TOTAL: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The [`Fetcher`] over HTTP. It needs a tokio runtime with time and I/O when it is used.
pub struct Outbound {
    client: HttpClient,
    timeouts: Timeouts,
}

impl Outbound {
    /// Uses the network of this machine. Errors name the option that cannot be used.
    pub fn new(options: OutboundOptions) -> Result<Self, OutboundError> {
        Self::over(Arc::new(SystemNetwork), options)
    }

    /// Uses another network, for tests.
    pub fn over(network: Arc<dyn Network>, options: OutboundOptions) -> Result<Self, OutboundError> {
        let tls = tls::client_config(options.extra_roots.as_deref())?;
        let guard = Guard::new(options.policy.clone())?;
        let connector = Connector::new(guard, network, tls, options.timeouts);
        Ok(Self { client: HttpClient::new(&options, connector)?, timeouts: options.timeouts })
    }
}

struct OpenedDocument {
    content_type: Option<String>,
    file_name: Option<String>,
    body: ByteStream,
}

#[async_trait]
impl Fetcher for Outbound {
    async fn open(&self, address: &PublicUrl, limits: &FetchLimits) -> Result<Fetched, Unfetched> {
        let mut url = address.clone();
        match self.follow(address, &mut url, limits).await {
            Ok(OpenedDocument { content_type, file_name, body }) => {
                Ok(Fetched { final_url: url, content_type, file_name, body })
            }
            Err(failure) => Err(Unfetched::Failed { final_url: url, failure }),
        }
    }
}

impl Outbound {
    /// Requests `url` and follows redirects; `url` becomes the address of the last hop. `asked` is the address that the
    /// client gave.
    async fn follow(
        &self,
        asked: &PublicUrl,
        url: &mut PublicUrl,
        limits: &FetchLimits,
    ) -> Result<OpenedDocument, Failure> {
        let deadline = Instant::now() + limits.total.min(MAX_TOTAL);
        let mut followed = 0;
        loop {
            let response = self.client.get(asked, url, deadline).await?;
            match ResponseAction::of(url, response.status(), response.headers()) {
                ResponseAction::Failed(failure) => return Err(failure),
                ResponseAction::Redirect(_) if followed == limits.redirects => {
                    let why = format!("{followed} redirects were followed already");
                    return Err(failures::redirect(url, &why));
                }
                ResponseAction::Redirect(next) => {
                    followed += 1;
                    tracing::debug!(from = %url.without_query(), to = %next.without_query(), "follow a redirect");
                    *url = next;
                }
                ResponseAction::Document => {
                    let content_type = response.headers().get(CONTENT_TYPE);
                    let content_type =
                        content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                    let disposition = response.headers().get(CONTENT_DISPOSITION);
                    let file_name = disposition.and_then(|value| disposition_file_name(value.as_bytes()));
                    let source = Source { here: url, limits, deadline, timeouts: self.timeouts };
                    let body = body::open(response, &source)?;
                    return Ok(OpenedDocument { content_type, file_name, body });
                }
            }
        }
    }
}
