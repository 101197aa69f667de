//! Publishes what the outbox still has: tickets that a submit could not publish, and those of workers that died.
//!
//! Knows the order of steps and nothing about brokers: a broken queue is a `Fault`. Every process may run a relay; two
//! that publish the same ticket do no harm, because a claim is a compare-and-set.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tally_kernel::{Clock, Fault, Timestamp};

use crate::confirmed_publishes::ConfirmedPublishes;
use crate::events::{Event, Events};
use crate::ports::{JobQueue, JobStore};

/// How many tickets one step publishes.
const AT_ONCE: usize = 256;
/// The soonest that a ticket which the queue confirmed is published again while its job still waits: a queue that lost
/// its data must not lose the job.
pub const PUBLISH_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// When a job that waits since `due_at` is to be published again, its ticket having been published `at` this moment:
/// when it has waited twice as long, so that a long queue is not filled with repeats.
#[must_use]
pub fn publish_again_at(due_at: Timestamp, at: Timestamp) -> Timestamp {
    at.after(at.since(due_at).max(PUBLISH_AGAIN_AFTER))
}

/// The use case and what it needs.
#[derive(Clone)]
pub struct Relay {
    /// Where jobs are stored.
    pub store: Arc<dyn JobStore>,
    /// Where tickets wait.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Receives what happened.
    pub events: Arc<dyn Events>,
    /// What the submits of this process have published.
    pub confirmed: Arc<ConfirmedPublishes>,
}

impl Relay {
    /// Tells the store what was published, and publishes what is overdue, up to a bound. Returns how many tickets it
    /// published, so that the caller knows whether to go on at once. All are published side by side, in their order; what
    /// the queue does not take stays overdue.
    pub async fn step(&self) -> Result<usize, Fault> {
        self.flush_confirmed().await?;
        // A store gives a ticket to one relay at a time: one that cannot publish would keep it from those that can.
        if !self.queue.can_publish() {
            return Ok(0);
        }
        let overdue = self.store.overdue(self.clock.now(), AT_ONCE).await?;
        let publishes = join_all(overdue.iter().map(|ticket| self.queue.publish(*ticket))).await;
        let mut published = Vec::with_capacity(overdue.len());
        let mut refused = None;
        for (ticket, result) in overdue.into_iter().zip(publishes) {
            match result {
                Ok(()) => published.push(ticket),
                Err(fault) => refused = refused.or(Some(fault)),
            }
        }
        if !published.is_empty() {
            self.store.published(&published, self.clock.now()).await?;
            self.events.emit(Event::Relayed(published.len()));
        }
        match refused {
            Some(fault) if published.is_empty() => Err(fault),
            _ => Ok(published.len()),
        }
    }

    /// What the store does not take is kept for the next step: else everything published during its outage would be
    /// overdue at its end, and be published twice.
    async fn flush_confirmed(&self) -> Result<(), Fault> {
        let Some((tickets, at)) = self.confirmed.due(self.clock.now()) else { return Ok(()) };
        let flushed = self.store.published(&tickets, at).await;
        flushed.inspect_err(|_| self.confirmed.put_back(tickets, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_published_again_after_a_minute_and_then_ever_less_often() {
        let due = Timestamp::from_ms(0);
        let minutes = |minutes: i64| Timestamp::from_ms(minutes * 60_000);
        assert_eq!(publish_again_at(due, due), minutes(1));
        assert_eq!(publish_again_at(due, minutes(1)), minutes(2));
        assert_eq!(publish_again_at(due, minutes(10)), minutes(20));
        assert_eq!(publish_again_at(minutes(9), minutes(1)), minutes(2), "a clock that is behind");
    }
}
