//! The HTTP server: accepts connections up to a limit, runs hyper on each, and shuts down gracefully.
//!
//! Knows connections and nothing of routes. HTTP/1.1 only, so hyper's own builder: that of hyper-util brings HTTP/2
//! with it. A client that needs more goes through a proxy.

mod connection_io;
mod head_timer;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::options::ServerOptions;
use connection_io::{ConnectionIo, ConnectionState};
use head_timer::HeadTimer;

/// Connections that the system accepts before the server does: a crowd of clients that arrive at once.
const BACKLOG: u32 = 4_096;
/// The most headers of a request.
const MAX_HEADERS: usize = 100;
/// The largest head of a request, in bytes. Twice that is read at once, of bodies too.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// The pause after a failed accept: the process is out of file handles, and some must be closed first.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long connections without a request stay open once the drain begins. A request may be on its way, and a proxy
/// with a pool of connections must not send it twice.
const LINGER: Duration = Duration::from_millis(500);

/// The result of a drain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because their requests outlasted the drain.
    pub cut: usize,
}

/// Listens on `address`. Port 0 takes any free port.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Otherwise a restart fails while connections of the last process are still closing.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `shutdown`. Then it accepts only what the system has accepted already, answers requests over open
/// connections for half a second more, lets running requests end for as long as the drain may last, and cuts the rest.
/// Returns when no connection is left.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServerOptions,
    shutdown: CancellationToken,
) -> Drained {
    let connections = TaskTracker::new();
    let graceful = GracefulShutdown::new();
    let cut = CancellationToken::new();
    let slots = Arc::new(Semaphore::new(options.connections));
    let open = |stream, slot: OwnedSemaphorePermit| {
        let connection = graceful.watch(connection(stream, router.clone(), options, shutdown.clone()));
        let cut = cut.clone();
        connections.spawn(async move {
            if let Some(Err(error)) = cut.run_until_cancelled(connection).await {
                tracing::debug!(%error, "a connection broke off");
            }
            drop(slot);
        });
    };
    while let Some((stream, slot)) = accept(&listener, &slots, &shutdown).await {
        open(stream, slot);
    }
    for stream in accepted_by_system(listener) {
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { break };
        open(stream, slot);
    }
    graceful_shutdown(graceful, &connections, &cut, options).await
}

/// Waits for the connections to end, then cuts those that are left.
async fn graceful_shutdown(
    graceful: GracefulShutdown,
    connections: &TaskTracker,
    cut: &CancellationToken,
    options: ServerOptions,
) -> Drained {
    connections.close();
    let linger = LINGER.min(options.drain / 2);
    let _ = timeout(linger, connections.wait()).await;
    let mut drained = Drained { cut: 0 };
    if timeout(options.drain - linger, graceful.shutdown()).await.is_err() {
        drained.cut = connections.len();
        tracing::warn!(connections = drained.cut, "the drain took too long; connections were cut");
        cut.cancel();
    }
    connections.wait().await;
    drained
}

/// The next connection and its slot. `None` once the process drains.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let accepting = async {
        let slot = Arc::clone(slots).acquire_owned().await.expect("this semaphore is never closed");
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return (stream, slot),
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    sleep(ACCEPT_PAUSE).await;
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

/// The connections in the backlog: to their clients they are open already.
fn accepted_by_system(listener: TcpListener) -> impl Iterator<Item = TcpStream> {
    let listener = listener.into_std().ok();
    std::iter::from_fn(move || {
        let (stream, _) = listener.as_ref()?.accept().ok()?;
        stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)).ok()
    })
}

fn connection(
    stream: TcpStream,
    router: Router,
    options: ServerOptions,
    shutdown: CancellationToken,
) -> impl GracefulConnection<Error = hyper::Error> + Send {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let state = Arc::new(ConnectionState::default());
    let io = TokioIo::new(ConnectionIo::new(stream, Arc::clone(&state), options.write_stall));
    let timer = HeadTimer::new(Arc::clone(&state), options);
    let service =
        service_fn(move |request| answer(router.clone(), Arc::clone(&state), shutdown.clone(), request));
    http1::Builder::new()
        .timer(timer)
        // A client may close its sending half after its request, as `nc -N` does, and still gets its answer.
        .half_close(true)
        .header_read_timeout(options.head)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(2 * MAX_HEAD_BYTES)
        .serve_connection(io, service)
}

async fn answer(
    mut router: Router,
    state: Arc<ConnectionState>,
    shutdown: CancellationToken,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let has_body = !request.body().is_end_stream();
    let Ok(mut response) = router.call(request.map(Body::new)).await;
    if shutdown.is_cancelled() {
        // The connection's last answer.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    // A refusal may come before the body was read to its end.
    state.body_unread.store(has_body && !response.status().is_success(), Ordering::Relaxed);
    Ok(response)
}
