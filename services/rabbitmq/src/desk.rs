//! The tickets in this process' hands: those that came and wait for a slot, and those that slots work on.
//!
//! Between the session that consumes and those who ask for work. All of it belongs to one connection: when that ends,
//! the broker hands everything out again, and what is settled later is nothing to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tally_jobs::lines::Lines;
use tally_jobs::model::Ticket;
use tally_jobs::ports::{Handed, Receipt};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::acks::{Acks, Answer, End, Tag};

/// How many channels there are: one for each line, and one for what was delivered too often.
pub(crate) const CHANNELS: usize = 4;

/// What is in hand.
pub(crate) struct Desk {
    state: Mutex<State>,
    /// One permit for each ticket that may be taken: who waits for a ticket waits here, in order.
    ready: Semaphore,
    /// There is something to tell the broker.
    settled: Notify,
    /// Somebody has asked for a ticket. Before that none is fetched: a process that never asks keeps none from others.
    wanted: CancellationToken,
    /// Nothing is handed out any more.
    closed: CancellationToken,
}

#[derive(Default)]
struct State {
    lines: Lines<Waiting>,
    /// The deliveries of tickets that were taken, by receipt.
    handed: HashMap<u64, Tag>,
    /// The number of the last receipt; never used twice, so that one of an old connection means nothing to a new one.
    receipts: u64,
    /// Of each channel.
    acks: [Acks; CHANNELS],
    /// Whether what comes may be taken at once.
    open: bool,
}

/// A ticket and its delivery.
struct Waiting {
    ticket: Ticket,
    tag: Tag,
}

impl State {
    fn came(&mut self, tag: Tag, parts: usize) {
        self.acks[tag.channel].came(tag.number, parts);
    }

    fn ended(&mut self, tag: Tag, end: End) {
        self.acks[tag.channel].ended(tag.number, end);
    }
}

impl Desk {
    /// Nothing in hand.
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            ready: Semaphore::new(0),
            settled: Notify::new(),
            wanted: CancellationToken::new(),
            closed: CancellationToken::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next ticket by weight.
    pub(crate) async fn next(&self) -> Handed {
        self.wanted.cancel();
        loop {
            // From the permit to the end nothing waits, so a dropped future has either taken no ticket or returned it.
            let Ok(permit) = self.ready.acquire().await else { return Handed::Closed };
            permit.forget();
            if let Some((ticket, receipt)) = self.take() {
                return Handed::Ticket(ticket, receipt);
            }
        }
    }

    fn take(&self) -> Option<(Ticket, Receipt)> {
        let mut state = self.lock();
        let Waiting { ticket, tag } = state.lines.pop()?;
        state.receipts += 1;
        let receipt = state.receipts;
        state.handed.insert(receipt, tag);
        Some((ticket, Receipt(receipt)))
    }

    /// A slot is through with a ticket. Nothing for a receipt of a connection that has ended.
    pub(crate) fn settle(&self, receipt: &Receipt, end: End) {
        let mut state = self.lock();
        if let Some(tag) = state.handed.remove(&receipt.0) {
            state.ended(tag, end);
            drop(state);
            self.settled.notify_one();
        }
    }

    /// Hands out no more; what waits goes back to the broker.
    pub(crate) fn close(&self) {
        self.closed.cancel();
        self.ready.close();
        let mut state = self.lock();
        while let Some(waiting) = state.lines.pop() {
            state.ended(waiting.tag, End::Back);
        }
        drop(state);
        self.settled.notify_one();
    }

    /// Cancelled when somebody has asked for a ticket.
    pub(crate) const fn wanted(&self) -> &CancellationToken {
        &self.wanted
    }

    /// Cancelled when nothing is handed out any more.
    pub(crate) const fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Tickets came, with one delivery.
    pub(crate) fn came(&self, tickets: Vec<Ticket>, tag: Tag) {
        let mut state = self.lock();
        if self.closed.is_cancelled() {
            state.came(tag, 1);
            state.ended(tag, End::Back);
            drop(state);
            return self.settled.notify_one();
        }
        let count = tickets.len();
        state.came(tag, count);
        for ticket in tickets {
            state.lines.push(ticket.priority, Waiting { ticket, tag });
        }
        if state.open {
            drop(state);
            self.ready.add_permits(count);
        }
    }

    /// Something came that no slot gets; [`Desk::aside`] ends it.
    pub(crate) fn came_aside(&self, tag: Tag) {
        self.lock().came(tag, 1);
    }

    /// Ends what came aside.
    pub(crate) fn aside(&self, tag: Tag, end: End) {
        self.lock().ended(tag, end);
        self.settled.notify_one();
    }

