//! Sends one GET request and returns the response's head, within the time limits.
//!
//! Connections are pooled per scheme, host and port. A request carries no cookies, no credentials and no body. Redirects
//! are returned, not followed.

use std::error::Error;
use std::io;
use std::pin::pin;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue, USER_AGENT};
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tally_jobs::failure::Failure;
use tally_kernel::PublicUrl;
use tokio::time::{Instant, timeout, timeout_at};

use crate::connector::{Connector, DialError};
use crate::failures;
use crate::options::{OutboundError, OutboundOptions, Timeouts};

/// The limit of a response's headers, and thereby of one piece of a body, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

const ACCEPTED_TYPES: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,text/*;q=0.9,*/*;q=0.8");
const ACCEPTED_CODINGS: HeaderValue = HeaderValue::from_static("gzip, br, zstd, deflate");

type PooledClient = Client<Connector, Empty<Bytes>>;

pub(crate) struct HttpClient {
    pooled: PooledClient,
    /// Opens a new connection for each request.
    unpooled: PooledClient,
    user_agent: HeaderValue,
    timeouts: Timeouts,
}

impl HttpClient {
    pub(crate) fn new(options: &OutboundOptions, connector: Connector) -> Result<Self, OutboundError> {
        let user_agent = HeaderValue::from_str(&options.user_agent)
            .map_err(|_| OutboundError::UserAgent(options.user_agent.clone()))?;
        let client = |idle_per_host| {
            Client::builder(TokioExecutor::new())
                .pool_idle_timeout(options.idle)
                .pool_max_idle_per_host(idle_per_host)
                .pool_timer(TokioTimer::new())
                .http1_max_buf_size(MAX_HEAD_BYTES)
                // What browsers and curl read too: folded lines become spaces (RFC 9112, 5.2), and a line that is no
                // header is skipped. The framing stays strict: two lengths that disagree are refused.
                .http1_allow_obsolete_multiline_headers_in_responses(true)
                .http1_allow_spaces_after_header_name_in_responses(true)
                .http1_ignore_invalid_headers_in_responses(true)
                .build(connector.clone())
        };
        let (pooled, unpooled) = (client(options.idle_per_host), client(0));
        Ok(Self { pooled, unpooled, user_agent, timeouts: options.timeouts })
    }

    /// Requests `url`. `asked` is the address that the client gave; a denial names it instead of `url`.
    pub(crate) async fn get(
        &self,
        asked: &PublicUrl,
        url: &PublicUrl,
        deadline: Instant,
    ) -> Result<Response<Incoming>, Failure> {
        // The URL standard allows addresses that HTTP does not.
        let Ok(uri) = Uri::try_from(url.as_str()) else { return Err(failures::denied(asked)) };
        let request = async {
            match self.send(&self.pooled, uri.clone()).await {
                // The server closed a pooled connection just as the request was sent, and may have closed all of them.
                // A GET may be repeated; this one uses a new connection.
                Err(RequestError::Failed(error)) if was_dropped(&error) => {
                    self.send(&self.unpooled, uri).await
                }
                response => response,
            }
        };
        match timeout_at(deadline, request).await {
            Ok(Ok(response)) if head_bytes(response.headers()) > MAX_HEAD_BYTES => {
                Err(failures::headers_too_large(url))
            }
            Ok(Ok(response)) => Ok(response),
            Ok(Err(RequestError::Failed(error))) => Err(failure(asked, url, &error)),
            Ok(Err(RequestError::Slow)) => Err(failures::too_slow(url, "it did not answer in time")),
            Err(_) => Err(failures::too_slow(url, "the time for one document is over")),
        }
    }

    async fn send(&self, client: &PooledClient, uri: Uri) -> Result<Response<Incoming>, RequestError> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.user_agent.clone());
        headers.insert(ACCEPT, ACCEPTED_TYPES);
        headers.insert(ACCEPT_ENCODING, ACCEPTED_CODINGS);

        // The limit for the response starts with the connection; the connector has limits of its own.
        let mut capture = capture_connection(&mut request);
        let connected = pin!(async { drop(capture.wait_for_connection_metadata().await) });
        let response = match select(client.request(request), connected).await {
            Either::Left((response, _)) => Ok(response),
            Either::Right(((), response)) => timeout(self.timeouts.first_byte, response).await,
        };
        response.map_err(|_| RequestError::Slow)?.map_err(RequestError::Failed)
    }
}

/// The approximate size of the headers as they were sent. The limit of hyper's parser is on its buffer, which one read
/// may fill to twice that limit.
fn head_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

enum RequestError {
    Slow,
    Failed(ClientError),
}

fn failure(asked: &PublicUrl, url: &PublicUrl, error: &ClientError) -> Failure {
    if let Some(error) = cause::<DialError>(error) {
        return failures::no_connection(asked, url, error);
    }
    match cause::<hyper::Error>(error) {
        Some(error) if error.is_parse_too_large() => failures::headers_too_large(url),
        Some(error) if error.is_parse() => failures::not_http(url),
        _ => failures::no_answer(url),
    }
}

/// Whether the connection ended before any response.
fn was_dropped(error: &ClientError) -> bool {
    let reset = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionAborted];
    cause::<hyper::Error>(error).is_some_and(hyper::Error::is_incomplete_message)
        || cause::<io::Error>(error).is_some_and(|error| reset.contains(&error.kind()))
}

fn cause<E: Error + 'static>(error: &ClientError) -> Option<&E> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
