//! What a port says when it cannot answer.
//!
//! The kinds are closed, so that the inside may decide by them; the cause is for logs and is never sent to a client.

use std::error::Error;
use std::fmt;

/// Why a port could not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The far side cannot be reached or does not answer; nothing was done.
    Unavailable,
    /// The far side, or a bound of ours before it, takes no more just now; nothing was done.
    Overloaded,
    /// The call may or may not have been carried out: repeat it in a way that is safe to repeat.
    Unknown,
    /// What is stored is not what we wrote, or cannot be read.
    Corrupt,
}

impl FaultKind {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Unknown => "unknown",
            Self::Corrupt => "corrupt",
        }
    }
}

/// A port's failure: its kind, the operation, and the cause.
#[derive(Debug)]
pub struct Fault {
    /// The kind of failure, by which callers decide.
    pub kind: FaultKind,
    /// The operation that failed, as a phrase: `admit a job`.
    pub during: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault without a cause of its own, as a bound that was reached.
    #[must_use]
    pub const fn new(kind: FaultKind, during: &'static str) -> Self {
        Self { kind, during, source: None }
    }

    /// A fault with the error that caused it.
    pub fn because(
        kind: FaultKind,
        during: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, during, source: Some(source.into()) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}: {}", self.during, self.kind.as_str())
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
