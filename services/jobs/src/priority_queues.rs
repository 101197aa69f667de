//! Three queues, one for each priority, drained by weight so that none starves.
//!
//! Plain data for adapters; locking and waking are theirs.

use std::collections::VecDeque;

use crate::options::Priority;

/// How many of each priority a round takes, the most urgent first. A queue that is not empty has its turn in each round.
const WEIGHTS: [u32; 3] = [8, 3, 1];

/// Items that wait, each in the queue of its priority.
#[derive(Debug)]
pub struct PriorityQueues<T> {
    waiting: [VecDeque<T>; 3],
    /// How many of each priority this round still takes.
    left: [u32; 3],
}

impl<T> Default for PriorityQueues<T> {
    fn default() -> Self {
        Self { waiting: Default::default(), left: [0; 3] }
    }
}

impl<T> PriorityQueues<T> {
    /// Adds an item at the end of its queue.
    pub fn push(&mut self, priority: Priority, item: T) {
        self.waiting[index(priority)].push_back(item);
    }

    /// Puts an item back at the front of its queue. Its turn passes to the next pop.
    pub fn push_front(&mut self, priority: Priority, item: T) {
        let at = index(priority);
        self.waiting[at].push_front(item);
        self.left[at] += 1;
    }

    /// The next item by weight; within a priority in the order of arrival.
    pub fn pop(&mut self) -> Option<T> {
        for _ in 0..2 {
            for at in 0..WEIGHTS.len() {
                if self.left[at] > 0
                    && let Some(item) = self.waiting[at].pop_front()
                {
                    self.left[at] -= 1;
                    return Some(item);
                }
            }
            self.left = WEIGHTS;
        }
        None
    }

    /// How many items wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }

    /// Whether no item waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

const fn index(priority: Priority) -> usize {
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
        let mut queues = PriorityQueues::default();
        for _ in 0..20 {
            Priority::ALL.into_iter().for_each(|priority| queues.push(priority, priority));
        }
        for _round in 0..2 {
            let mut taken = [0; 3];
            (0..12).for_each(|_| taken[index(queues.pop().unwrap())] += 1);
            assert_eq!(taken, WEIGHTS);
        }
    }

    #[test]
    fn one_priority_alone_is_not_held_back_and_keeps_its_order() {
        let mut queues = PriorityQueues::default();
        (0..30).for_each(|number| queues.push(Priority::Low, number));
        (0..30).for_each(|number| assert_eq!(queues.pop(), Some(number)));
        assert_eq!(queues.pop(), None);
        assert!(queues.is_empty());
    }

    #[test]
    fn an_item_put_back_is_next() {
        let mut queues = PriorityQueues::default();
        (0..3).for_each(|number| queues.push(Priority::Normal, number));
        let first = queues.pop().unwrap();
        queues.push_front(Priority::Normal, first);
        assert_eq!(queues.pop(), Some(first));
        assert_eq!(queues.len(), 2);
    }
}
