//! What a client does to a job that exists: cancel, retry, delete.

use std::sync::Arc;
use std::time::Duration;

use tally_kernel::{Clock, Fault};

use crate::events::{Event, Events};
use crate::model::JobId;
use crate::ports::{Carried, JobQueue, JobStore};
use crate::state::Order;
use crate::submit::offer;

/// The use case and what it needs.
#[derive(Clone)]
pub struct Amend {
    /// Where jobs are remembered.
    pub store: Arc<dyn JobStore>,
    /// Where tickets wait.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told.
    pub events: Arc<dyn Events>,
}

impl Amend {
    /// Carries out an order. What its state forbids is an ordinary answer, not an error.
    pub async fn run(&self, id: JobId, order: Order) -> Result<Carried, Fault> {
        let carried = self.store.amend(id, order, self.clock.now()).await?;
        if let Carried::Done { job, pending } = &carried {
            self.events.tell(Event::Ordered(id, order));
            if order == Order::Cancel {
                self.events.tell(Event::Ended { job: &Arc::new(job.clone()), run: Duration::ZERO });
            }
            if let Some(ticket) = *pending {
                let handing_out = async {
                    self.queue.offer(ticket).await?;
                    self.store.offered(&[ticket], self.clock.now()).await
                };
                offer(ticket, handing_out, &*self.clock, &*self.events).await;
            }
        }
        Ok(carried)
    }
}
