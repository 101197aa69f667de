//! Tracks the unacknowledged deliveries of one channel.
//!
//! A delivery has one part per ticket. It is settled with its last part, and is requeued when any part is. Plain data.

use std::collections::HashMap;

/// Identifies a delivery on the present connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryId {
    /// The index of its channel.
    pub(crate) channel: usize,
    pub(crate) tag: u64,
}

/// What happens to a delivery. Of its parts, the last in this order decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Settlement {
    Ack,
    /// Back to the queue, for another consumer.
    Requeue,
    DeadLetter,
}

/// A frame for the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AckFrame {
    pub(crate) tag: u64,
    pub(crate) settlement: Settlement,
}

/// The deliveries of one channel.
#[derive(Debug, Default)]
pub(crate) struct AckTracker {
    unsettled: HashMap<u64, UnsettledDelivery>,
    frames: Vec<AckFrame>,
}

#[derive(Debug)]
struct UnsettledDelivery {
    open_parts: usize,
    /// The settlement of the other parts.
    settlement: Settlement,
}

impl AckTracker {
    /// Adds a delivery with this many parts.
    pub(crate) fn add(&mut self, tag: u64, parts: usize) {
        self.unsettled.insert(tag, UnsettledDelivery { open_parts: parts, settlement: Settlement::Ack });
    }

    /// Settles a part of a delivery. Ignored for a delivery that is settled or unknown.
    pub(crate) fn complete(&mut self, tag: u64, settlement: Settlement) {
        let Some(delivery) = self.unsettled.get_mut(&tag) else { return };
        delivery.open_parts = delivery.open_parts.saturating_sub(1);
        delivery.settlement = delivery.settlement.max(settlement);
        if delivery.open_parts == 0 {
            self.frames.push(AckFrame { tag, settlement: delivery.settlement });
            self.unsettled.remove(&tag);
        }
    }

    /// Takes the frames to send, in the order of settling.
    pub(crate) fn take_frames(&mut self) -> Vec<AckFrame> {
        std::mem::take(&mut self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const fn frame(tag: u64, settlement: Settlement) -> AckFrame {
        AckFrame { tag, settlement }
    }

    #[test]
    fn a_batch_is_settled_with_its_last_part_and_requeued_when_one_part_is() {
        let mut tracker = AckTracker::default();
        for (tag, parts) in [(1, 1), (2, 3), (3, 2), (4, 2)] {
            tracker.add(tag, parts);
        }
        for tag in [1, 2, 2, 3] {
            tracker.complete(tag, Settlement::Ack);
        }
        assert_eq!(tracker.take_frames(), [frame(1, Settlement::Ack)], "two deliveries have parts in work");
        tracker.complete(2, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [frame(2, Settlement::Ack)]);
        tracker.complete(4, Settlement::Requeue);
        tracker.complete(3, Settlement::Ack);
        tracker.complete(4, Settlement::Ack);
        let frames = [frame(3, Settlement::Ack), frame(4, Settlement::Requeue)];
        assert_eq!(tracker.take_frames(), frames);
    }

    #[test]
    fn a_delivery_is_settled_once() {
        let mut tracker = AckTracker::default();
        tracker.add(1, 1);
        tracker.complete(1, Settlement::DeadLetter);
        tracker.complete(1, Settlement::Ack);
        tracker.complete(9, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [frame(1, Settlement::DeadLetter)]);
        assert_eq!(tracker.take_frames(), [], "each frame is sent once");
    }

    #[test]
    fn any_order_settles_each_delivery_exactly_once() {
        let mut seed = 7_u64;
        let mut chance = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in 0..200 {
            let mut tracker = AckTracker::default();
            (1..=20).for_each(|tag| tracker.add(tag, 1));
            let (mut broker, mut open): (HashSet<u64>, Vec<u64>) = ((1..=20).collect(), (1..=20).collect());
            while !open.is_empty() {
                let tag = open.swap_remove(chance(open.len()));
                tracker.complete(tag, if chance(4) == 0 { Settlement::Requeue } else { Settlement::Ack });
                if chance(3) == 0 || open.is_empty() {
                    let frames = tracker.take_frames();
                    assert!(frames.into_iter().all(|AckFrame { tag, .. }| broker.remove(&tag)));
                }
            }
            assert!(broker.is_empty(), "{broker:?}");
        }
    }
}
