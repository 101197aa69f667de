//! How a job fails: a closed list, each with its stable name, and whether another try may help.

use std::time::Duration;

use tally_extract::ExtractError;

/// The reason of a failure. Its name is a problem type under `/problems/` and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The guard does not let us reach the address. One answer for every denial, so that nobody can map a network.
    TargetNotAllowed,
    /// No connection: the name does not resolve, the port is closed, TLS fails.
    Unreachable,
    /// The far side was too slow in connecting, answering or sending.
    FetchTimeout,
    /// The far side answered with a status that has no document for us (404, 410, 403 …).
    SourceRefused,
    /// The far side answered that it cannot just now (429, 5xx).
    SourceUnavailable,
    /// More redirects than we follow, or one that we do not follow (https to http).
    TooManyRedirects,
    /// More bytes than the limit, on the wire or decoded.
    TooLarge,
    /// The body ended before its declared end, or its coding is broken.
    BrokenBody,
    /// A type of document that we do not read.
    UnsupportedMediaType,
    /// A document of a known type that cannot be read within the limits.
    UnreadableDocument,
    /// What read the document died, the worker or its parser; three times, when the job has failed with it.
    CrashedWorker,
    /// The job's own deadline passed.
    DeadlineExceeded,
    /// The stored content is not there any more or not what was stored.
    ContentLost,
    /// A defect of ours; the log has it under the job's id.
    Internal,
}

impl FailureKind {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::TargetNotAllowed,
        Self::Unreachable,
        Self::FetchTimeout,
        Self::SourceRefused,
        Self::SourceUnavailable,
        Self::TooManyRedirects,
        Self::TooLarge,
        Self::BrokenBody,
        Self::UnsupportedMediaType,
        Self::UnreadableDocument,
        Self::CrashedWorker,
        Self::DeadlineExceeded,
        Self::ContentLost,
        Self::Internal,
    ];

    /// Its stable name: the last part of its problem type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TargetNotAllowed => "target-not-allowed",
            Self::Unreachable => "unreachable",
            Self::FetchTimeout => "fetch-timeout",
            Self::SourceRefused => "source-refused",
            Self::SourceUnavailable => "source-unavailable",
            Self::TooManyRedirects => "too-many-redirects",
            Self::TooLarge => "document-too-large",
            Self::BrokenBody => "broken-body",
            Self::UnsupportedMediaType => "unsupported-document",
            Self::UnreadableDocument => "unreadable-document",
            Self::CrashedWorker => "crashed-worker",
            Self::DeadlineExceeded => "deadline-exceeded",
            Self::ContentLost => "content-lost",
            Self::Internal => "internal",
        }
    }

    /// Its title for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::TargetNotAllowed => "This address may not be fetched",
            Self::Unreachable => "The address could not be reached",
            Self::FetchTimeout => "The address answered too slowly",
            Self::SourceRefused => "The address has no document for us",
            Self::SourceUnavailable => "The address cannot answer at the moment",
            Self::TooManyRedirects => "The address redirects too often or in a way that is not followed",
            Self::TooLarge => "The document is too large",
            Self::BrokenBody => "The document arrived broken",
            Self::UnsupportedMediaType => "This type of document is not supported",
            Self::UnreadableDocument => "The document cannot be read",
            Self::CrashedWorker => "The document stops the program that reads it",
            Self::DeadlineExceeded => "The job's deadline has passed",
            Self::ContentLost => "The stored content is gone",
            Self::Internal => "A defect in Tally",
        }
    }

    /// Reads a stable name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether the same job may succeed later without anybody changing anything.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Unreachable | Self::FetchTimeout | Self::SourceUnavailable | Self::BrokenBody)
    }
}

/// One failure: what it was, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What was wrong with this document or address and what to do; for the client to read.
    pub detail: String,
    /// When the far side asked us to come back, counted from the failure.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure with its explanation.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), retry_after: None }
    }
}

impl From<ExtractError> for Failure {
    fn from(error: ExtractError) -> Self {
        let kind = match error {
            ExtractError::Unsupported { .. } => FailureKind::UnsupportedMediaType,
            ExtractError::TooLarge { .. } => FailureKind::TooLarge,
            _ => FailureKind::UnreadableDocument,
        };
        Self::new(kind, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_and_unique() {
        for kind in FailureKind::ALL {
            assert_eq!(FailureKind::parse(kind.as_str()), Some(kind));
            assert!(!kind.title().is_empty());
        }
        assert_eq!(FailureKind::parse("bad-luck"), None);
    }

    #[test]
    fn what_will_not_pass_is_not_retried() {
        for kind in [FailureKind::SourceRefused, FailureKind::TargetNotAllowed, FailureKind::TooLarge] {
            assert!(!kind.is_retryable(), "{}", kind.as_str());
        }
        assert!(FailureKind::SourceUnavailable.is_retryable());
    }
}
