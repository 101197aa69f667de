//! Tracks the unacknowledged deliveries of one channel, and turns settled ones into few ack frames.
//!
//! A delivery has one part per ticket. It is settled with its last part, and is requeued when any part is. Plain data.
//! One "multiple" ack covers all deliveries up to its tag; it is used only where none before it is still in work.

use std::collections::{BTreeMap, BTreeSet};

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
pub(crate) enum AckFrame {
    Ack {
        tag: u64,
        /// All earlier deliveries of the channel too.
        multiple: bool,
    },
    Nack {
        tag: u64,
        /// Back to its queue; else to the dead-letter queue.
        requeue: bool,
    },
}

/// The deliveries of one channel.
#[derive(Debug, Default)]
pub(crate) struct AckTracker {
    unsettled: BTreeMap<u64, UnsettledDelivery>,
    acked: BTreeSet<u64>,
    nacks: Vec<AckFrame>,
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
        if delivery.open_parts > 0 {
            return;
        }
        let settlement = delivery.settlement;
        self.unsettled.remove(&tag);
        match settlement {
            Settlement::Ack => {
                self.acked.insert(tag);
            }
            Settlement::Requeue => self.nacks.push(AckFrame::Nack { tag, requeue: true }),
            Settlement::DeadLetter => self.nacks.push(AckFrame::Nack { tag, requeue: false }),
        }
    }

    /// Takes the frames to send, in this order. Nacks come first, so that no multiple ack covers one.
    pub(crate) fn take_frames(&mut self) -> Vec<AckFrame> {
        let mut frames = std::mem::take(&mut self.nacks);
        let acked = std::mem::take(&mut self.acked);
        let first_unsettled = self.unsettled.first_key_value().map_or(u64::MAX, |(tag, _)| *tag);
        let before = acked.range(..first_unsettled);
        if let Some(last) = before.clone().next_back() {
            frames.push(AckFrame::Ack { tag: *last, multiple: before.count() > 1 });
        }
        let after = acked.range(first_unsettled..);
        frames.extend(after.map(|tag| AckFrame::Ack { tag: *tag, multiple: false }));
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(tags: std::ops::RangeInclusive<u64>) -> AckTracker {
        let mut tracker = AckTracker::default();
        tags.for_each(|tag| tracker.add(tag, 1));
        tracker
    }

    const fn ack(tag: u64) -> AckFrame {
        AckFrame::Ack { tag, multiple: false }
    }

    #[test]
    fn one_frame_acks_all_when_none_is_in_work() {
        let mut tracker = with(1..=5);
        [3, 1, 5, 2, 4].into_iter().for_each(|tag| tracker.complete(tag, Settlement::Ack));
        assert_eq!(tracker.take_frames(), [AckFrame::Ack { tag: 5, multiple: true }]);
        assert_eq!(tracker.take_frames(), [], "each is acked once");
    }

    #[test]
    fn a_multiple_ack_never_covers_a_delivery_in_work() {
        let mut tracker = with(1..=6);
        [1, 2, 4, 6].into_iter().for_each(|tag| tracker.complete(tag, Settlement::Ack));
        assert_eq!(tracker.take_frames(), [AckFrame::Ack { tag: 2, multiple: true }, ack(4), ack(6)]);
        tracker.complete(3, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [ack(3)]);
        tracker.complete(5, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [ack(5)]);
    }

    #[test]
    fn a_nack_goes_before_the_ack_that_would_cover_it() {
        let mut tracker = with(1..=3);
        tracker.complete(1, Settlement::Ack);
        tracker.complete(3, Settlement::Ack);
        tracker.complete(2, Settlement::Requeue);
        let nack = AckFrame::Nack { tag: 2, requeue: true };
        assert_eq!(tracker.take_frames(), [nack, AckFrame::Ack { tag: 3, multiple: true }]);
    }

    #[test]
    fn a_batch_is_settled_with_its_last_part_and_requeued_when_one_part_is() {
        let mut tracker = with(1..=1);
        tracker.add(2, 3);
        tracker.add(3, 2);
        for tag in [1, 2, 2, 3] {
            tracker.complete(tag, Settlement::Ack);
        }
        assert_eq!(tracker.take_frames(), [ack(1)], "two deliveries have parts in work");
        tracker.complete(2, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [ack(2)]);
        tracker.add(4, 2);
        tracker.complete(4, Settlement::Requeue);
        tracker.complete(3, Settlement::Ack);
        tracker.complete(4, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [AckFrame::Nack { tag: 4, requeue: true }, ack(3)]);
    }

    #[test]
    fn a_delivery_is_settled_once() {
        let mut tracker = with(1..=1);
        tracker.complete(1, Settlement::DeadLetter);
        tracker.complete(1, Settlement::Ack);
        tracker.complete(9, Settlement::Ack);
        assert_eq!(tracker.take_frames(), [AckFrame::Nack { tag: 1, requeue: false }]);
    }

    #[test]
    fn any_order_settles_each_delivery_exactly_once() {
        let mut seed = 7_u64;
        let mut chance = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in 0..200 {
            let mut tracker = with(1..=20);
            let mut broker: BTreeSet<u64> = (1..=20).collect();
            let mut open: Vec<u64> = (1..=20).collect();
            while !open.is_empty() {
                let tag = open.swap_remove(chance(open.len()));
                tracker.complete(tag, if chance(4) == 0 { Settlement::Requeue } else { Settlement::Ack });
                if chance(3) == 0 || open.is_empty() {
                    for frame in tracker.take_frames() {
                        match frame {
                            AckFrame::Ack { tag, multiple: true } => {
                                assert!(
                                    open.iter().all(|other| *other > tag),
                                    "{tag} covers one of {open:?}"
                                );
                                broker = broker.split_off(&(tag + 1));
                            }
                            AckFrame::Ack { tag, .. } | AckFrame::Nack { tag, .. } => {
                                assert!(broker.remove(&tag));
                            }
                        }
                    }
                }
            }
            assert!(broker.is_empty(), "{broker:?}");
        }
    }
}
