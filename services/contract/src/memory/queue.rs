//! A queue in memory, by weight.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tally_jobs::options::Priority;
use tally_jobs::ports::{Delivery, JobQueue, Receipt};
use tally_jobs::record::Ticket;
use tally_kernel::Fault;
use tokio::sync::Semaphore;

/// The lines, each as often as its turn comes in a round of twelve.
const ROUND: [Priority; 12] = {
    use Priority::{High, Low, Normal};
    [High, High, High, Normal, High, High, Normal, High, High, Normal, High, Low]
};

/// The queue.
pub struct MemoryQueue {
    state: Mutex<State>,
    ready: Semaphore,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Ticket>,
    handed: HashMap<u64, Ticket>,
    receipts: u64,
    turn: usize,
}

impl Default for MemoryQueue {
    fn default() -> Self {
        Self { state: Mutex::default(), ready: Semaphore::new(0) }
    }
}

impl MemoryQueue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pop(&mut self) -> Option<Ticket> {
        for _ in ROUND {
            let wanted = ROUND[self.turn % ROUND.len()];
            self.turn += 1;
            if let Some(place) = self.waiting.iter().position(|ticket| ticket.priority == wanted) {
                return self.waiting.remove(place);
            }
        }
        None
    }
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn publish(&self, ticket: Ticket) -> Result<(), Fault> {
        self.lock().waiting.push_back(ticket);
        self.ready.add_permits(1);
        Ok(())
    }

    async fn next(&self) -> Result<Delivery, Fault> {
        loop {
            let Ok(permit) = self.ready.acquire().await else { return Ok(Delivery::Closed) };
            permit.forget();
            let mut state = self.lock();
            if let Some(ticket) = state.pop() {
                state.receipts += 1;
                let receipt = state.receipts;
                state.handed.insert(receipt, ticket);
                return Ok(Delivery::Ticket(ticket, Receipt(receipt)));
            }
        }
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), Fault> {
        self.lock().handed.remove(&receipt.0);
        Ok(())
    }

    async fn nack(&self, receipt: Receipt) -> Result<(), Fault> {
        let mut state = self.lock();
        if let Some(ticket) = state.handed.remove(&receipt.0) {
            state.waiting.push_front(ticket);
            self.ready.add_permits(1);
        }
        Ok(())
    }

    fn close(&self) {
        self.ready.close();
    }
}
