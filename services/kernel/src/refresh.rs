//! When to measure a costly value again.

use std::time::Duration;

use crate::Timestamp;

/// How long a costly value, such as a count of all waiting jobs, may be reused.
///
/// The interval is a multiple of what the measurement took, so that measuring uses a bounded share of the store.
#[derive(Clone, Copy, Debug)]
pub struct RefreshTimer {
    min_interval: Duration,
    max_interval: Duration,
    cost_factor: u32,
    fresh_until: Option<Timestamp>,
}

impl RefreshTimer {
    /// A timer whose value was never measured. A value stays fresh for `cost_factor` times the duration of its
    /// measurement, within these two bounds.
    #[must_use]
    pub const fn new(min_interval: Duration, max_interval: Duration, cost_factor: u32) -> Self {
        Self { min_interval, max_interval, cost_factor, fresh_until: None }
    }

    /// Whether the last value is fresh. It is not after the clock was set back.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.fresh_until.is_some_and(|until| {
            let left = until.since(now);
            !left.is_zero() && left <= self.max_interval
        })
    }

    /// Records a measurement from `began` to `now`.
    pub fn measured(&mut self, began: Timestamp, now: Timestamp) {
        let interval = now.since(began).saturating_mul(self.cost_factor);
        self.fresh_until = Some(now.after(interval.clamp(self.min_interval, self.max_interval)));
    }

    /// Records a failed measurement; the next one is due after the minimum interval.
    pub fn failed(&mut self, now: Timestamp) {
        self.fresh_until = Some(now.after(self.min_interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: Duration = Duration::from_secs(1);
    const MAX: Duration = Duration::from_secs(30);

    /// Measured from 0 to this moment; fresh until the returned moment.
    fn fresh_until(took: Duration) -> Timestamp {
        let (began, mut timer) = (Timestamp::from_ms(0), RefreshTimer::new(MIN, MAX, 50));
        assert!(!timer.is_fresh(began), "never measured");
        timer.measured(began, began.after(took));
        let end = (0..).map(|ms| began.after(took).after(Duration::from_millis(ms)));
        end.take_while(|now| timer.is_fresh(*now))
            .last()
            .map(|last| last.after(Duration::from_millis(1)))
            .unwrap()
    }

    #[test]
    fn a_value_is_fresh_for_a_multiple_of_its_cost_within_bounds() {
        for (took_ms, fresh_ms) in [(0, 1_000), (10, 1_000), (100, 5_000), (5_000, 30_000)] {
            let took = Duration::from_millis(took_ms);
            assert_eq!(
                fresh_until(took),
                Timestamp::from_ms(0).after(took + Duration::from_millis(fresh_ms))
            );
        }
    }

    #[test]
    fn a_failure_is_retried_after_the_minimum_interval() {
        let (now, mut timer) = (Timestamp::from_ms(5_000), RefreshTimer::new(MIN, MAX, 50));
        timer.failed(now);
        assert!(timer.is_fresh(now.after(MIN / 2)));
        assert!(!timer.is_fresh(now.after(MIN)));
    }

    #[test]
    fn a_value_is_stale_after_the_clock_was_set_back() {
        let (now, mut timer) = (Timestamp::from_ms(100_000), RefreshTimer::new(MIN, MAX, 50));
        timer.measured(now, now);
        assert!(!timer.is_fresh(Timestamp::from_ms(1)));
    }
}
