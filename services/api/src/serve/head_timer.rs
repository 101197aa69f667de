//! The clock of hyper's timeout for request heads.
//!
//! hyper starts one timer when it begins to wait for a head, so an idle connection would end as soon as a slow head. A
//! proxy keeps idle connections for a minute; it must not find one closed under a request. So the timer gives idle time
//! a limit of its own, and times the head from its first byte.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt;
use hyper_util::rt::TokioTimer;
use tokio::time::{Sleep, sleep};

use super::connection_io::ConnectionState;
use crate::options::ServerOptions;

/// The timer of one connection.
pub(super) struct HeadTimer {
    state: Arc<ConnectionState>,
    options: ServerOptions,
    has_waited: AtomicBool,
}

impl HeadTimer {
    pub(super) fn new(state: Arc<ConnectionState>, options: ServerOptions) -> Self {
        Self { state, options, has_waited: AtomicBool::new(false) }
    }
}

impl rt::Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        TokioTimer::new().sleep(duration)
    }

    /// hyper calls this once for each head, before it waits for the head's first byte.
    fn sleep_until(&self, _deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        let is_first = !self.has_waited.swap(true, Ordering::Relaxed);
        let limit = if is_first { self.options.first_byte } else { self.options.idle };
        Box::pin(HeadDeadline {
            received_before: self.state.received.load(Ordering::Relaxed),
            state: Arc::clone(&self.state),
            head: self.options.head,
            has_begun: false,
            sleep: Box::pin(sleep(limit)),
        })
    }
}

/// Ends when a connection has been idle for too long, or when a head has taken too long since its first byte.
struct HeadDeadline {
    state: Arc<ConnectionState>,
    received_before: u64,
    head: Duration,
    has_begun: bool,
    sleep: Pin<Box<Sleep>>,
}

impl rt::Sleep for HeadDeadline {}

impl Future for HeadDeadline {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.has_begun && self.state.received.load(Ordering::Relaxed) > self.received_before {
            self.has_begun = true;
            self.sleep = Box::pin(sleep(self.head));
        }
        self.sleep.as_mut().poll(cx)
    }
}