    /// From now on what comes may be taken at once.
    pub(crate) fn open(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.open, true) {
            let waiting = state.lines.len();
            drop(state);
            self.ready.add_permits(waiting);
        }
    }

    /// Waits until there may be something to tell the broker.
    pub(crate) async fn settled(&self) {
        self.settled.notified().await;
    }

    /// What to tell the broker, and on which channel.
    pub(crate) fn answers(&self) -> Vec<(usize, Answer)> {
        let mut state = self.lock();
        let of_each = state.acks.iter_mut().enumerate();
        of_each
            .flat_map(|(channel, acks)| acks.answers().into_iter().map(move |answer| (channel, answer)))
            .collect()
    }

    /// The connection ended: nothing of it is in hand any more. Permits that are left over wake somebody who then
    /// waits again.
    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        *state = State { receipts: state.receipts, ..State::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use tally_jobs::model::JobId;
    use tally_jobs::settings::Priority;
    use uuid::Uuid;

    fn ticket(number: u64, priority: Priority) -> Ticket {
        Ticket { id: JobId::new(Uuid::from_u128(number.into())), epoch: number, priority, redelivered: false }
    }

    fn take(desk: &Desk) -> Option<(u64, Receipt)> {
        match desk.next().now_or_never()? {
            Handed::Ticket(ticket, receipt) => Some((ticket.epoch, receipt)),
            Handed::Closed => None,
        }
    }

    const fn at(number: u64) -> Tag {
        Tag { channel: 0, number }
    }

    const fn ack(tag: u64, multiple: bool) -> (usize, Answer) {
        (0, Answer::Ack { tag, multiple })
    }

    const fn back(tag: u64) -> (usize, Answer) {
        (0, Answer::Nack { tag, requeue: true })
    }

    #[test]
    fn what_came_before_the_opening_is_handed_out_by_weight() {
        let desk = Desk::new();
        for (tag, priority) in [(1, Priority::Low), (2, Priority::Normal), (3, Priority::High)] {
            desk.came(vec![ticket(tag, priority)], at(tag));
        }
        assert!(take(&desk).is_none(), "not open");
        desk.open();
        assert_eq!(take(&desk).map(|(epoch, _)| epoch), Some(3));
        assert_eq!(take(&desk).map(|(epoch, _)| epoch), Some(2));
    }

    #[test]
    fn a_receipt_of_an_old_connection_means_nothing_to_the_new_one() {
        let desk = Desk::new();
        desk.open();
        desk.came(vec![ticket(1, Priority::Normal)], at(1));
        let (_, old) = take(&desk).unwrap();
        desk.clear();
        desk.open();
        desk.came(vec![ticket(2, Priority::Normal)], at(1));
        let (epoch, new) = take(&desk).unwrap();
        assert_eq!(epoch, 2);
        desk.settle(&old, End::Done);
        assert_eq!(desk.answers(), [], "the first delivery of the new connection is still in work");
        desk.settle(&new, End::Done);
        assert_eq!(desk.answers(), [ack(1, false)]);
    }

    #[test]
    fn a_lost_connection_takes_its_tickets_along() {
        let desk = Desk::new();
        desk.open();
        desk.came(vec![ticket(1, Priority::Normal)], at(1));
        desk.clear();
        assert!(take(&desk).is_none());
        desk.open();
        desk.came(vec![ticket(2, Priority::Normal)], at(1));
        assert_eq!(take(&desk).map(|(epoch, _)| epoch), Some(2));
    }

    #[test]
    fn tickets_that_came_together_are_settled_alone_and_go_back_together() {
        let desk = Desk::new();
        desk.open();
        desk.came((1..=3).map(|number| ticket(number, Priority::Normal)).collect(), at(1));
        let (first, second) = (take(&desk).unwrap(), take(&desk).unwrap());
        assert_eq!((first.0, second.0), (1, 2));
        desk.settle(&first.1, End::Done);
        desk.close();
        assert_eq!(desk.answers(), [], "one of them is in work");
        desk.settle(&second.1, End::Done);
        assert_eq!(desk.answers(), [back(1)]);
    }

    #[test]
    fn each_channel_counts_its_deliveries_by_itself() {
        let desk = Desk::new();
        desk.open();
        for (channel, priority) in [(0, Priority::High), (2, Priority::Low)] {
            for number in 1..=2 {
                desk.came(vec![ticket(number, priority)], Tag { channel, number });
            }
        }
        for (channel, priority) in [(0, Priority::High), (2, Priority::Low)] {
            for epoch in 1..=2 {
                let (taken, receipt) = take(&desk).unwrap();
                assert_eq!(taken, epoch, "{priority:?}");
                desk.settle(&receipt, End::Done);
            }
            assert_eq!(desk.answers(), [(channel, Answer::Ack { tag: 2, multiple: true })]);
        }
    }

    #[test]
    fn closing_gives_back_what_waits_and_what_still_comes() {
        let desk = Desk::new();
        desk.open();
        (1..=3).for_each(|tag| desk.came(vec![ticket(tag, Priority::Normal)], at(tag)));
        let (_, receipt) = take(&desk).unwrap();
        desk.close();
        desk.came(vec![ticket(4, Priority::Normal)], at(4));
        assert_eq!(desk.answers(), [back(2), back(3), back(4)]);
        desk.settle(&receipt, End::Done);
        assert_eq!(desk.answers(), [ack(1, false)], "what is in work may still end");
        assert!(matches!(desk.next().now_or_never(), Some(Handed::Closed)));
    }
}
