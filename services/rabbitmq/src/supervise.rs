//! Keeps one connection alive for ever: makes it, lets its session serve on it, makes the next.
//!
//! Knows pauses and what to log, not what a connection is for. The log says once that the broker is away and why, and
//! once that it is back; tries between are on the level `debug`.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use tally_kernel::{Backoff, Clock, Ids};
use tokio_util::sync::CancellationToken;

use crate::address::Address;
use crate::connect::Link;
use crate::error::Trouble;
use crate::figures::Counters;
use crate::options::Options;

/// Pauses between two connections: short at first, for a broker that restarts; jittered, for many processes that lost
/// the same broker.
const PAUSES: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(10) };
/// A connection that lived as long as this is not failing in a row any more.
const STEADY: Duration = Duration::from_secs(10);

/// What is done on a connection.
pub(crate) trait Session: Send {
    /// What for, as a word for logs.
    const WHAT: &'static str;

    /// Serves until the connection is no longer of use, or `stop` is cancelled and all is said.
    fn serve(
        &mut self,
        link: &Link,
        stop: &CancellationToken,
    ) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// What there is to do while there is no connection. Dropped when there is one.
    fn without(&mut self) -> impl Future<Output = Infallible> + Send;
}

/// What all connections of one queue share.
#[derive(Clone)]
pub(crate) struct Supervisor {
    pub(crate) address: Arc<Address>,
    pub(crate) options: Arc<Options>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) stop: CancellationToken,
}

/// Where others find the connection of the moment.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Weak<Link>>>);

impl Slot {
    /// The connection, if there is one.
    pub(crate) fn link(&self) -> Option<Arc<Link>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }

    fn put(&self, link: &Arc<Link>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(link);
    }
}

impl Supervisor {
    /// Runs sessions until the stop.
    pub(crate) async fn run<S: Session>(self, mut session: S, slot: Slot) {
        let mut failures = 0;
        let mut said = None;
        while !self.stop.is_cancelled() {
            let Some(opened) = self.connect(&mut session).await else { return };
            let began = self.clock.now();
            let trouble = match opened {
                Ok(link) => {
                    self.greet::<S>(failures, &mut said);
                    self.serve(&mut session, link, &slot).await
                }
                Err(trouble) => Err(trouble),
            };
            let Err(trouble) = trouble else { return };
            failures = if self.clock.now().since(began) >= STEADY { 1 } else { failures + 1 };
            self.complain::<S>(&trouble, &mut said);
            let pause = PAUSES.pause(failures, self.ids.chance());
            tokio::select! {
                () = self.clock.sleep(pause) => {}
                () = self.stop.cancelled() => {}
                never = session.without() => match never {},
            }
        }
    }

    /// A connection, or why there is none; nothing at the stop.
    async fn connect<S: Session>(&self, session: &mut S) -> Option<Result<Link, Trouble>> {
        let name = format!("{} ({})", self.options.service, S::WHAT);
        tokio::select! {
            opened = Link::open(&self.address, &name, self.options.connect_timeout) => Some(opened),
            () = self.stop.cancelled() => None,
            never = session.without() => match never {},
        }
    }

    async fn serve<S: Session>(&self, session: &mut S, link: Link, slot: &Slot) -> Result<(), Trouble> {
        Counters::add(&self.counters.connections, 1);
        let link = Arc::new(link);
        slot.put(&link);
        let served = AssertUnwindSafe(session.serve(&link, &self.stop)).catch_unwind().await;
        link.end().await;
        served.unwrap_or(Err(Trouble::Panicked))
    }

    fn greet<S: Session>(&self, failures: u32, said: &mut Option<String>) {
        let address = &self.address.shown;
        if said.take().is_some() {
            tracing::info!(broker = address, after_tries = failures, "connected again to {}", S::WHAT);
        } else {
            tracing::debug!(broker = address, "connected to {}", S::WHAT);
        }
    }

    /// Says it when it is news.
    fn complain<S: Session>(&self, trouble: &Trouble, said: &mut Option<String>) {
        let (broker, cause) = (&self.address.shown, trouble.to_string());
        if said.as_ref() == Some(&cause) {
            tracing::debug!(broker, cause, "still no connection to {}", S::WHAT);
        } else {
            tracing::warn!(broker, cause, "no connection to {}; trying again until there is one", S::WHAT);
            *said = Some(cause);
        }
    }
}
