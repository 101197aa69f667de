//! The last attempts at a job: when, by which worker, and how each ended.

use tally_kernel::Timestamp;

use crate::failure::FailureType;
use crate::id::WorkerId;

/// How many attempts a record keeps.
pub const KEPT_ATTEMPTS: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
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

    /// How many attempts before the open one ended with the death of their worker, one after another. Some of those
    /// crashes may not have been charged, because other jobs ran at the same time.
    #[must_use]
    pub fn crashes_in_a_row(&self) -> usize {
        let ended = self.0.iter().rev().skip_while(|attempt| attempt.ended.is_none());
        ended.take_while(|attempt| matches!(attempt.ended, Some((_, AttemptEnd::Crashed)))).count()
    }

    /// How many attempts failed with this type of failure.
    #[must_use]
    pub fn failures_of(&self, failure: FailureType) -> usize {
        let failed = |attempt: &&AttemptRecord| matches!(&attempt.ended, Some((_, AttemptEnd::Failed(name))) if name == failure.name);
        self.0.iter().filter(failed).count()
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
    fn an_orderly_end_interrupts_a_row_of_crashes() {
        let mut history = History::default();
        let begin = |history: &mut History| history.begin(&WorkerId::from("w"), Timestamp::from_ms(1));
        (0..3).for_each(|_| begin(&mut history));
        assert_eq!(history.crashes_in_a_row(), 2);
        history.end(AttemptEnd::Failed("crashed-worker".into()), Timestamp::from_ms(2));
        assert_eq!(history.failures_of(FailureType::CRASHED_WORKER), 1);
        begin(&mut history);
        assert_eq!(history.crashes_in_a_row(), 0);
    }

    #[test]
    fn an_attempt_that_a_claim_finds_open_has_crashed() {
        let mut history = History::default();
        history.begin(&WorkerId::from("a"), Timestamp::from_ms(1));
        history.begin(&WorkerId::from("b"), Timestamp::from_ms(9));
        history.take_back();
        assert_eq!(history.crashes_in_a_row(), 1);
        let ended = Some((Timestamp::from_ms(9), AttemptEnd::Crashed));
        assert_eq!(
            history.attempts(),
            [AttemptRecord { worker: WorkerId::from("a"), started_at: Timestamp::from_ms(1), ended }]
        );
    }
}
