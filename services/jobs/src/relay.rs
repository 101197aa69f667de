//! Moves jobs from "accepted" to "handed out" when the short way failed, and back from workers that died.
//!
//! Knows the order of steps and nothing about brokers: a broken queue is a `Fault`. Every instance may run one;
//! two that relay the same ticket do no harm, because a claim is a compare-and-set.

use std::sync::Arc;

use tally_kernel::{Clock, Fault};

use crate::events::{Event, Events};
use crate::ports::{JobQueue, JobStore};

/// How many tickets one step moves.
const AT_ONCE: usize = 256;

/// The use case and what it needs.
#[derive(Clone)]
pub struct Relay {
    /// Where jobs are remembered.
    pub store: Arc<dyn JobStore>,
    /// Where tickets wait.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told.
    pub events: Arc<dyn Events>,
}

impl Relay {
    /// Offers what is overdue, up to a bound. Says how many it moved, so that the caller knows whether to go on
    /// at once. Stops at the first ticket that the queue does not take: the rest stays overdue.
    pub async fn step(&self) -> Result<usize, Fault> {
        let overdue = self.store.overdue(self.clock.now(), AT_ONCE).await?;
        let mut moved = Vec::with_capacity(overdue.len());
        let mut refused = None;
        for ticket in overdue {
            match self.queue.offer(ticket).await {
                Ok(()) => moved.push(ticket),
                Err(fault) => {
                    refused = Some(fault);
                    break;
                }
            }
        }
        if !moved.is_empty() {
            self.store.offered(&moved, self.clock.now()).await?;
            self.events.tell(Event::Relayed(moved.len()));
        }
        match refused {
            Some(fault) if moved.is_empty() => Err(fault),
            _ => Ok(moved.len()),
        }
    }
}
