//! Whether the store answers, as seen by the slots of one worker.
//!
//! During an outage the slots keep their tickets. A ticket given back would be delivered again at once, for as long as
//! the outage lasts, and brokers before RabbitMQ 4.3 drop a ticket that came back too often.

use std::sync::Arc;
use std::time::Duration;

use tally_kernel::{Clock, Fault, Ids};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// The average pause before a slot asks the store again.
const PAUSE: Duration = Duration::from_secs(1);

/// Shared by all slots: one slot at a time asks the store again, and the others wait for its result.
#[derive(Clone)]
pub(crate) struct StoreOutage {
    outage: Arc<watch::Sender<bool>>,
    retry_turn: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutageWait {
    /// It is this slot's turn to ask the store.
    Retry,
    /// The store answered another slot.
    Recovered,
    /// The worker shuts down.
    Stopped,
}

impl StoreOutage {
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let retry_turn = Arc::new(Semaphore::new(1));
        Self { outage: Arc::new(watch::Sender::new(false)), retry_turn, clock, ids }
    }

    /// The store did not answer. The first fault of an outage is logged as a warning.
    pub(crate) fn record(&self, fault: &Fault) {
        let began = self.outage.send_if_modified(|outage| !std::mem::replace(outage, true));
        let cause = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
        if began {
            tracing::warn!(%fault, cause, "the store does not answer; tickets are kept in hand until it does");
        } else {
            tracing::debug!(%fault, cause, "the store still does not answer");
        }
    }

    /// The store answered.
    pub(crate) fn clear(&self) {
        if self.outage.send_if_modified(|outage| std::mem::replace(outage, false)) {
            tracing::info!("the store answers again");
        }
    }

    /// Sleeps for a pause with jitter.
    pub(crate) async fn backoff(&self) {
        self.clock.sleep(PAUSE.mul_f64(0.5 + self.ids.chance())).await;
    }

    /// Waits until it makes sense to ask the store again, or until `stop`.
    pub(crate) async fn wait(&self, stop: &CancellationToken) -> OutageWait {
        let mut outage = self.outage.subscribe();
        let retry = async {
            // The semaphore is never closed; if it were, asking would be right.
            let _turn = self.retry_turn.acquire().await;
            self.backoff().await;
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => OutageWait::Stopped,
            // `self` owns the sender, so this ends only when the outage is over.
            _ = outage.wait_for(|outage| !outage) => OutageWait::Recovered,
            () = retry => OutageWait::Retry,
        }
    }
}
