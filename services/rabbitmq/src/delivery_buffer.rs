//! The delivery buffer: tickets that were delivered and wait for a worker slot, and those that slots work on.
//!
//! It links the consumer's session to the callers of `next`. Its content belongs to one connection. When the connection
//! ends, the broker delivers everything again, and later settlements are ignored.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tally_jobs::ports::{Delivery, Receipt};
use tally_jobs::priority_queues::PriorityQueues;
use tally_jobs::record::Ticket;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::ack_tracker::{AckFrame, AckTracker, DeliveryId, Settlement};

/// One channel per ticket queue, and one for the dead-letter queue.
pub(crate) const CHANNELS: usize = 4;

pub(crate) struct DeliveryBuffer {
    state: Mutex<BufferState>,
    /// One permit per ticket that may be taken. Callers of `next` wait here, in order. Closed with the buffer.
    available: Semaphore,
    /// There are ack frames to send, or the buffer was closed.
    changed: Notify,
    /// Cancelled by the first `next`. Nothing is consumed before: a process that never asks keeps no ticket from others.
    demand: CancellationToken,
}

#[derive(Default)]
struct BufferState {
    waiting: PriorityQueues<BufferedTicket>,
    /// The deliveries of tickets in work, by receipt.
    in_work: HashMap<u64, DeliveryId>,
    /// The last receipt. Never reused, so a receipt of an old connection means nothing to a new one.
    last_receipt: u64,
    channels: [AckTracker; CHANNELS],
    /// Whether tickets may be taken as soon as they are delivered.
    open: bool,
}

struct BufferedTicket {
    ticket: Ticket,
    delivery: DeliveryId,
}

impl BufferState {
    fn add(&mut self, delivery: DeliveryId, parts: usize) {
        self.channels[delivery.channel].add(delivery.tag, parts);
    }

    fn complete(&mut self, delivery: DeliveryId, settlement: Settlement) {
        self.channels[delivery.channel].complete(delivery.tag, settlement);
    }
}

impl DeliveryBuffer {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            available: Semaphore::new(0),
            changed: Notify::new(),
            demand: CancellationToken::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BufferState> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next ticket by weight.
    pub(crate) async fn next(&self) -> Delivery {
        self.demand.cancel();
        loop {
            // Nothing awaits after the permit is taken, so a dropped future loses no ticket.
            let Ok(permit) = self.available.acquire().await else { return Delivery::Closed };
            permit.forget();
            if let Some((ticket, receipt)) = self.take() {
                return Delivery::Ticket(ticket, receipt);
            }
        }
    }

    fn take(&self) -> Option<(Ticket, Receipt)> {
        let mut state = self.lock();
        let BufferedTicket { ticket, delivery } = state.waiting.pop()?;
        state.last_receipt += 1;
        let receipt = state.last_receipt;
        state.in_work.insert(receipt, delivery);
        Some((ticket, Receipt(receipt)))
    }

