//! The batcher: tickets of small jobs that wait to share a message.
//!
//! A ticket never waits for others to come. The first one is sent at once; those that come while a message is in flight
//! share the next one.

use std::sync::Arc;

use tally_jobs::options::Priority;
use tally_jobs::record::Ticket;
use tokio::sync::oneshot;

use super::PublishResult;
use crate::message_codec::MAX_TICKETS;

#[derive(Debug, Default)]
pub(super) struct MessageBatcher {
    queues: [PendingTickets; Priority::ALL.len()],
}

/// The tickets of one priority.
#[derive(Debug, Default)]
struct PendingTickets {
    tickets: Vec<Ticket>,
    waiters: Vec<oneshot::Sender<PublishResult>>,
    /// Each message in flight holds a clone.
    in_flight: Arc<()>,
}

/// The tickets of one message, all of one priority.
#[derive(Debug)]
pub(super) struct MessageBatch {
    pub(super) tickets: Vec<Ticket>,
    pub(super) waiters: Vec<oneshot::Sender<PublishResult>>,
    /// To be dropped with the confirm.
    pub(super) in_flight: Arc<()>,
}

impl MessageBatcher {
    pub(super) fn len(&self) -> usize {
        self.queues.iter().map(|queue| queue.tickets.len()).sum()
    }

    pub(super) fn add(&mut self, ticket: Ticket, waiter: oneshot::Sender<PublishResult>) {
        let queue = &mut self.queues[ticket.priority as usize];
        queue.tickets.push(ticket);
        queue.waiters.push(waiter);
    }

    /// A batch to send now. Call until there is none.
    pub(super) fn next_due(&mut self) -> Option<MessageBatch> {
        self.queues.iter_mut().find(|queue| queue.is_due()).map(PendingTickets::take_batch)
    }

    /// The next batch, due or not.
    pub(super) fn flush(&mut self) -> Option<MessageBatch> {
        self.queues.iter_mut().find(|queue| !queue.tickets.is_empty()).map(PendingTickets::take_batch)
    }
}

impl PendingTickets {
    /// Whether a message is full, or there are tickets and no message in flight to wait for.
    fn is_due(&self) -> bool {
        let must_wait = Arc::strong_count(&self.in_flight) > 1;
        self.tickets.len() >= MAX_TICKETS || !must_wait && !self.tickets.is_empty()
    }

    fn take_batch(&mut self) -> MessageBatch {
        let count = self.tickets.len().min(MAX_TICKETS);
        MessageBatch {
            tickets: self.tickets.drain(..count).collect(),
            waiters: self.waiters.drain(..count).collect(),
            in_flight: Arc::clone(&self.in_flight),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_jobs::id::JobId;
    use uuid::Uuid;

    fn add(batcher: &mut MessageBatcher, number: u64, priority: Priority) {
        let id = JobId::new(Uuid::from_u128(number.into()));
        batcher.add(Ticket { id, epoch: number, priority, redelivered: false }, oneshot::channel().0);
    }

    fn epochs(batch: &MessageBatch) -> Vec<u64> {
        assert_eq!(batch.tickets.len(), batch.waiters.len());
        batch.tickets.iter().map(|ticket| ticket.epoch).collect()
    }

    #[test]
    fn the_first_ticket_is_sent_alone_and_the_next_ones_share_a_message() {
        let mut batcher = MessageBatcher::default();
        add(&mut batcher, 1, Priority::Normal);
        let first = batcher.next_due().unwrap();
        assert_eq!(epochs(&first), [1]);
        for (number, priority) in [(2, Priority::Normal), (3, Priority::High), (4, Priority::Normal)] {
            add(&mut batcher, number, priority);
        }
        let high = batcher.next_due().unwrap();
        assert_eq!(epochs(&high), [3], "each priority waits only for its own messages");
        assert!(batcher.next_due().is_none());
        drop(first);
        assert_eq!(epochs(&batcher.next_due().unwrap()), [2, 4]);
        assert_eq!(batcher.len(), 0);
    }

    #[test]
    fn a_full_message_does_not_wait() {
        let mut batcher = MessageBatcher::default();
        add(&mut batcher, 0, Priority::Normal);
        let _in_flight = batcher.next_due().unwrap();
        (1..80).for_each(|number| add(&mut batcher, number, Priority::Normal));
        assert_eq!(epochs(&batcher.next_due().unwrap()), (1..33).collect::<Vec<_>>());
        assert_eq!(epochs(&batcher.next_due().unwrap()), (33..65).collect::<Vec<_>>());
        assert!(batcher.next_due().is_none());
        assert_eq!(epochs(&batcher.flush().unwrap()), (65..80).collect::<Vec<_>>(), "a flush takes the rest");
        assert!(batcher.flush().is_none());
    }
}
