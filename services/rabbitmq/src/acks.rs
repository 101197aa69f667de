//! Which deliveries of one channel are still out, and what to tell the broker about those that are not. A delivery has one
//! part or several; it is answered when all have ended, and goes back when one does.
//!
//! Plain data. Answers are gathered until somebody asks for them; then one frame speaks for as many as may be: the
//! broker's "all up to this one" is used only where nothing before it is still in work.

use std::collections::{BTreeMap, BTreeSet};

/// A delivery: the place of its channel among those of the connection, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The channel.
    pub(crate) channel: usize,
    /// The number.
    pub(crate) number: u64,
}

/// How a delivery ended, or a part of it; the later in this order decides for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Dealt with.
    Done,
    /// For somebody else.
    Back,
    /// Out of the line, to the dead.
    Out,
}

/// What to tell the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This delivery, or all up to it, is dealt with.
    Ack {
        /// The delivery.
        tag: u64,
        /// All before it as well.
        multiple: bool,
    },
    /// This delivery was not.
    Nack {
        /// The delivery.
        tag: u64,
        /// Back into the line, or out of it.
        requeue: bool,
    },
}

/// The deliveries of one channel.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    out: BTreeMap<u64, Out>,
    done: BTreeSet<u64>,
    refused: Vec<Answer>,
}

/// A delivery that is out.
#[derive(Debug)]
struct Out {
    /// How many parts have not ended.
    open: usize,
    /// How the others have.
    end: End,
}

impl Acks {
    /// A delivery came, with so many parts.
    pub(crate) fn came(&mut self, tag: u64, parts: usize) {
        self.out.insert(tag, Out { open: parts, end: End::Done });
    }

    /// A part of a delivery ended. Nothing for one that is not out.
    pub(crate) fn ended(&mut self, tag: u64, end: End) {
        let Some(out) = self.out.get_mut(&tag) else { return };
        out.open = out.open.saturating_sub(1);
        out.end = out.end.max(end);
        if out.open > 0 {
            return;
        }
        let end = out.end;
        self.out.remove(&tag);
        match end {
            End::Done => {
                self.done.insert(tag);
            }
            End::Back => self.refused.push(Answer::Nack { tag, requeue: true }),
            End::Out => self.refused.push(Answer::Nack { tag, requeue: false }),
        }
    }

    /// All answers that were gathered, to be sent in this order: refusals first, so that no "all up to" covers one.
    pub(crate) fn answers(&mut self) -> Vec<Answer> {
        let mut answers = std::mem::take(&mut self.refused);
        let done = std::mem::take(&mut self.done);
        let first_out = self.out.first_key_value().map_or(u64::MAX, |(tag, _)| *tag);
        let before = done.range(..first_out);
        if let Some(last) = before.clone().next_back() {
            answers.push(Answer::Ack { tag: *last, multiple: before.count() > 1 });
        }
        answers.extend(done.range(first_out..).map(|tag| Answer::Ack { tag: *tag, multiple: false }));
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(tags: std::ops::RangeInclusive<u64>) -> Acks {
        let mut acks = Acks::default();
        tags.for_each(|tag| acks.came(tag, 1));
        acks
    }

    const fn ack(tag: u64) -> Answer {
        Answer::Ack { tag, multiple: false }
    }

    #[test]
    fn one_frame_speaks_for_all_when_none_is_out() {
        let mut acks = with(1..=5);
        [3, 1, 5, 2, 4].into_iter().for_each(|tag| acks.ended(tag, End::Done));
        assert_eq!(acks.answers(), [Answer::Ack { tag: 5, multiple: true }]);
        assert_eq!(acks.answers(), [], "once");
    }

    #[test]
    fn what_is_in_work_is_never_covered() {
        let mut acks = with(1..=6);
        [1, 2, 4, 6].into_iter().for_each(|tag| acks.ended(tag, End::Done));
        assert_eq!(acks.answers(), [Answer::Ack { tag: 2, multiple: true }, ack(4), ack(6)]);
        acks.ended(3, End::Done);
        assert_eq!(acks.answers(), [ack(3)]);
        acks.ended(5, End::Done);
        assert_eq!(acks.answers(), [ack(5)]);
    }

    #[test]
    fn a_refusal_goes_before_an_acknowledgement_that_would_cover_it() {
        let mut acks = with(1..=3);
        acks.ended(1, End::Done);
        acks.ended(3, End::Done);
        acks.ended(2, End::Back);
        let back = Answer::Nack { tag: 2, requeue: true };
        assert_eq!(acks.answers(), [back, Answer::Ack { tag: 3, multiple: true }]);
    }

    #[test]
    fn a_delivery_of_many_ends_with_its_last_part_and_goes_back_when_one_does() {
        let mut acks = with(1..=1);
        acks.came(2, 3);
        acks.came(3, 2);
        for tag in [1, 2, 2, 3] {
            acks.ended(tag, End::Done);
        }
        assert_eq!(acks.answers(), [ack(1)], "parts of two are in work");
        acks.ended(2, End::Done);
        assert_eq!(acks.answers(), [ack(2)]);
        acks.came(4, 2);
        acks.ended(4, End::Back);
        acks.ended(3, End::Done);
        acks.ended(4, End::Done);
        assert_eq!(acks.answers(), [Answer::Nack { tag: 4, requeue: true }, ack(3)]);
    }

    #[test]
    fn a_delivery_ends_once() {
        let mut acks = with(1..=1);
        acks.ended(1, End::Out);
        acks.ended(1, End::Done);
        acks.ended(9, End::Done);
        assert_eq!(acks.answers(), [Answer::Nack { tag: 1, requeue: false }]);
    }

    /// Whatever ends in whatever order: every delivery is answered exactly once, and as it ended.
    #[test]
    fn every_order_answers_each_once() {
        let mut seed = 7_u64;
        let mut chance = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in 0..200 {
            let mut acks = with(1..=20);
            let mut broker: BTreeSet<u64> = (1..=20).collect();
            let mut open: Vec<u64> = (1..=20).collect();
            while !open.is_empty() {
                let tag = open.swap_remove(chance(open.len()));
                acks.ended(tag, if chance(4) == 0 { End::Back } else { End::Done });
                if chance(3) == 0 || open.is_empty() {
                    for answer in acks.answers() {
                        match answer {
                            Answer::Ack { tag, multiple: true } => {
                                assert!(open.iter().all(|out| *out > tag), "{tag} covers one of {open:?}");
                                broker = broker.split_off(&(tag + 1));
                            }
                            Answer::Ack { tag, .. } | Answer::Nack { tag, .. } => {
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
