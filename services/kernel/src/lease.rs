//! How long a worker may hold a job without a sign of life.

use std::time::Duration;

use crate::Timestamp;

/// A right that ends by itself. Only liveness rests on it: safety rests on the epoch beside it,
/// so a clock that jumps can cost double work but never a wrong record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The first moment at which another worker may claim the job.
    pub until: Timestamp,
}

impl Lease {
    /// How long a lease lasts: long enough to outlive a stall of the host, short enough that a frozen
    /// worker's job runs elsewhere within 45 seconds.
    pub const LASTS: Duration = Duration::from_secs(30);

    /// A full lease that starts `now`.
    #[must_use]
    pub fn from(now: Timestamp) -> Self {
        Self { until: now.after(Self::LASTS) }
    }

    /// Whether it has ended at `now`.
    #[must_use]
    pub fn is_over(self, now: Timestamp) -> bool {
        self.until <= now
    }

    /// Whether so much of it has passed by `now` (a third) that it is worth a write to prolong it.
    #[must_use]
    pub fn wants_renewal(self, now: Timestamp) -> bool {
        self.until.since(now) < Self::LASTS * 2 / 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_asks_for_renewal_after_a_third_and_then_ends() {
        let start = Timestamp::from_ms(0);
        let lease = Lease::from(start);
        assert!(!lease.wants_renewal(Timestamp::from_ms(9_000)));
        assert!(lease.wants_renewal(Timestamp::from_ms(11_000)));
        assert!(!lease.is_over(Timestamp::from_ms(29_999)));
        assert!(lease.is_over(Timestamp::from_ms(30_000)));
    }
}
