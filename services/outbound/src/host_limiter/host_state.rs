//! One host: its fetches in flight, how long they take, and which moments were promised to deferred jobs.

use std::time::Duration;

use tally_kernel::Timestamp;

use super::circuit_breaker::{Circuit, CircuitBreaker};
use super::{BreakerTransition, DeferReason};

/// The assumed duration of a fetch from a host that has not answered yet.
const DEFAULT_DURATION: Duration = Duration::from_millis(200);
/// Shorter averages count as this …
const MIN_DURATION: Duration = Duration::from_millis(50);
/// … and longer averages as this.
const MAX_DURATION: Duration = Duration::from_secs(10);
/// The furthest moment that is promised: a later estimate would be a guess.
const HORIZON: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct HostState {
    in_flight: u32,
    /// The moving average of a fetch's duration.
    duration: Option<Duration>,
    /// The latest moment that was promised to a deferred job.
    promised: Timestamp,
    breaker: CircuitBreaker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Fetch. A probe is the only fetch that its open circuit allows.
    Permit { probe: bool },
    /// Try again then.
    Defer { until: Timestamp, reason: DeferReason },
}

impl HostState {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { in_flight: 0, duration: None, promised: now, breaker: CircuitBreaker::new(now) }
    }

    pub(super) fn try_acquire(&mut self, per_host: u32, now: Timestamp, chance: f64) -> Decision {
        let circuit = self.breaker.circuit(now);
        let (from, reason) = match circuit {
            Circuit::Open { until, reason } => (until, reason),
            Circuit::HalfOpen { reason } => (now, reason),
            Circuit::ProbeDue | Circuit::Closed if self.in_flight >= per_host => (now, DeferReason::Busy),
            Circuit::ProbeDue | Circuit::Closed => {
                let probe = circuit == Circuit::ProbeDue;
                if probe {
                    self.breaker.begin_probe();
                }
                self.in_flight += 1;
                return Decision::Permit { probe };
            }
        };
        Decision::Defer { until: self.promise(per_host, from, chance), reason }
    }

    /// The moment, from `from` on, at which about a permit is free for one more deferred job. The k-th deferred job gets
    /// the moment at which k permits were probably released. Jobs beyond [`HORIZON`] come at a random moment in its
    /// second half; one that then comes in vain costs two small writes.
    fn promise(&mut self, per_host: u32, from: Timestamp, chance: f64) -> Timestamp {
        let duration = self.duration.unwrap_or(DEFAULT_DURATION).clamp(MIN_DURATION, MAX_DURATION);
        let step = (duration / per_host).max(Duration::from_millis(1));
        let end = from.after(HORIZON);
        // The last promise may be past, or anywhere after a jump of the clock.
        let next = self.promised.clamp(from, end).after(step);
        if next > end {
            return from.after(HORIZON.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0));
        }
        self.promised = next;
        next.after(step.mul_f64(chance.clamp(0.0, 1.0))).min(end)
    }

    pub(super) fn release(&mut self, probe: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if probe {
            self.breaker.end_probe();
        }
    }

    pub(super) fn answered(&mut self, took: Duration) -> Option<BreakerTransition> {
        self.duration = Some(self.duration.map_or(took, |before| before * 3 / 4 + took / 4));
        self.breaker.succeeded()
    }

    pub(super) fn failed(
        &mut self,
        probe: bool,
        retry_after: Option<Duration>,
        now: Timestamp,
        chance: f64,
    ) -> Option<BreakerTransition> {
        self.breaker.failed(probe, retry_after, now, chance)
    }

    pub(super) const fn has_fetches(&self) -> bool {
        self.in_flight > 0
    }

    /// Whether forgetting it loses nothing but its average duration.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        !self.has_fetches() && self.promised <= now && self.breaker.is_idle(now)
    }
}
