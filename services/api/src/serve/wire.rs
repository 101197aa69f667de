//! A connection's bytes, with an eye on time: heads that dawdle, clients that do not read, and a close that does not
//! cut off the answer.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::phase::{Phase, Waits};
use super::refusal;
use crate::options::ServerOptions;

/// How long, and how much, is read and thrown away after an answer that came before the request's end. A close with
/// unread bytes resets the connection, and a reset takes the answer back from a client that has not read it yet.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 << 20;

/// A connection that is watched.
pub(super) struct Wire {
    stream: TcpStream,
    phase: Arc<Phase>,
    options: ServerOptions,
    reading: Alarm,
    turn: Option<u64>,
    writing: Alarm,
    stalled: bool,
    /// A refusal that is being written in place of a bare answer.
    refusal: Vec<u8>,
    lingered: usize,
    is_closing: bool,
}

/// A deadline that mostly is put off before it comes. The timer below is touched only when it must be: when it rings
/// too early, or when a deadline comes before it.
#[derive(Default)]
struct Alarm {
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    fn set(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        self.deadline = Some(deadline);
        if let Some(timer) = &mut self.timer
            && timer.deadline() > deadline
        {
            timer.as_mut().reset(deadline);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}

impl Wire {
    pub(super) fn new(stream: TcpStream, phase: Arc<Phase>, options: ServerOptions) -> Self {
        Self {
            stream,
            phase,
            options,
            reading: Alarm::default(),
            turn: None,
            writing: Alarm::default(),
            stalled: false,
            refusal: Vec::new(),
            lingered: 0,
            is_closing: false,
        }
    }

    /// Nothing came: may that go on?
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (waits, turn) = self.phase.now();
        let patience = match waits {
            Waits::First => self.options.first_byte,
            Waits::Next => self.options.idle,
            Waits::Head => self.options.head,
            Waits::Us => return Poll::Pending,
        };
        if self.turn != Some(turn) {
            self.turn = Some(turn);
            self.reading.set(patience);
        }
        ready!(self.reading.poll(cx));
        if waits == Waits::Head {
            // The connection ends with this, whether or not it can be written at once.
            let _ = self.stream.try_write(&refusal::too_slow());
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        // As if the client had closed: nobody waits for an answer.
        Poll::Ready(Ok(()))
    }

    /// A write moved on or did not: a client that takes nothing for too long is left.
    fn watched<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = false;
            return written;
        }
        if !self.stalled {
            self.stalled = true;
            self.writing.set(self.options.write_stall);
        }
        ready!(self.writing.poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.refusal.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.refusal))?;
            self.refusal.drain(..written);
        }
        Poll::Ready(Ok(()))
    }

    /// Whether these bytes are a bare answer of the library's; then ours is written instead.
    fn takes_refusal(&mut self, bytes: &[u8]) -> bool {
        match refusal::instead_of(bytes) {
            Some(refusal) => {
                self.refusal = refusal;
                true
            }
            None => false,
        }
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut thrown_away = [0; 8 << 10];
        while self.lingered < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.lingered += buffer.filled().len(),
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return self.reading.poll(cx),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                if buffer.filled().len() > before {
                    self.phase.bytes_came();
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_patience(cx),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.takes_refusal(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = bytes
            && self.takes_refusal(only)
        {
            return Poll::Ready(Ok(only.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watched(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let refused = self.poll_refusal(cx);
        ready!(self.watched(cx, refused))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let refused = self.poll_refusal(cx);
        ready!(self.watched(cx, refused))?;
        if !self.is_closing {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.is_closing = true;
            self.reading.set(LINGER);
        }
        if self.phase.leaves_unread() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}
