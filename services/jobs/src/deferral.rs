//! Putting a job off without a charge, because its host cannot be asked now.

use tally_kernel::Timestamp;

/// A host has no permit for another fetch. Nothing was sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferral {
    /// The host: name and port.
    pub host: String,
    /// When the job may try again.
    pub until: Timestamp,
    /// Why.
    pub reason: DeferReason,
}

/// Why a host has no permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeferReason {
    /// The host has as many fetches in flight as it may have.
    Busy,
    /// The host failed often in a row. Its circuit breaker allows only a probe now and then.
    CircuitOpen,
    /// The circuit has been open for minutes. A job then fails its attempt instead of waiting on without a charge.
    HostDown,
}

impl DeferReason {
    /// Its word in logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::CircuitOpen => "away",
            Self::HostDown => "down",
        }
    }
}
