//! Tickets that the submits of this process have published, until the store is told.
//!
//! Telling the store at once would cost one more write for every job. Most jobs are claimed or done a moment later, and
//! then nothing needs to be written: so the relay tells the store later, in batches.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tally_kernel::Timestamp;

use crate::record::Ticket;

/// How long a store leaves a new job to its submit, before the relay finds it overdue. Picked up by the next relay step
/// after that, a job whose submit died is queued within two seconds.
pub const SUBMIT_GRACE: Duration = Duration::from_millis(1500);
/// How long a confirmed publish is kept back: so long that the step after it is well before the relay would find the job
/// overdue.
const FLUSH_AFTER: Duration = Duration::from_millis(250);

/// The confirmed publishes of one process. One that is lost with it costs a repeated ticket, which does no harm.
#[derive(Debug, Default)]
pub struct ConfirmedPublishes {
    /// In the order of their times.
    waiting: Mutex<VecDeque<(Ticket, Timestamp)>>,
}

impl ConfirmedPublishes {
    /// The queue confirmed this ticket at this moment.
    pub fn put(&self, ticket: Ticket, at: Timestamp) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((ticket, at));
    }

    /// What the store should be told by `now`, and the moment of the last of it.
    pub fn due(&self, now: Timestamp) -> Option<(Vec<Ticket>, Timestamp)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let due = waiting.iter().take_while(|(_, at)| at.after(FLUSH_AFTER) <= now).count();
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
    use crate::id::JobId;
    use crate::options::Priority;

    #[test]
    fn a_confirmed_publish_is_due_after_a_while_and_once() {
        let (confirmed, begin) = (ConfirmedPublishes::default(), Timestamp::from_ms(0));
        let ticket = |number: u128| {
            let id = JobId::new(uuid::Uuid::from_u128(number));
            Ticket { id, epoch: 0, priority: Priority::Normal, redelivered: false }
        };
        confirmed.put(ticket(1), begin);
        confirmed.put(ticket(2), begin.after(FLUSH_AFTER / 2));
        assert_eq!(confirmed.due(begin.after(FLUSH_AFTER / 2)), None);
        assert_eq!(confirmed.due(begin.after(FLUSH_AFTER)), Some((vec![ticket(1)], begin)));
        assert_eq!(confirmed.due(begin.after(FLUSH_AFTER)), None);
        confirmed.put(ticket(3), begin.after(FLUSH_AFTER));
        let due = (vec![ticket(2), ticket(3)], begin.after(FLUSH_AFTER));
        assert_eq!(confirmed.due(begin.after(SUBMIT_GRACE * 2)), Some(due.clone()));
        confirmed.put(ticket(4), begin.after(FLUSH_AFTER));
        confirmed.put_back(due.0, due.1);
        let again = (vec![ticket(2), ticket(3), ticket(4)], begin.after(FLUSH_AFTER));
        assert_eq!(confirmed.due(begin.after(SUBMIT_GRACE * 2)), Some(again));
        assert!(FLUSH_AFTER < SUBMIT_GRACE);
    }
}
