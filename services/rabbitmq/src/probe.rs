//! Whether the broker is of use.
//!
//! Knows what the two connections show, nothing more.

use async_trait::async_trait;
use tally_kernel::{Fault, FaultKind, Probe};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::error::Shut;

/// The queue as health checks see it: well while offers are sent and, where tickets are asked for, come in.
pub(crate) struct QueueProbe {
    /// Why offers are refused.
    pub(crate) shut: watch::Receiver<Option<Shut>>,
    /// Whether tickets come in.
    pub(crate) flowing: watch::Receiver<bool>,
    /// Cancelled when somebody has asked for a ticket.
    pub(crate) wanted: CancellationToken,
}

impl QueueProbe {
    /// Waits until the queue is well.
    pub(crate) async fn well(&self) {
        let (mut shut, mut flowing) = (self.shut.clone(), self.flowing.clone());
        loop {
            // An error means that the queue has ended: it is never well again.
            if shut.wait_for(Option::is_none).await.is_err() {
                std::future::pending::<()>().await;
            }
            if self.wanted.is_cancelled() && flowing.wait_for(|flowing| *flowing).await.is_err() {
                std::future::pending::<()>().await;
            }
            if self.state().is_ok() {
                return;
            }
        }
    }

    fn state(&self) -> Result<(), Fault> {
        const DURING: &str = "use the broker";
        let refused = *self.shut.borrow();
        if let Some(shut) = refused {
            return Err(Fault::because(FaultKind::Unavailable, DURING, shut));
        }
        if self.wanted.is_cancelled() && !*self.flowing.borrow() {
            return Err(Fault::because(FaultKind::Unavailable, DURING, "no tickets come in"));
        }
        Ok(())
    }
}

#[async_trait]
impl Probe for QueueProbe {
    fn name(&self) -> &'static str {
        "queue"
    }

    async fn probe(&self) -> Result<(), Fault> {
        self.state()
    }
}
