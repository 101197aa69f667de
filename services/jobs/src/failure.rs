//! How a job fails. A kind of job has its own types of failure; the engine adds four.

use std::borrow::Cow;
use std::time::Duration;

/// A type of failure: a problem type under `/problems/` whose name never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureType {
    /// Its stable name: the last part of its problem type.
    pub name: &'static str,
    /// Its title for people.
    pub title: &'static str,
    /// Whether the same job may succeed later without a change by anybody.
    pub retryable: bool,
}

impl FailureType {
    /// The worker died while it ran the job, three times in a row.
    pub const CRASHED_WORKER: Self = Self {
        name: "crashed-worker",
        title: "The document stops the program that reads it",
        retryable: false,
    };
    /// The job's own deadline passed.
    pub const DEADLINE_EXCEEDED: Self =
        Self { name: "deadline-exceeded", title: "The job's deadline has passed", retryable: false };
    /// The stored content is missing, or is not what was stored.
    pub const CONTENT_LOST: Self =
        Self { name: "content-lost", title: "The stored content is gone", retryable: false };
    /// A defect of Tally; the log has it under the job's id.
    pub const INTERNAL: Self = Self { name: "internal", title: "A defect in Tally", retryable: false };

    pub const OF_ENGINE: [Self; 4] =
        [Self::CRASHED_WORKER, Self::DEADLINE_EXCEEDED, Self::CONTENT_LOST, Self::INTERNAL];
}

/// One failure: what it was, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of its type.
    pub name: Cow<'static, str>,
    /// The title of its type; empty in a record that an older version wrote.
    pub title: Cow<'static, str>,
    /// What was wrong with this job's input and what to do; for the client to read.
    pub detail: String,
    /// Whether another attempt may succeed.
    pub retryable: bool,
    /// When the far side asked to be called again, counted from the failure.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure of this type with its explanation.
    pub fn new(of: FailureType, detail: impl Into<String>) -> Self {
        Self {
            name: of.name.into(),
            title: of.title.into(),
            detail: detail.into(),
            retryable: of.retryable,
            retry_after: None,
        }
    }

    #[must_use]
    pub fn is(&self, of: FailureType) -> bool {
        self.name == of.name
    }
}
