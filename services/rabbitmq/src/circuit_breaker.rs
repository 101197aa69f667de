//! The circuit breaker of publishing: trouble opens it, a confirm closes it.
//!
//! While it is open a publish is refused at once, so a submit never waits for a broker that is known to be away. The
//! ticket stays in the store, and the relay publishes it later. Plain data: the publish session feeds it.

use crate::error::BreakerOpen;

/// How many late confirms in a row open the breaker.
const LATE_CONFIRMS: u32 = 2;

/// What is known about the broker from publishing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CircuitBreaker {
    connected: bool,
    blocked: bool,
    /// The broker has confirmed something since the last trouble. A new connection starts without: a broker in alarm
    /// says so only after the first message.
    answered: bool,
    late_confirms: u32,
}

impl CircuitBreaker {
    pub(crate) const fn connected(&mut self) {
        *self = Self { connected: true, blocked: false, answered: false, late_confirms: 0 };
    }

    pub(crate) const fn disconnected(&mut self) {
        self.connected = false;
    }

    /// The broker blocks publishers.
    pub(crate) const fn blocked(&mut self) {
        self.blocked = true;
    }

    pub(crate) const fn unblocked(&mut self) {
        self.blocked = false;
    }

    /// The broker confirmed a message.
    pub(crate) const fn confirmed(&mut self) {
        self.answered = true;
        self.late_confirms = 0;
    }

    /// A confirm did not come in time.
    pub(crate) const fn confirm_late(&mut self) {
        self.late_confirms += 1;
        if self.late_confirms >= LATE_CONFIRMS {
            self.answered = false;
        }
    }

    /// Whether a probe message could close the breaker.
    pub(crate) const fn wants_probe(&self) -> bool {
        self.connected && !self.blocked && !self.answered
    }

    /// Why the breaker is open; `None` when it is closed.
    pub(crate) const fn open(&self) -> Option<BreakerOpen> {
        match self {
            Self { connected: false, .. } => Some(BreakerOpen::Disconnected),
            Self { blocked: true, .. } => Some(BreakerOpen::Blocked),
            Self { answered: false, late_confirms: 0, .. } => Some(BreakerOpen::Disconnected),
            Self { answered: false, .. } => Some(BreakerOpen::Unconfirmed),
            Self { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> CircuitBreaker {
        let mut breaker = CircuitBreaker::default();
        breaker.connected();
        breaker.confirmed();
        assert_eq!(breaker.open(), None);
        breaker
    }

    #[test]
    fn a_new_connection_is_open_until_the_first_confirm() {
        let mut breaker = CircuitBreaker::default();
        assert_eq!(breaker.open(), Some(BreakerOpen::Disconnected));
        breaker.connected();
        assert!(breaker.wants_probe());
        assert_eq!(breaker.open(), Some(BreakerOpen::Disconnected));
        breaker.confirmed();
        assert!(!breaker.wants_probe());
        assert_eq!(breaker.open(), None);
    }

    #[test]
    fn an_alarm_opens_it_until_the_broker_unblocks() {
        let mut breaker = closed();
        breaker.blocked();
        assert_eq!(breaker.open(), Some(BreakerOpen::Blocked));
        assert!(!breaker.wants_probe(), "a blocked broker reads no probe");
        breaker.confirmed();
        assert_eq!(breaker.open(), Some(BreakerOpen::Blocked), "a late confirm does not end the alarm");
        breaker.unblocked();
        assert_eq!(breaker.open(), None);
    }

    #[test]
    fn an_alarm_older_than_the_connection_shows_at_the_probe() {
        let mut breaker = CircuitBreaker::default();
        breaker.connected();
        breaker.blocked();
        breaker.unblocked();
        assert_eq!(breaker.open(), Some(BreakerOpen::Disconnected));
        assert!(breaker.wants_probe());
    }

    #[test]
    fn two_late_confirms_in_a_row_open_it_and_a_confirm_closes_it() {
        let mut breaker = closed();
        breaker.confirm_late();
        breaker.confirmed();
        breaker.confirm_late();
        assert_eq!(breaker.open(), None, "not in a row");
        breaker.confirm_late();
        assert_eq!(breaker.open(), Some(BreakerOpen::Unconfirmed));
        assert!(breaker.wants_probe());
        breaker.confirmed();
        assert_eq!(breaker.open(), None);
    }

    #[test]
    fn a_new_connection_forgets_the_alarm_of_the_old_one() {
        let mut breaker = closed();
        breaker.blocked();
        breaker.disconnected();
        assert_eq!(breaker.open(), Some(BreakerOpen::Disconnected));
        breaker.connected();
        assert!(breaker.wants_probe());
    }
}
