//! Tickets that submits have handed out, until the store is told.
//!
//! A store that is told at once writes one change more for every job. Most jobs are in a worker's hands or done a moment
//! later, and then nothing needs to be written: so what was handed out is told later, together, by the relay.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tally_kernel::Timestamp;

use crate::model::Ticket;

/// How long a store leaves a new job to its submit, before the relay finds it overdue. Picked up by the next look after
/// that, a job whose submit died is in line within two seconds.
pub const LEFT_TO_SUBMIT: Duration = Duration::from_millis(1500);
/// How long notes wait: so long that the look after it is well before the relay would find the job overdue.
const KEPT: Duration = Duration::from_millis(250);

/// The notes of one process. One that is lost with it costs a repeated ticket, which does no harm.
#[derive(Debug, Default)]
pub struct Notes {
    /// In the order of their times.
    waiting: Mutex<VecDeque<(Ticket, Timestamp)>>,
}

impl Notes {
    /// The queue confirmed this ticket at this moment.
    pub fn put(&self, ticket: Ticket, at: Timestamp) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((ticket, at));
    }

    /// What the store should be told by `now`, and the moment of the last of it.
    pub fn due(&self, now: Timestamp) -> Option<(Vec<Ticket>, Timestamp)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let due = waiting.iter().take_while(|(_, at)| at.after(KEPT) <= now).count();
        let last = waiting.get(due.checked_sub(1)?)?.1;
        Some((waiting.drain(..due).map(|(ticket, _)| ticket).collect(), last))
    }

    /// The store could not be told of these: they are due again, before all others.
    pub fn put_back(&self, tickets: Vec<Ticket>, at: Timestamp) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.into_iter().rev().for_each(|ticket| waiting.push_front((ticket, at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobId;
    use crate::settings::Priority;

    #[test]
    fn what_was_handed_out_is_told_after_a_while_and_once() {
        let (notes, begin) = (Notes::default(), Timestamp::from_ms(0));
        let ticket = |number: u128| {
            let id = JobId::new(uuid::Uuid::from_u128(number));
            Ticket { id, epoch: 0, priority: Priority::Normal, redelivered: false }
        };
        notes.put(ticket(1), begin);
        notes.put(ticket(2), begin.after(KEPT / 2));
        assert_eq!(notes.due(begin.after(KEPT / 2)), None);
        assert_eq!(notes.due(begin.after(KEPT)), Some((vec![ticket(1)], begin)));
        assert_eq!(notes.due(begin.after(KEPT)), None);
        notes.put(ticket(3), begin.after(KEPT));
        let told = (vec![ticket(2), ticket(3)], begin.after(KEPT));
        assert_eq!(notes.due(begin.after(LEFT_TO_SUBMIT * 2)), Some(told.clone()));
        notes.put(ticket(4), begin.after(KEPT));
        notes.put_back(told.0, told.1);
        let again = (vec![ticket(2), ticket(3), ticket(4)], begin.after(KEPT));
        assert_eq!(notes.due(begin.after(LEFT_TO_SUBMIT * 2)), Some(again));
        assert!(KEPT < LEFT_TO_SUBMIT);
    }
}
