//! Tickets that are not in a queue yet, and when they are due.
//!
//! A retry after a pause waits here. Asking for due tickets costs nothing when there are none.

use std::collections::{BTreeMap, HashMap};

use tally_jobs::id::JobId;
use tally_jobs::record::Ticket;
use tally_kernel::Timestamp;

/// Tickets in the order of their times, one for each job.
#[derive(Debug, Default)]
pub struct DeferredTickets {
    by_time: BTreeMap<(Timestamp, JobId), Ticket>,
    times: HashMap<JobId, Timestamp>,
}

impl DeferredTickets {
    /// Adds a ticket, and replaces an earlier one of its job.
    pub fn put(&mut self, ticket: Ticket, due_at: Timestamp) {
        self.remove(ticket.id);
        self.times.insert(ticket.id, due_at);
        self.by_time.insert((due_at, ticket.id), ticket);
    }

    pub fn remove(&mut self, id: JobId) {
        if let Some(due_at) = self.times.remove(&id) {
            self.by_time.remove(&(due_at, id));
        }
    }

    /// The tickets that are due, the earliest first, with their times.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, Ticket)> {
        self.by_time
            .iter()
            .take_while(move |((due_at, _), _)| *due_at <= now)
            .map(|((at, _), ticket)| (*at, *ticket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_jobs::options::Priority;
    use uuid::Uuid;

    fn ticket(number: u128, epoch: u64) -> Ticket {
        let id = JobId::new(Uuid::from_u128(number));
        Ticket { id, epoch, priority: Priority::Normal, redelivered: false }
    }

    #[test]
    fn returns_due_tickets_in_order_and_one_for_each_job() {
        let at = Timestamp::from_ms;
        let mut deferred = DeferredTickets::default();
        deferred.put(ticket(1, 1), at(30));
        deferred.put(ticket(2, 1), at(20));
        deferred.put(ticket(1, 2), at(10));
        assert_eq!(deferred.due(at(9)).count(), 0);
        let due: Vec<_> = deferred.due(at(99)).map(|(_, ticket)| ticket).collect();
        assert_eq!(due, [ticket(1, 2), ticket(2, 1)]);
        deferred.remove(ticket(1, 2).id);
        deferred.remove(ticket(2, 1).id);
        assert!(deferred.by_time.is_empty() && deferred.times.is_empty());
    }
}
