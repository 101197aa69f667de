//! The job queue, in the memory of this process.
//!
//! A start rebuilds it from the rows, so it never touches the disk.

use std::sync::Arc;

use async_trait::async_trait;
use tally_jobs::ports::{Delivery, JobQueue, Receipt};
use tally_jobs::record::Ticket;
use tally_kernel::Fault;

use crate::jobs::queue_state::QueueState;

/// The queue of one folder.
pub struct InProcessQueue {
    state: Arc<QueueState>,
}

impl InProcessQueue {
    /// The queue over this state.
    pub fn new(state: Arc<QueueState>) -> Self {
        Self { state }
    }

    fn take(&self) -> Option<(Ticket, Receipt)> {
        let mut state = self.state.lock();
        let ticket = state.queues.pop()?;
        state.last_receipt += 1;
        let receipt = state.last_receipt;
        state.unacknowledged.insert(receipt, ticket);
        Some((ticket, Receipt(receipt)))
    }
}

#[async_trait]
impl JobQueue for InProcessQueue {
    async fn publish(&self, ticket: Ticket) -> Result<(), Fault> {
        self.state.publish(ticket);
        Ok(())
    }

    async fn next(&self) -> Result<Delivery, Fault> {
        loop {
            // The semaphore is fair, and a dropped waiter passes its permit on. There is no await after this one, so
            // a dropped future has taken no ticket.
            let Ok(permit) = self.state.ready.acquire().await else { return Ok(Delivery::Closed) };
            permit.forget();
            if let Some((ticket, receipt)) = self.take() {
                return Ok(Delivery::Ticket(ticket, receipt));
            }
        }
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), Fault> {
        self.state.lock().unacknowledged.remove(&receipt.0);
        Ok(())
    }

    async fn nack(&self, receipt: Receipt) -> Result<(), Fault> {
        let mut state = self.state.lock();
        if let Some(ticket) = state.unacknowledged.remove(&receipt.0) {
            state.queues.push_front(ticket.priority, ticket);
            drop(state);
            self.state.ready.add_permits(1);
        }
        Ok(())
    }

    fn close(&self) {
        self.state.ready.close();
    }
}
