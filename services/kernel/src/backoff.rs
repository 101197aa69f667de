//! How long to wait before the next try.

use std::time::Duration;

/// Exponential backoff with full jitter: a pause drawn evenly from zero to `min(cap, base * 2^n)`.
/// Full jitter spreads a crowd of retries best (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest pause after the first failure.
    pub base: Duration,
    /// The longest pause at all.
    pub cap: Duration,
}

impl Backoff {
    /// The pause before the next try when `failures` have happened (at least one), for a `chance` in `0.0..1.0`.
    #[must_use]
    pub fn pause(&self, failures: u32, chance: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let ceiling = self.base.saturating_mul(1 << doublings).min(self.cap);
        ceiling.mul_f64(chance.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_jitter_below_it() {
        let backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(60) };
        assert_eq!(backoff.pause(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff.pause(3, 1.0), Duration::from_secs(4));
        assert_eq!(backoff.pause(3, 0.5), Duration::from_secs(2));
        assert_eq!(backoff.pause(40, 1.0), Duration::from_secs(60));
        assert_eq!(backoff.pause(u32::MAX, 0.0), Duration::ZERO);
    }
}
