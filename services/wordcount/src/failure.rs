//! How a count fails: the types that word counting adds to those of the engine.

use tally_extract::ExtractError;
use tally_jobs::failure::{Failure, FailureType};

/// The reason of a failure. Its name is a problem type under `/problems/` and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountFailure {
    /// The address guard does not allow the address. One answer for every denial, so that a client cannot map a network.
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
    /// The body ended before its declared end, or its content coding is broken.
    BrokenBody,
    /// A type of document that we do not read.
    UnsupportedMediaType,
    /// A document of a known type that cannot be read within the limits.
    UnreadableDocument,
}

impl CountFailure {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 10] = [
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
    ];

    #[must_use]
    pub const fn as_type(self) -> FailureType {
        let (name, title, retryable) = match self {
            Self::TargetNotAllowed => ("target-not-allowed", "This address may not be fetched", false),
            Self::Unreachable => ("unreachable", "The address could not be reached", true),
            Self::FetchTimeout => ("fetch-timeout", "The address answered too slowly", true),
            Self::SourceRefused => ("source-refused", "The address has no document for us", false),
            Self::SourceUnavailable => {
                ("source-unavailable", "The address cannot answer at the moment", true)
            }
            Self::TooManyRedirects => (
                "too-many-redirects",
                "The address redirects too often or in a way that is not followed",
                false,
            ),
            Self::TooLarge => ("document-too-large", "The document is too large", false),
            Self::BrokenBody => ("broken-body", "The document arrived broken", true),
            Self::UnsupportedMediaType => {
                ("unsupported-document", "This type of document is not supported", false)
            }
            Self::UnreadableDocument => ("unreadable-document", "The document cannot be read", false),
        };
        FailureType { name, title, retryable }
    }

    /// A failure of this type with its explanation.
    pub fn because(self, detail: impl Into<String>) -> Failure {
        Failure::new(self.as_type(), detail)
    }

    /// The type of a failure, when it is one of these.
    #[must_use]
    pub fn of(failure: &Failure) -> Option<Self> {
        Self::ALL.into_iter().find(|one| failure.is(one.as_type()))
    }
}

/// The failure of a document that was not extracted.
#[must_use]
pub fn of_extraction(error: &ExtractError) -> Failure {
    let failure = match error {
        ExtractError::Unsupported { .. } => CountFailure::UnsupportedMediaType,
        ExtractError::TooLarge { .. } => CountFailure::TooLarge,
        _ => CountFailure::UnreadableDocument,
    };
    failure.because(error.to_string())
}

/// The types that a count may fail with: its own, and those of the engine.
pub fn types() -> impl Iterator<Item = FailureType> {
    CountFailure::ALL.into_iter().map(CountFailure::as_type).chain(FailureType::OF_ENGINE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_and_unique() {
        let mut names: Vec<_> = types().map(|one| one.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 14);
        for one in CountFailure::ALL {
            assert_eq!(CountFailure::of(&one.because("x")), Some(one));
        }
    }

    #[test]
    fn a_permanent_failure_is_not_retried() {
        for one in [CountFailure::SourceRefused, CountFailure::TargetNotAllowed, CountFailure::TooLarge] {
            assert!(!one.as_type().retryable, "{one:?}");
        }
        assert!(CountFailure::SourceUnavailable.as_type().retryable);
    }
}
