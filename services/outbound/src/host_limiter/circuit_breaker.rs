//! The circuit breaker of one host: opens after failures in a row, allows probes, closes at the first answer.

use std::time::Duration;

use tally_kernel::{Backoff, Timestamp};

use super::{BreakerTransition, DeferReason};

/// The failures in a row that open the circuit.
const MAX_FAILURES: u32 = 5;
/// The pauses before probes. Jitter takes at most half of one.
const PAUSES: Backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(60) };
/// A host whose circuit is open for longer counts as down: its jobs are then charged attempts. Otherwise a misspelled
/// name would hold its jobs for hours.
const DOWN_AFTER: Duration = Duration::from_secs(300);
/// For how long after the last failure the failures are remembered.
const MEMORY: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct CircuitBreaker {
    /// Failures since the last answer.
    failures: u32,
    failed_at: Timestamp,
    /// The host asked for no request before this moment.
    not_before: Timestamp,
    open: Option<OpenCircuit>,
}

#[derive(Debug)]
struct OpenCircuit {
    since: Timestamp,
    /// No fetch before this moment.
    until: Timestamp,
    /// Pauses so far.
    pauses: u32,
    /// Whether a probe is in flight.
    half_open: bool,
}

/// What the breaker allows now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Circuit {
    Closed,
    /// The pause is over, and no probe is in flight.
    ProbeDue,
    /// A probe is in flight.
    HalfOpen {
        reason: DeferReason,
    },
    Open {
        until: Timestamp,
        reason: DeferReason,
    },
}

impl OpenCircuit {
    fn reason(&self, now: Timestamp) -> DeferReason {
        if now.since(self.since) < DOWN_AFTER { DeferReason::CircuitOpen } else { DeferReason::HostDown }
    }
}

impl CircuitBreaker {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { failures: 0, failed_at: now, not_before: now, open: None }
    }

    pub(super) fn circuit(&self, now: Timestamp) -> Circuit {
        match &self.open {
            None => Circuit::Closed,
            Some(open) if open.until > now => Circuit::Open { until: open.until, reason: open.reason(now) },
            Some(open) if open.half_open => Circuit::HalfOpen { reason: open.reason(now) },
            Some(_) => Circuit::ProbeDue,
        }
    }

    pub(super) fn begin_probe(&mut self) {
        self.set_half_open(true);
    }

    pub(super) fn end_probe(&mut self) {
        self.set_half_open(false);
    }

    fn set_half_open(&mut self, half_open: bool) {
        if let Some(open) = &mut self.open {
            open.half_open = half_open;
        }
    }

    pub(super) fn succeeded(&mut self) -> Option<BreakerTransition> {
        self.failures = 0;
        self.open.take().map(|_| BreakerTransition::Closed)
    }

    /// A fetch failed. While the circuit is open only a probe's failure prolongs the pause: other fetches began before
    /// the circuit opened.
    pub(super) fn failed(
        &mut self,
        probe: bool,
        retry_after: Option<Duration>,
        now: Timestamp,
        chance: f64,
    ) -> Option<BreakerTransition> {
        if self.failures == 0 {
            self.not_before = now;
        }
        self.failures = self.failures.saturating_add(1);
        self.failed_at = now;
        if let Some(pause) = retry_after {
            self.not_before = self.not_before.max(now.after(pause));
        }
        let pauses = match &self.open {
            Some(open) if probe => open.pauses.saturating_add(1),
            Some(open) => open.pauses,
            None if self.failures >= MAX_FAILURES => 1,
            None => return None,
        };
        let first = self.open.is_none();
        let open = self.open.get_or_insert(OpenCircuit { since: now, until: now, pauses, half_open: false });
        if first || probe {
            let pause = PAUSES.pause(pauses, 0.5 + chance.clamp(0.0, 1.0) / 2.0);
            open.until = now.after(pause);
        }
        open.pauses = pauses;
        open.until = open.until.max(self.not_before);
        first.then_some(BreakerTransition::Opened(open.until))
    }

    /// Whether forgetting it loses nothing.
    pub(super) fn is_idle(&self, now: Timestamp) -> bool {
        let failed_lately = self.failures > 0 && now.since(self.failed_at) < MEMORY;
        let is_open = self.open.as_ref().is_some_and(|open| open.until > now);
        !failed_lately && !is_open
    }
}
