//! The socket below hyper: it ends an answer that the client does not read, and it closes without destroying an answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// How long, and how much, is read and discarded after an answer that came before the end of its request. A socket
/// closed with unread bytes sends a reset, and the reset can destroy the answer before the client reads it. A proxy that
/// was sending then answers 502; it sends some megabytes before it reads.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 64 << 20;

/// What a connection's socket, service and timer share. All three run in one task.
#[derive(Default)]
pub(super) struct ConnectionState {
    /// The bytes received so far.
    pub(super) received: AtomicU64,
    /// Whether the body of the last request may not have been read to its end.
    pub(super) body_unread: AtomicBool,
}

/// The socket of a connection.
pub(super) struct ConnectionIo {
    stream: TcpStream,
    state: Arc<ConnectionState>,
    write_stall: Duration,
    /// Runs while the client takes no byte of what is written.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs after the close for writing.
    linger: Option<Pin<Box<Sleep>>>,
    discarded: usize,
}

impl ConnectionIo {
    pub(super) fn new(stream: TcpStream, state: Arc<ConnectionState>, write_stall: Duration) -> Self {
        Self { stream, state, write_stall, stalled: None, linger: None, discarded: 0 }
    }

    /// Fails a write that has been pending for too long.
    fn with_stall_limit<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.write_stall;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut buffer = [0; 8 << 10];
        while self.discarded < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.discarded += buffer.filled().len(),
                Poll::Ready(_) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for ConnectionIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.state.received.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        read
    }
}

impl AsyncWrite for ConnectionIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.with_stall_limit(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.with_stall_limit(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.linger = Some(Box::pin(sleep(LINGER)));
        }
        if !self.state.body_unread.load(Ordering::Relaxed) || self.poll_discard(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.linger.as_mut().map_or(Poll::Ready(()), |linger| linger.as_mut().poll(cx)).map(Ok)
    }
}
