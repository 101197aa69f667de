//! Tickets of light jobs that wait for others to travel with.
//!
//! Nobody waits for company alone: the first leaves at once, and what comes while a message with such tickets is under way
//! goes with the next one. In a crowd, where each message has many, the next one leaves a few milliseconds later, with
//! more: a message costs the broker and its reader the same whatever it carries. Knows nothing of the broker.

use std::sync::Arc;
use std::time::Duration;

use tally_jobs::model::Ticket;
use tally_jobs::settings::Priority;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Answer;
use crate::codec::MOST_TICKETS;

/// How many messages of one class may be under way before the next waits to be full: the fewer, the more each carries.
const UNDER_WAY: usize = 1;
/// So many in one message are a crowd …
const CROWD: usize = 8;
/// … which the next message lets come together for so long since this one left. Measured with one API and one worker on
/// two cores, 64 clients at once: the broker took 0.065 ms of CPU a job without it and 0.045 ms with it.
const GATHERING: Duration = Duration::from_millis(8);

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
    /// When the next may leave that is not full, where there is a crowd.
    not_before: Option<Instant>,
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
    pub(super) fn leaving(&mut self, now: Instant) -> Option<Party> {
        let may_leave = |line: &&mut Line| {
            let full = line.tickets.len() >= MOST_TICKETS;
            full || line.is_ready() && line.not_before.is_none_or(|from| from <= now)
        };
        self.lines.iter_mut().find(may_leave).map(|line| line.leave(now))
    }

    /// When somebody leaves though nobody comes and no message is answered.
    pub(super) fn departure(&self) -> Option<Instant> {
        self.lines.iter().filter(|line| line.is_ready()).filter_map(|line| line.not_before).min()
    }

    /// The next of all, whatever is under way.
    pub(super) fn next(&mut self, now: Instant) -> Option<Party> {
        self.lines.iter_mut().find(|line| !line.tickets.is_empty()).map(|line| line.leave(now))
    }
}

impl Line {
    /// Whether somebody waits, and for no message under way.
    fn is_ready(&self) -> bool {
        !self.tickets.is_empty() && Arc::strong_count(&self.under_way) <= UNDER_WAY
    }

    fn leave(&mut self, now: Instant) -> Party {
        let some = self.tickets.len().min(MOST_TICKETS);
        self.not_before = (some >= CROWD).then(|| now + GATHERING);
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
        let (mut company, now) = (Company::default(), Instant::now());
        join(&mut company, 1, Priority::Normal);
        let first = company.leaving(now).unwrap();
        assert_eq!(epochs(&first), [1]);
        for (number, priority) in [(2, Priority::Normal), (3, Priority::High), (4, Priority::Normal)] {
            join(&mut company, number, priority);
        }
        let urgent = company.leaving(now).unwrap();
        assert_eq!(epochs(&urgent), [3], "each class waits for its own");
        assert!(company.leaving(now).is_none());
        drop(first);
        assert_eq!(epochs(&company.leaving(now).unwrap()), [2, 4], "two are no crowd");
        assert_eq!((company.len(), company.departure()), (0, None));
    }

    #[test]
    fn a_full_message_waits_for_nobody() {
        let (mut company, now) = (Company::default(), Instant::now());
        join(&mut company, 0, Priority::Normal);
        let _under_way = company.leaving(now).unwrap();
        (1..80).for_each(|number| join(&mut company, number, Priority::Normal));
        assert_eq!(epochs(&company.leaving(now).unwrap()), (1..33).collect::<Vec<_>>());
        assert_eq!(epochs(&company.leaving(now).unwrap()), (33..65).collect::<Vec<_>>());
        assert!(company.leaving(now).is_none());
        assert_eq!(epochs(&company.next(now).unwrap()), (65..80).collect::<Vec<_>>(), "unless it has waited");
        assert!(company.next(now).is_none());
    }

    #[test]
    fn a_crowd_gathers_for_a_moment_and_who_comes_later_leaves_at_once() {
        let (mut company, now) = (Company::default(), Instant::now());
        (0..9).for_each(|number| join(&mut company, number, Priority::Normal));
        let crowd = company.leaving(now).unwrap();
        join(&mut company, 9, Priority::Normal);
        assert_eq!(company.departure(), None, "the answer of the one under way is waited for");
        drop(crowd);
        assert!(company.leaving(now).is_none());
        let departure = company.departure().unwrap();
        assert_eq!(departure, now + GATHERING);
        join(&mut company, 10, Priority::Normal);
        assert_eq!(epochs(&company.leaving(departure).unwrap()), [9, 10]);
        join(&mut company, 11, Priority::Normal);
        assert_eq!(epochs(&company.leaving(departure).unwrap()), [11], "the crowd is gone");
    }
}
