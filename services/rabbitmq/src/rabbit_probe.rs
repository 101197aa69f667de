//! The health probe of the queue.

use async_trait::async_trait;
use tally_kernel::{Fault, FaultKind, Probe};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::BreakerOpen;

/// Ready while the circuit breaker is closed and, once this process has asked for tickets, its consumers are subscribed.
pub(crate) struct RabbitProbe {
    pub(crate) breaker: watch::Receiver<Option<BreakerOpen>>,
    pub(crate) consuming: watch::Receiver<bool>,
    /// Cancelled by the first request for a ticket.
    pub(crate) demand: CancellationToken,
}

impl RabbitProbe {
    /// Waits until the queue is ready. Waits for ever when the queue was shut down.
    pub(crate) async fn wait_ready(&self) {
        let (mut breaker, mut consuming) = (self.breaker.clone(), self.consuming.clone());
        while self.state().is_err() {
            // An error means that the task behind it has ended.
            let closed = breaker.wait_for(Option::is_none).await.is_ok();
            let needed = self.demand.is_cancelled();
            if !closed || needed && consuming.wait_for(|consuming| *consuming).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn state(&self) -> Result<(), Fault> {
        const DURING: &str = "use the broker";
        let open = *self.breaker.borrow();
        if let Some(open) = open {
            return Err(Fault::because(FaultKind::Unavailable, DURING, open));
        }
        if self.demand.is_cancelled() && !*self.consuming.borrow() {
            return Err(Fault::because(FaultKind::Unavailable, DURING, "no tickets come in"));
        }
        Ok(())
    }
}

#[async_trait]
impl Probe for RabbitProbe {
    fn name(&self) -> &'static str {
        "queue"
    }

    async fn probe(&self) -> Result<(), Fault> {
        self.state()
    }
}
