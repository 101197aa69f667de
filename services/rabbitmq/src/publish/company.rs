//! Tickets of light jobs that wait for others to travel with.
//!
//! Nobody waits for company alone: the first leaves at once, and what comes while a message with such tickets is under way
//! goes with the next one. Knows nothing of the broker.

use std::sync::Arc;

use tally_jobs::model::Ticket;
use tally_jobs::settings::Priority;
use tokio::sync::oneshot;

use super::Answer;
use crate::codec::MOST_TICKETS;

/// How many messages of one class may be under way before the next waits to be full: the fewer, the more each carries.
const UNDER_WAY: usize = 1;

/// Who waits, by class.
#[derive(Debug, Default)]
pub(super) struct Company {
    lines: [Line; Priority::ALL.len()],
}

#[derive(Debug, Default)]
struct Line {
    tickets: Vec<Ticket>,
    askers: Vec<oneshot::Sender<Answer>>,
    /// A copy is with each message under way.
    under_way: Arc<()>,
}

/// What leaves with one message.
#[derive(Debug)]
pub(super) struct Party {
    /// The tickets, of one class.
    pub(super) tickets: Vec<Ticket>,
    /// Who wait for its confirmation.
    pub(super) askers: Vec<oneshot::Sender<Answer>>,
    /// To be dropped when the broker has answered.
    pub(super) under_way: Arc<()>,
}

impl Company {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lines.iter().map(|line| line.tickets.len()).sum()
    }

    /// Adds a ticket.
    pub(super) fn join(&mut self, ticket: Ticket, asker: oneshot::Sender<Answer>) {
        let line = &mut self.lines[ticket.priority as usize];
        line.tickets.push(ticket);
        line.askers.push(asker);
    }

    /// Those who leave now. Call until there are none.
    pub(super) fn leaving(&mut self) -> Option<Party> {
        let may_leave = |line: &&mut Line| {
            let full = line.tickets.len() >= MOST_TICKETS;
            full || !line.tickets.is_empty() && Arc::strong_count(&line.under_way) <= UNDER_WAY
        };
        self.lines.iter_mut().find(may_leave).map(Line::leave)
    }

    /// The next of all, whatever is under way.
    pub(super) fn next(&mut self) -> Option<Party> {
        self.lines.iter_mut().find(|line| !line.tickets.is_empty()).map(Line::leave)
    }
}

impl Line {
    fn leave(&mut self) -> Party {
        let some = self.tickets.len().min(MOST_TICKETS);
        Party {
            tickets: self.tickets.drain(..some).collect(),
            askers: self.askers.drain(..some).collect(),
            under_way: Arc::clone(&self.under_way),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_jobs::model::JobId;
    use uuid::Uuid;

    fn join(company: &mut Company, number: u64, priority: Priority) {
        let id = JobId::new(Uuid::from_u128(number.into()));
        company.join(Ticket { id, epoch: number, priority, redelivered: false }, oneshot::channel().0);
    }

    fn epochs(party: &Party) -> Vec<u64> {
        assert_eq!(party.tickets.len(), party.askers.len());
        party.tickets.iter().map(|ticket| ticket.epoch).collect()
    }

    #[test]
    fn the_first_leaves_alone_and_the_next_together_when_it_is_back() {
        let mut company = Company::default();
        join(&mut company, 1, Priority::Normal);
        let first = company.leaving().unwrap();
        assert_eq!(epochs(&first), [1]);
        for (number, priority) in [(2, Priority::Normal), (3, Priority::High), (4, Priority::Normal)] {
            join(&mut company, number, priority);
        }
        let urgent = company.leaving().unwrap();
        assert_eq!(epochs(&urgent), [3], "each class waits for its own");
        assert!(company.leaving().is_none());
        drop(first);
        assert_eq!(epochs(&company.leaving().unwrap()), [2, 4]);
        assert_eq!(company.len(), 0);
    }

    #[test]
    fn a_full_message_waits_for_nobody() {
        let mut company = Company::default();
        join(&mut company, 0, Priority::Normal);
        let _under_way = company.leaving().unwrap();
        (1..40).for_each(|number| join(&mut company, number, Priority::Normal));
        assert_eq!(epochs(&company.leaving().unwrap()), (1..17).collect::<Vec<_>>());
        assert_eq!(epochs(&company.leaving().unwrap()), (17..33).collect::<Vec<_>>());
        assert!(company.leaving().is_none());
        assert_eq!(epochs(&company.next().unwrap()), (33..40).collect::<Vec<_>>(), "unless it has waited");
        assert!(company.next().is_none());
    }
}
