//! Generates change marks and admission positions.
//!
//! Marks are unique across processes. Positions follow the clock.

use std::sync::atomic::{AtomicI64, Ordering};

use tally_kernel::Timestamp;

/// Bits of a position below the milliseconds. They separate admissions within one millisecond.
const BELOW_MS: u32 = 20;

/// The generator of one process.
#[derive(Debug)]
pub struct Sequence {
    process: i64,
    mark: AtomicI64,
    seq: AtomicI64,
    below_ms: i64,
}

impl Sequence {
    /// Starts at random values.
    pub fn new() -> Result<Self, getrandom::Error> {
        let start = i64::from_le_bytes(bytes()?);
        let below_ms = i64::from_le_bytes(bytes()?) & ((1 << BELOW_MS) - 1);
        Ok(Self { process: start, mark: AtomicI64::new(start), seq: AtomicI64::new(0), below_ms })
    }

    /// The id of this process.
    pub const fn process(&self) -> i64 {
        self.process
    }

    /// A new mark for a change: unique within this process by counting, across processes by the random start.
    pub fn mark(&self) -> i64 {
        self.mark.fetch_add(1, Ordering::Relaxed)
    }

    /// The position of an admission: after every earlier position of this process, and after positions that other
    /// processes assigned in earlier milliseconds.
    pub fn seq(&self, now: Timestamp) -> i64 {
        let by_clock = (now.as_ms().max(0) << BELOW_MS) | self.below_ms;
        let next = |last: i64| Some(by_clock.max(last + 1));
        let last = self.seq.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or(by_clock);
        by_clock.max(last + 1)
    }
}

/// Random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_follow_the_clock_and_never_repeat() {
        let sequence = Sequence::new().unwrap();
        let at = Timestamp::from_ms(1_769_860_800_000);
        let (first, second) = (sequence.seq(at), sequence.seq(at));
        assert!(second > first);
        assert!(sequence.seq(Timestamp::from_ms(at.as_ms() - 9)) > second, "the clock was set back");
        assert_eq!(sequence.seq(Timestamp::from_ms(at.as_ms() + 1)) >> BELOW_MS, at.as_ms() + 1);
        assert_ne!(sequence.mark(), sequence.mark());
    }
}
