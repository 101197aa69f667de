//! Whether the store answers, as the slots of one worker find it.
//!
//! While it does not, tickets stay in hand. Given back, each would be handed out again at once, for as long as the
//! outage lasts, and brokers before 4.3 drop a ticket that came back too often. Knows no store and no queue.

use std::sync::Arc;
use std::time::Duration;

use tally_kernel::{Clock, Fault, Ids};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// How long a slot waits before it asks again, about.
const REST: Duration = Duration::from_secs(1);

/// Shared by the slots: one of them asks now and then, the others wait for its word.
#[derive(Clone)]
pub(crate) struct Outage {
    away: Arc<watch::Sender<bool>>,
    turn: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// Nobody knows yet: it is this one's turn to ask.
    Turn,
    /// Another one was answered.
    Back,
    /// The worker drains.
    Stopped,
}

impl Outage {
    /// The store answers, as far as is known.
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { away: Arc::new(watch::Sender::new(false)), turn: Arc::new(Semaphore::new(1)), clock, ids }
    }

    /// It did not answer. The log says so once.
    pub(crate) fn noted(&self, fault: &Fault) {
        let news = self.away.send_if_modified(|away| !std::mem::replace(away, true));
        let cause = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
        if news {
            tracing::warn!(%fault, cause, "the store does not answer; tickets are kept in hand until it does");
        } else {
            tracing::debug!(%fault, cause, "the store still does not answer");
        }
    }

    /// It answered.
    pub(crate) fn over(&self) {
        if self.away.send_if_modified(|away| std::mem::replace(away, false)) {
            tracing::info!("the store answers again");
        }
    }

    /// A while, not the same for all.
    pub(crate) async fn rest(&self) {
        self.clock.sleep(REST.mul_f64(0.5 + self.ids.chance())).await;
    }

    /// Waits until it makes sense to ask the store again, or until `stop`.
    pub(crate) async fn wait(&self, stop: &CancellationToken) -> Waited {
        let mut away = self.away.subscribe();
        let turn = async {
            // The semaphore is never closed; if it were, asking is right.
            let _turn = self.turn.acquire().await;
            self.rest().await;
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => Waited::Stopped,
            // The sender is ours, so this ends only when it is back.
            _ = away.wait_for(|away| !away) => Waited::Back,
            () = turn => Waited::Turn,
        }
    }
}
