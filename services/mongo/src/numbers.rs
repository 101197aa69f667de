//! Numbers that name changes and order admissions.
//!
//! Each process draws its own; no two changes have the same mark, and places in the order follow the clock.

use std::sync::atomic::{AtomicI64, Ordering};

use tally_kernel::Timestamp;

/// Bits of a place below its milliseconds: they tell admissions of one millisecond apart.
const BELOW_MS: u32 = 20;

/// The numbers of one process.
#[derive(Debug)]
pub struct Numbers {
    process: i64,
    mark: AtomicI64,
    seq: AtomicI64,
    below_ms: i64,
}

impl Numbers {
    /// Starts at a place of its own.
    pub fn new() -> Result<Self, getrandom::Error> {
        let start = i64::from_le_bytes(bytes()?);
        let below_ms = i64::from_le_bytes(bytes()?) & ((1 << BELOW_MS) - 1);
        Ok(Self { process: start, mark: AtomicI64::new(start), seq: AtomicI64::new(0), below_ms })
    }

    /// This process.
    pub const fn process(&self) -> i64 {
        self.process
    }

    /// The mark of a change: unlike that of any other change, of this process by counting, of others by chance.
    pub fn mark(&self) -> i64 {
        self.mark.fetch_add(1, Ordering::Relaxed)
    }

    /// The place of an admission: after all that this process has given, and after those that others gave in
    /// earlier milliseconds.
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
    fn places_follow_the_clock_and_never_repeat() {
        let numbers = Numbers::new().unwrap();
        let at = Timestamp::from_ms(1_769_860_800_000);
        let (first, second) = (numbers.seq(at), numbers.seq(at));
        assert!(second > first);
        assert!(numbers.seq(Timestamp::from_ms(at.as_ms() - 9)) > second, "a clock that jumps back");
        assert_eq!(numbers.seq(Timestamp::from_ms(at.as_ms() + 1)) >> BELOW_MS, at.as_ms() + 1);
        assert_ne!(numbers.mark(), numbers.mark());
    }
}
