//! Three lines, drained by weight: the rule that no class starves (reliability.md, W16).
//!
//! Plain data for adapters of the queue; who may touch it, and who is woken, is their affair.

use std::collections::VecDeque;

use crate::settings::Priority;

/// How many of each class go in a round, the most urgent first: a class that has something is never left out for
/// longer than a round.
const WEIGHTS: [u32; 3] = [8, 3, 1];

/// Things that wait for their turn, each in the line of its class.
#[derive(Debug)]
pub struct Lines<T> {
    waiting: [VecDeque<T>; 3],
    /// How many of each class may still go in this round.
    left: [u32; 3],
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { waiting: Default::default(), left: [0; 3] }
    }
}

impl<T> Lines<T> {
    /// To the end of its line.
    pub fn push(&mut self, priority: Priority, item: T) {
        self.waiting[place(priority)].push_back(item);
    }

    /// To the front of its line: it had its turn, and gives it to the next who asks.
    pub fn push_front(&mut self, priority: Priority, item: T) {
        let class = place(priority);
        self.waiting[class].push_front(item);
        self.left[class] += 1;
    }

    /// The next one by weight; within a class in the order of arrival.
    pub fn pop(&mut self) -> Option<T> {
        for _ in 0..2 {
            for class in 0..WEIGHTS.len() {
                if self.left[class] > 0
                    && let Some(item) = self.waiting[class].pop_front()
                {
                    self.left[class] -= 1;
                    return Some(item);
                }
            }
            self.left = WEIGHTS;
        }
        None
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

const fn place(priority: Priority) -> usize {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_takes_eight_three_one() {
        let mut lines = Lines::default();
        for _ in 0..20 {
            Priority::ALL.into_iter().for_each(|priority| lines.push(priority, priority));
        }
        for _round in 0..2 {
            let mut taken = [0; 3];
            (0..12).for_each(|_| taken[place(lines.pop().unwrap())] += 1);
            assert_eq!(taken, WEIGHTS);
        }
    }

    #[test]
    fn a_class_alone_is_not_held_back_and_keeps_its_order() {
        let mut lines = Lines::default();
        (0..30).for_each(|number| lines.push(Priority::Low, number));
        (0..30).for_each(|number| assert_eq!(lines.pop(), Some(number)));
        assert_eq!(lines.pop(), None);
        assert!(lines.is_empty());
    }

    #[test]
    fn what_comes_back_is_first_again() {
        let mut lines = Lines::default();
        (0..3).for_each(|number| lines.push(Priority::Normal, number));
        let first = lines.pop().unwrap();
        lines.push_front(Priority::Normal, first);
        assert_eq!(lines.pop(), Some(first));
        assert_eq!(lines.len(), 2);
    }
}