    /// Settles a ticket. Ignored when the receipt belongs to an earlier connection.
    pub(crate) fn complete(&self, receipt: &Receipt, settlement: Settlement) {
        let mut state = self.lock();
        if let Some(delivery) = state.in_work.remove(&receipt.0) {
            state.complete(delivery, settlement);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Gives out no more tickets. Waiting ones are requeued.
    pub(crate) fn close(&self) {
        self.available.close();
        let mut state = self.lock();
        while let Some(ticket) = state.waiting.pop() {
            state.complete(ticket.delivery, Settlement::Requeue);
        }
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.available.is_closed()
    }

    /// Cancelled by the first call of `next`.
    pub(crate) const fn demand(&self) -> &CancellationToken {
        &self.demand
    }

    pub(crate) fn add(&self, tickets: Vec<Ticket>, delivery: DeliveryId) {
        let mut state = self.lock();
        if self.is_closed() {
            state.add(delivery, 1);
            state.complete(delivery, Settlement::Requeue);
            drop(state);
            return self.changed.notify_one();
        }
        let count = tickets.len();
        state.add(delivery, count);
        for ticket in tickets {
            state.waiting.push(ticket.priority, BufferedTicket { ticket, delivery });
        }
        if state.open {
            drop(state);
            self.available.add_permits(count);
        }
    }

    /// Tracks a delivery that no slot gets, until [`DeliveryBuffer::settle_discarded`].
    pub(crate) fn discard(&self, delivery: DeliveryId) {
        self.lock().add(delivery, 1);
    }

    pub(crate) fn settle_discarded(&self, delivery: DeliveryId, settlement: Settlement) {
        self.lock().complete(delivery, settlement);
        self.changed.notify_one();
    }

    /// From now on tickets may be taken as soon as they are delivered.
    pub(crate) fn open(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.open, true) {
            let waiting = state.waiting.len();
            drop(state);
            self.available.add_permits(waiting);
        }
    }

    /// Waits until there are ack frames to send or the buffer was closed.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Takes the ack frames to send, each with the index of its channel.
    pub(crate) fn take_frames(&self) -> Vec<(usize, AckFrame)> {
        let mut state = self.lock();
        let channels = state.channels.iter_mut().enumerate();
        channels
            .flat_map(|(channel, acks)| acks.take_frames().into_iter().map(move |frame| (channel, frame)))
            .collect()
    }

    /// Forgets all deliveries, because their connection ended. A permit left over wakes a caller, which then waits
    /// again.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        *state = BufferState { last_receipt: state.last_receipt, ..BufferState::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use tally_jobs::id::JobId;
    use tally_jobs::options::Priority;
    use uuid::Uuid;

    fn ticket(number: u64, priority: Priority) -> Ticket {
        Ticket { id: JobId::new(Uuid::from_u128(number.into())), epoch: number, priority, redelivered: false }
    }

    fn take(buffer: &DeliveryBuffer) -> Option<(u64, Receipt)> {
        match buffer.next().now_or_never()? {
            Delivery::Ticket(ticket, receipt) => Some((ticket.epoch, receipt)),
            Delivery::Closed => None,
        }
    }

    const fn delivery(tag: u64) -> DeliveryId {
        DeliveryId { channel: 0, tag }
    }

    const fn ack(tag: u64) -> (usize, AckFrame) {
        (0, AckFrame { tag, settlement: Settlement::Ack })
    }

    const fn requeue(tag: u64) -> (usize, AckFrame) {
        (0, AckFrame { tag, settlement: Settlement::Requeue })
    }

    #[test]
    fn tickets_delivered_before_the_opening_are_taken_by_weight() {
        let buffer = DeliveryBuffer::new();
        for (tag, priority) in [(1, Priority::Low), (2, Priority::Normal), (3, Priority::High)] {
            buffer.add(vec![ticket(tag, priority)], delivery(tag));
        }
        assert!(take(&buffer).is_none(), "not open");
        buffer.open();
        assert_eq!(take(&buffer).map(|(epoch, _)| epoch), Some(3));
        assert_eq!(take(&buffer).map(|(epoch, _)| epoch), Some(2));
    }

    #[test]
    fn ignores_a_receipt_of_an_earlier_connection() {
        let buffer = DeliveryBuffer::new();
        buffer.open();
        buffer.add(vec![ticket(1, Priority::Normal)], delivery(1));
        let (_, old) = take(&buffer).unwrap();
        buffer.clear();
        buffer.open();
        buffer.add(vec![ticket(2, Priority::Normal)], delivery(1));
        let (epoch, new) = take(&buffer).unwrap();
        assert_eq!(epoch, 2);
        buffer.complete(&old, Settlement::Ack);
        assert_eq!(buffer.take_frames(), [], "the first delivery of the new connection is still in work");
        buffer.complete(&new, Settlement::Ack);
        assert_eq!(buffer.take_frames(), [ack(1)]);
    }

    #[test]
    fn clearing_forgets_waiting_tickets() {
        let buffer = DeliveryBuffer::new();
        buffer.open();
        buffer.add(vec![ticket(1, Priority::Normal)], delivery(1));
        buffer.clear();
        assert!(take(&buffer).is_none());
        buffer.open();
        buffer.add(vec![ticket(2, Priority::Normal)], delivery(1));
        assert_eq!(take(&buffer).map(|(epoch, _)| epoch), Some(2));
    }

    #[test]
    fn tickets_of_one_message_are_settled_alone_and_requeued_together() {
        let buffer = DeliveryBuffer::new();
        buffer.open();
        buffer.add((1..=3).map(|number| ticket(number, Priority::Normal)).collect(), delivery(1));
        let (first, second) = (take(&buffer).unwrap(), take(&buffer).unwrap());
        assert_eq!((first.0, second.0), (1, 2));
        buffer.complete(&first.1, Settlement::Ack);
        buffer.close();
        assert_eq!(buffer.take_frames(), [], "one of them is in work");
        buffer.complete(&second.1, Settlement::Ack);
        assert_eq!(buffer.take_frames(), [requeue(1)]);
    }

    #[test]
    fn each_channel_has_its_own_delivery_tags() {
        let buffer = DeliveryBuffer::new();
        buffer.open();
        for (channel, priority) in [(0, Priority::High), (2, Priority::Low)] {
            for number in 1..=2 {
                buffer.add(vec![ticket(number, priority)], DeliveryId { channel, tag: number });
            }
        }
        for (channel, priority) in [(0, Priority::High), (2, Priority::Low)] {
            for epoch in 1..=2 {
                let (taken, receipt) = take(&buffer).unwrap();
                assert_eq!(taken, epoch, "{priority:?}");
                buffer.complete(&receipt, Settlement::Ack);
            }
            let frames = [1, 2].map(|tag| (channel, AckFrame { tag, settlement: Settlement::Ack }));
            assert_eq!(buffer.take_frames(), frames);
        }
    }

    #[test]
    fn closing_requeues_waiting_and_later_deliveries() {
        let buffer = DeliveryBuffer::new();
        buffer.open();
        (1..=3).for_each(|tag| buffer.add(vec![ticket(tag, Priority::Normal)], delivery(tag)));
        let (_, receipt) = take(&buffer).unwrap();
        buffer.close();
        buffer.add(vec![ticket(4, Priority::Normal)], delivery(4));
        assert_eq!(buffer.take_frames(), [requeue(2), requeue(3), requeue(4)]);
        buffer.complete(&receipt, Settlement::Ack);
        assert_eq!(buffer.take_frames(), [ack(1)], "work in progress may still be acked");
        assert!(matches!(buffer.next().now_or_never(), Some(Delivery::Closed)));
    }
}
