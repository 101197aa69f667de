//! The last attempts at a job: when, by which worker, and how each ended.

use tally_kernel::Timestamp;

use crate::id::WorkerId;

/// How many attempts a record keeps.
pub const KEPT_ATTEMPTS: usize = 20;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It succeeded.
    Succeeded,
    /// It failed; the name of the failure's type.
    Failed(String),
    /// Its worker died or lost its lease, and another claim followed.
    Crashed,
    /// The client cancelled the job.
    Cancelled,
}

impl AttemptEnd {
    const SUCCEEDED: &'static str = "succeeded";
    const CRASHED: &'static str = "crashed";
    const CANCELLED: &'static str = "cancelled";

    /// Its name: one of the three words, or the name of a failure.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Succeeded => Self::SUCCEEDED,
            Self::Crashed => Self::CRASHED,
            Self::Cancelled => Self::CANCELLED,
            Self::Failed(name) => name,
        }
    }

    /// Reads that name.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            Self::SUCCEEDED => Self::Succeeded,
            Self::CRASHED => Self::Crashed,
            Self::CANCELLED => Self::Cancelled,
            name => Self::Failed(name.to_owned()),
        }
    }
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// The worker.
    pub worker: WorkerId,
    /// When it was claimed.
    pub started_at: Timestamp,
    /// When and how it ended; `None` while it runs.
    pub ended: Option<(Timestamp, AttemptEnd)>,
}

/// The last [`KEPT_ATTEMPTS`] attempts, the oldest first. Attempts that were released uncharged are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(Vec<AttemptRecord>);

impl History {
    /// The attempts, the oldest first; at most [`KEPT_ATTEMPTS`] of them are kept.
    #[must_use]
    pub fn of(mut attempts: Vec<AttemptRecord>) -> Self {
        let surplus = attempts.len().saturating_sub(KEPT_ATTEMPTS);
        attempts.drain(..surplus);
        Self(attempts)
    }

    /// The attempts, the oldest first.
    #[must_use]
    pub fn attempts(&self) -> &[AttemptRecord] {
        &self.0
    }

    /// A claim begins an attempt. One that is still open belonged to a worker that died.
    pub(crate) fn begin(&mut self, worker: &WorkerId, now: Timestamp) {
        self.end(AttemptEnd::Crashed, now);
        if self.0.len() == KEPT_ATTEMPTS {
            self.0.remove(0);
        }
        self.0.push(AttemptRecord { worker: worker.clone(), started_at: now, ended: None });
    }

    /// The open attempt ends.
    pub(crate) fn end(&mut self, end: AttemptEnd, now: Timestamp) {
        if let Some(open) = self.0.last_mut().filter(|attempt| attempt.ended.is_none()) {
            open.ended = Some((now, end));
        }
    }

    /// The open attempt was not charged.
    pub(crate) fn take_back(&mut self) {
        self.0.pop_if(|attempt| attempt.ended.is_none());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_twenty() {
        let mut history = History::default();
        for number in 0..25 {
            history.begin(&WorkerId::from("w"), Timestamp::from_ms(number));
            history.end(AttemptEnd::Failed("unreachable".into()), Timestamp::from_ms(number));
        }
        let starts: Vec<_> = history.attempts().iter().map(|one| one.started_at.as_ms()).collect();
        assert_eq!(starts, (5..25).collect::<Vec<_>>());
        assert_eq!(History::of(history.attempts().to_vec()), history);
    }

    #[test]
    fn an_attempt_that_a_claim_finds_open_has_crashed() {
        let mut history = History::default();
        history.begin(&WorkerId::from("a"), Timestamp::from_ms(1));
        history.begin(&WorkerId::from("b"), Timestamp::from_ms(9));
        history.take_back();
        let ended = Some((Timestamp::from_ms(9), AttemptEnd::Crashed));
        assert_eq!(
            history.attempts(),
            [AttemptRecord { worker: WorkerId::from("a"), started_at: Timestamp::from_ms(1), ended }]
        );
    }
}
