//! Three lines of tickets, drained by weight.
//!
//! Plain data: who may touch it, and who is woken, is the board's affair.

use std::collections::VecDeque;

use tally_jobs::model::Ticket;
use tally_jobs::settings::Priority;

/// How many of each class go in a round, the most urgent first: a class that has tickets is never left out for longer
/// than a round (reliability.md, W16).
const WEIGHTS: [u32; 3] = [8, 3, 1];

/// The lines.
#[derive(Debug, Default)]
pub struct Lines {
    waiting: [VecDeque<Ticket>; 3],
    /// How many of each class may still go in this round.
    left: [u32; 3],
}

impl Lines {
    /// To the end of its line.
    pub fn push(&mut self, ticket: Ticket) {
        self.waiting[place(ticket.priority)].push_back(ticket);
    }

    /// To the front of its line: it had its turn, and gives it to the next who asks.
    pub fn push_front(&mut self, ticket: Ticket) {
        let class = place(ticket.priority);
        self.waiting[class].push_front(ticket);
        self.left[class] += 1;
    }

    /// The next one by weight; within a class in the order of arrival.
    pub fn pop(&mut self) -> Option<Ticket> {
        for _ in 0..2 {
            for class in 0..WEIGHTS.len() {
                if self.left[class] > 0
                    && let Some(ticket) = self.waiting[class].pop_front()
                {
                    self.left[class] -= 1;
                    return Some(ticket);
                }
            }
            self.left = WEIGHTS;
        }
        None
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }
}

fn place(priority: Priority) -> usize {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_jobs::model::JobId;
    use uuid::Uuid;

    fn ticket(number: u128, priority: Priority) -> Ticket {
        Ticket { id: JobId::new(Uuid::from_u128(number)), epoch: 0, priority, redelivered: false }
    }

    #[test]
    fn a_round_takes_eight_three_one() {
        let mut lines = Lines::default();
        for number in 0..20 {
            Priority::ALL.into_iter().for_each(|priority| lines.push(ticket(number, priority)));
        }
        for _round in 0..2 {
            let mut taken = [0; 3];
            (0..12).for_each(|_| taken[place(lines.pop().unwrap().priority)] += 1);
            assert_eq!(taken, WEIGHTS);
        }
    }

    #[test]
    fn a_class_alone_is_not_held_back_and_keeps_its_order() {
        let mut lines = Lines::default();
        (0..30).for_each(|number| lines.push(ticket(number, Priority::Low)));
        (0..30).for_each(|number| assert_eq!(lines.pop(), Some(ticket(number, Priority::Low))));
        assert_eq!(lines.pop(), None);
    }

    #[test]
    fn what_comes_back_is_first_again() {
        let mut lines = Lines::default();
        (0..3).for_each(|number| lines.push(ticket(number, Priority::Normal)));
        let first = lines.pop().unwrap();
        lines.push_front(first);
        assert_eq!(lines.pop(), Some(first));
        assert_eq!(lines.len(), 2);
    }
}
