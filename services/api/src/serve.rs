//! The server loop: connections in, within bounds, until the process drains.
//!
//! Knows connections and nothing of routes. HTTP/1.1 only: what needs more stands behind a proxy that speaks it.

mod phase;
mod refusal;
mod wire;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::options::ServerOptions;
use phase::Phase;
use wire::Wire;

/// The most headers of a request: what hyper takes unasked, said here because API.md promises it.
const MOST_HEADERS: usize = 100;
/// The largest head of a request, in bytes. Twice that is what is read at once, of a body too.
const LARGEST_HEAD: usize = 64 << 10;
/// How long to wait after the system had no connection to give: it is out of file handles, and some must come free.
const NO_HANDLES: Duration = Duration::from_millis(100);

/// How long a connection without a request stays open once the process drains: a request may be on its way over it, and
/// who sent that, a proxy with a pool of connections, must not send it twice.
const LINGER: Duration = Duration::from_millis(500);

/// How a server's end was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because their requests outlasted the drain.
    pub cut: usize,
}

/// Serves until `shutdown`; then takes no connection but those that the system has taken already, answers what comes
/// over open ones for half a second more, lets requests end for as long as the drain may last, and cuts the rest.
/// Returns when no connection is left.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServerOptions,
    shutdown: CancellationToken,
) -> Drained {
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    let places = Arc::new(Semaphore::new(options.connections));
    let take = |stream, place| {
        let ends = Ends { drain: shutdown.clone(), cut: cut.clone() };
        connections.spawn(connection(stream, router.clone(), options, ends, place));
    };
    while let Some((stream, place)) = accept(&listener, &places, &shutdown).await {
        take(stream, place);
    }
    for stream in waiting(listener) {
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { break };
        take(stream, place);
    }
    connections.close();
    let mut drained = Drained { cut: 0 };
    if timeout(options.drain, connections.wait()).await.is_err() {
        drained.cut = connections.len();
        tracing::warn!(connections = drained.cut, "the drain took too long; connections were cut");
        cut.cancel();
        connections.wait().await;
    }
    drained
}

/// The next connection and its place. `None` once the process drains.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accepting = async {
        let place = Arc::clone(places).acquire_owned().await.expect("this semaphore is never closed");
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return (stream, place),
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    sleep(NO_HANDLES).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        accepted = accepting => Some(accepted),
    }
}

/// The connections that the system has taken and we have not: their clients were told that somebody listens.
fn waiting(listener: TcpListener) -> impl Iterator<Item = TcpStream> {
    let listener = listener.into_std().ok();
    std::iter::from_fn(move || {
        let (stream, _) = listener.as_ref()?.accept().ok()?;
        stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)).ok()
    })
}

/// What ends a connection from our side.
struct Ends {
    /// After the request that is under way.
    drain: CancellationToken,
    /// At once.
    cut: CancellationToken,
}

async fn connection(
    stream: TcpStream,
    router: Router,
    options: ServerOptions,
    ends: Ends,
    place: OwnedSemaphorePermit,
) {
    let _place = place;
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let phase = Arc::new(Phase::default());
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&phase), options));
    let drain = ends.drain.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        answer(router.clone(), Arc::clone(&phase), drain.clone(), request)
    });
    let serving = http1::Builder::new()
        // The wire watches the head's time: it also knows silent and idle connections, which hyper counts as heads.
        .header_read_timeout(None)
        .max_headers(MOST_HEADERS)
        .max_header_size(LARGEST_HEAD)
        .max_buf_size(2 * LARGEST_HEAD)
        .serve_connection(wire, service);
    let mut serving = std::pin::pin!(serving);
    let lingered = async {
        ends.drain.cancelled().await;
        sleep(LINGER.min(options.drain / 2)).await;
    };
    let served = async {
        tokio::select! {
            ended = serving.as_mut() => return ended,
            () = lingered => serving.as_mut().graceful_shutdown(),
        }
        serving.await
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = ends.cut.cancelled() => return,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

async fn answer(
    mut router: Router,
    phase: Arc<Phase>,
    drain: CancellationToken,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    phase.begin();
    let has_body = !request.body().is_end_stream();
    let Ok(mut response) = router.call(request.map(Body::new)).await;
    if drain.is_cancelled() {
        // The connection's last answer.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    // A refusal may come before the body was read to its end.
    phase.end(has_body && !response.status().is_success());
    Ok(response)
}
