//! One question and the head of its answer, within the bounds of time.
//!
//! The pooled client below keeps connections of one scheme, host and port for the next question to the same. Sends
//! no cookies, no credentials and no body, follows nothing, and decides nothing about what comes back.

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
use tally_jobs::address::PublicUrl;
use tally_jobs::failure::Failure;
use tokio::time::{Instant, timeout, timeout_at};

use crate::connect::{ConnectError, Connector};
use crate::failures;
use crate::options::{Options, OutboundError, Pace};

/// The bound of an answer's headers, and with it of one piece of a body, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;

const ACCEPTED: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,text/*;q=0.9,*/*;q=0.8");
const CODINGS: HeaderValue = HeaderValue::from_static("gzip, br, zstd, deflate");

type Asker = Client<Connector, Empty<Bytes>>;

/// Asks questions.
pub(crate) struct Exchange {
    keeping: Asker,
    /// Keeps no connection, and so uses a new one each time.
    fresh: Asker,
    user_agent: HeaderValue,
    pace: Pace,
}

impl Exchange {
    pub(crate) fn new(options: &Options, connector: Connector) -> Result<Self, OutboundError> {
        let user_agent = HeaderValue::from_str(&options.user_agent)
            .map_err(|_| OutboundError::UserAgent(options.user_agent.clone()))?;
        let asker = |kept_per_host| {
            Client::builder(TokioExecutor::new())
                .pool_idle_timeout(options.idle)
                .pool_max_idle_per_host(kept_per_host)
                .pool_timer(TokioTimer::new())
                .http1_max_buf_size(LARGEST_HEAD)
                .build(connector.clone())
        };
        let (keeping, fresh) = (asker(options.idle_per_host), asker(0));
        Ok(Self { keeping, fresh, user_agent, pace: options.pace })
    }

    /// Asks `here`. `asked` is what the client gave, for the words of a denial.
    pub(crate) async fn ask(
        &self,
        asked: &PublicUrl,
        here: &PublicUrl,
        deadline: Instant,
    ) -> Result<Response<Incoming>, Failure> {
        // What the URL standard lets into an address and HTTP does not cannot be asked for.
        let Ok(uri) = Uri::try_from(here.as_str()) else { return Err(failures::denied(asked)) };
        let asking = async {
            match self.once(&self.keeping, uri.clone()).await {
                // The server closed a kept connection just as we asked on it, and may have closed all that are kept: a
                // question may be asked twice, the second time on a new one.
                Err(Silence::Failed(error)) if was_dropped(&error) => self.once(&self.fresh, uri).await,
                answer => answer,
            }
        };
        match timeout_at(deadline, asking).await {
            Ok(Ok(answer)) if head_bytes(answer.headers()) > LARGEST_HEAD => {
                Err(failures::headers_too_large(here))
            }
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Silence::Failed(error))) => Err(failure(asked, here, &error)),
            Ok(Err(Silence::Slow)) => Err(failures::too_slow(here, "it did not answer in time")),
            Err(_) => Err(failures::too_slow(here, "the time for one document is over")),
        }
    }

    async fn once(&self, asker: &Asker, uri: Uri) -> Result<Response<Incoming>, Silence> {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.user_agent.clone());
        headers.insert(ACCEPT, ACCEPTED);
        headers.insert(ACCEPT_ENCODING, CODINGS);

        // The time to answer starts with the connection; making that has bounds of its own.
        let mut capture = capture_connection(&mut request);
        let connected = pin!(async { drop(capture.wait_for_connection_metadata().await) });
        let answer = match select(asker.request(request), connected).await {
            Either::Left((answer, _)) => Ok(answer),
            Either::Right(((), answering)) => timeout(self.pace.first_byte, answering).await,
        };
        answer.map_err(|_| Silence::Slow)?.map_err(Silence::Failed)
    }
}

/// The size of headers as they were sent, near enough. The parser's bound is on its buffer, which one read may fill
/// to twice that before it looks.
fn head_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len()).sum()
}

/// Why there is no answer.
enum Silence {
    Slow,
    Failed(ClientError),
}

fn failure(asked: &PublicUrl, here: &PublicUrl, error: &ClientError) -> Failure {
    if let Some(error) = cause::<ConnectError>(error) {
        return failures::no_connection(asked, here, error);
    }
    match cause::<hyper::Error>(error) {
        Some(error) if error.is_parse_too_large() => failures::headers_too_large(here),
        Some(error) if error.is_parse() => failures::not_http(here),
        _ => failures::no_answer(here),
    }
}

/// Whether the connection ended before any answer.
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
