//! Moves jobs from "accepted" to "handed out" when the short way failed, and back from workers that died.
//!
//! Knows the order of steps and nothing about brokers: a broken queue is a `Fault`. Every instance may run one;
//! two that relay the same ticket do no harm, because a claim is a compare-and-set.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tally_kernel::{Clock, Fault, Timestamp};

use crate::events::{Event, Events};
use crate::notes::Notes;
use crate::ports::{JobQueue, JobStore};

/// How many tickets one step moves.
const AT_ONCE: usize = 256;
/// The soonest that a ticket which the queue confirmed is offered again while its job still waits: the queue may have
/// lost it (reliability.md, W6).
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// When a job that waits since `due_at` is to be offered again, its ticket having been offered `at` this moment: when
/// it has waited twice as long, so that a long line is not filled with repeats.
#[must_use]
pub fn offer_again_at(due_at: Timestamp, at: Timestamp) -> Timestamp {
    at.after(at.since(due_at).max(FORGOTTEN_AFTER))
}

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
    /// What the submits of this process have handed out.
    pub notes: Arc<Notes>,
}

impl Relay {
    /// Tells the store what was handed out, and offers what is overdue, up to a bound. Says how many it moved, so that
    /// the caller knows whether to go on at once. All are offered side by side, in their order; what the queue does not
    /// take stays overdue.
    pub async fn step(&self) -> Result<usize, Fault> {
        self.tell_notes().await?;
        // A store gives a ticket to one relay at a time: one that cannot offer would keep it from those who can.
        if !self.queue.takes_offers() {
            return Ok(0);
        }
        let overdue = self.store.overdue(self.clock.now(), AT_ONCE).await?;
        let offers = join_all(overdue.iter().map(|ticket| self.queue.offer(*ticket))).await;
        let mut moved = Vec::with_capacity(overdue.len());
        let mut refused = None;
        for (ticket, offered) in overdue.into_iter().zip(offers) {
            match offered {
                Ok(()) => moved.push(ticket),
                Err(fault) => refused = refused.or(Some(fault)),
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

    /// What the store does not take is told again: else all that was handed out during its outage would be overdue
    /// at its end, and be handed out twice.
    async fn tell_notes(&self) -> Result<(), Fault> {
        let Some((tickets, at)) = self.notes.due(self.clock.now()) else { return Ok(()) };
        let told = self.store.offered(&tickets, at).await;
        told.inspect_err(|_| self.notes.put_back(tickets, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_offered_again_after_a_minute_and_then_ever_less_often() {
        let due = Timestamp::from_ms(0);
        let minutes = |minutes: i64| Timestamp::from_ms(minutes * 60_000);
        assert_eq!(offer_again_at(due, due), minutes(1));
        assert_eq!(offer_again_at(due, minutes(1)), minutes(2));
        assert_eq!(offer_again_at(due, minutes(10)), minutes(20));
        assert_eq!(offer_again_at(minutes(9), minutes(1)), minutes(2), "a clock that is behind");
    }
}
