//! Whether offers may be sent: opened by trouble, closed again by an answer.
//!
//! Plain data; who watches the broker is the publisher. While it is open an offer is refused at once, so that a submit
//! never waits for a broker that is known to be away; the ticket stays with the store, and the relay offers it later.

use crate::error::Shut;

/// So many confirmations that do not come in time, with none between them, open the breaker.
const SILENT: u32 = 2;

/// What is known about the broker as one who publishes sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaker {
    connected: bool,
    blocked: bool,
    /// Whether the broker has answered since the last trouble. A fresh connection has not: a broker in alarm says so
    /// only after the first message.
    answered: bool,
    unconfirmed: u32,
}

impl Breaker {
    /// There is a fresh connection.
    pub(crate) const fn connected(&mut self) {
        *self = Self { connected: true, blocked: false, answered: false, unconfirmed: 0 };
    }

    /// There is none any more.
    pub(crate) const fn disconnected(&mut self) {
        self.connected = false;
    }

    /// The broker says that it takes nothing.
    pub(crate) const fn blocked(&mut self) {
        self.blocked = true;
    }

    /// The broker says that it takes messages again.
    pub(crate) const fn unblocked(&mut self) {
        self.blocked = false;
    }

    /// A confirmation came, of whatever message.
    pub(crate) const fn confirmed(&mut self) {
        self.answered = true;
        self.unconfirmed = 0;
    }

    /// A confirmation did not come in time.
    pub(crate) const fn unconfirmed(&mut self) {
        self.unconfirmed += 1;
        if self.unconfirmed >= SILENT {
            self.answered = false;
        }
    }

    /// Whether a probe would tell something.
    pub(crate) const fn wants_probe(&self) -> bool {
        self.connected && !self.blocked && !self.answered
    }

    /// Why offers are refused; `None`: they are sent.
    pub(crate) const fn shut(&self) -> Option<Shut> {
        match self {
            Self { connected: false, .. } => Some(Shut::Disconnected),
            Self { blocked: true, .. } => Some(Shut::Blocked),
            Self { answered: false, unconfirmed: 0, .. } => Some(Shut::Disconnected),
            Self { answered: false, .. } => Some(Shut::Silent),
            Self { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed() -> Breaker {
        let mut breaker = Breaker::default();
        breaker.connected();
        breaker.confirmed();
        assert_eq!(breaker.shut(), None);
        breaker
    }

    #[test]
    fn a_fresh_connection_must_answer_first() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.shut(), Some(Shut::Disconnected));
        breaker.connected();
        assert!(breaker.wants_probe());
        assert_eq!(breaker.shut(), Some(Shut::Disconnected));
        breaker.confirmed();
        assert!(!breaker.wants_probe());
        assert_eq!(breaker.shut(), None);
    }

    #[test]
    fn a_broker_in_alarm_shuts_it_until_it_says_otherwise() {
        let mut breaker = closed();
        breaker.blocked();
        assert_eq!(breaker.shut(), Some(Shut::Blocked));
        assert!(!breaker.wants_probe(), "a probe could not leave");
        breaker.confirmed();
        assert_eq!(breaker.shut(), Some(Shut::Blocked), "a late confirmation is not an all-clear");
        breaker.unblocked();
        assert_eq!(breaker.shut(), None);
    }

    #[test]
    fn an_alarm_that_was_there_before_us_shows_at_the_probe() {
        let mut breaker = Breaker::default();
        breaker.connected();
        breaker.blocked();
        breaker.unblocked();
        assert_eq!(breaker.shut(), Some(Shut::Disconnected));
        assert!(breaker.wants_probe());
    }

    #[test]
    fn two_late_confirmations_in_a_row_shut_it_and_an_answer_opens_it() {
        let mut breaker = closed();
        breaker.unconfirmed();
        breaker.confirmed();
        breaker.unconfirmed();
        assert_eq!(breaker.shut(), None, "not in a row");
        breaker.unconfirmed();
        assert_eq!(breaker.shut(), Some(Shut::Silent));
        assert!(breaker.wants_probe());
        breaker.confirmed();
        assert_eq!(breaker.shut(), None);
    }

    #[test]
    fn a_lost_connection_forgets_the_alarm_of_the_old_one() {
        let mut breaker = closed();
        breaker.blocked();
        breaker.disconnected();
        assert_eq!(breaker.shut(), Some(Shut::Disconnected));
        breaker.connected();
        assert!(breaker.wants_probe());
    }
}
