//! What the driver says, as faults of the ports and as reasons that an address cannot be used.
//!
//! Knows the driver's errors. No message of it that may hold an address goes to a client.

use std::fmt;
use std::sync::Arc;

use mongodb::error::{Error, ErrorKind};
use mongodb::options::ConnectionString;
use tally_kernel::{Fault, FaultKind};

/// An address of MongoDB that cannot be used. None of its texts holds the credentials.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It is not one.
    #[error(
        "the address of MongoDB cannot be read ({0}); give one like \
         mongodb://user:password@host:27017/tally?replicaSet=rs0"
    )]
    Unreadable(String),
    /// It is one but for its credentials.
    #[error(
        "the user name or password in the address of MongoDB cannot be read; \
         percent-encode every character of them other than letters and digits (@ is %40, : is %3A, / is %2F)"
    )]
    Credentials,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes ({0}); see that /dev/urandom can be read")]
    NoChance(String),
}

/// Reads an address.
pub fn parse(uri: &str) -> Result<ConnectionString, ConnectError> {
    ConnectionString::parse(uri).map_err(|_| {
        // The driver's words may quote what they complain about: they are asked for again about the same address
        // without its credentials.
        match ConnectionString::parse(without_credentials(uri)) {
            Ok(_) => ConnectError::Credentials,
            Err(error) => unreadable(&error),
        }
    })
}

/// The reason behind an address that parses and whose options do not fit together.
pub fn unusable(uri: &str, error: &Error) -> ConnectError {
    match credentials(uri) {
        Some(secret) if error.to_string().contains(secret) => ConnectError::Credentials,
        _ => unreadable(error),
    }
}

fn unreadable(error: &Error) -> ConnectError {
    ConnectError::Unreadable(match &*error.kind {
        ErrorKind::InvalidArgument { message, .. } => message.clone(),
        other => other.to_string(),
    })
}

fn credentials(uri: &str) -> Option<&str> {
    let begin = uri.find("://")? + 3;
    uri[begin..].rfind('@').map(|at| &uri[begin..begin + at])
}

fn without_credentials(uri: &str) -> String {
    match credentials(uri) {
        Some(secret) => uri.replacen(&format!("{secret}@"), "", 1),
        None => uri.to_owned(),
    }
}

/// Whether a call changes something: what is unknown after a write is merely not read after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Read,
    /// It writes.
    Write,
}

impl Effect {
    /// What it means that nobody knows how a call ended.
    pub const fn unanswered(self) -> FaultKind {
        match self {
            Self::Read => FaultKind::Unavailable,
            Self::Write => FaultKind::Unknown,
        }
    }
}

/// The fault behind an error of the driver.
pub fn fault(error: Error, effect: Effect, during: &'static str) -> Fault {
    Fault::because(kind(&error, effect), during, error)
}

fn kind(error: &Error, effect: Effect) -> FaultKind {
    match &*error.kind {
        // Nothing was sent: there is no server that takes writes, or it does not let us in.
        ErrorKind::ServerSelection { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::InvalidTlsConfig { .. }
        | ErrorKind::Shutdown => FaultKind::Unavailable,
        ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } if effect == Effect::Read => FaultKind::Corrupt,
        // Not authorized, no such command: an answer, and nothing was done.
        ErrorKind::Command(answer) if matches!(answer.code, 13 | 18 | 59) => FaultKind::Unavailable,
        _ => effect.unanswered(),
    }
}

/// Whether the same call may go well at once, at another server or on another connection.
pub fn may_pass(error: &Error) -> bool {
    /// The primary steps down, or the node ends: the codes of the specification of retryable writes.
    const STATE_CHANGES: [i32; 11] = [6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436];
    match &*error.kind {
        ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => true,
        ErrorKind::Command(answer) => STATE_CHANGES.contains(&answer.code),
        _ => false,
    }
}

/// A fault that all members of a batch share.
#[derive(Clone, Debug)]
pub struct SharedFault {
    kind: FaultKind,
    cause: Arc<dyn std::error::Error + Send + Sync>,
}

impl SharedFault {
    /// One to be handed to many.
    pub fn new(kind: FaultKind, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind, cause: Arc::from(cause.into()) }
    }

    /// One member's share of it.
    pub fn one(&self, during: &'static str) -> Fault {
        Fault::because(self.kind, during, Shared(Arc::clone(&self.cause)))
    }
}

impl From<Fault> for SharedFault {
    fn from(fault: Fault) -> Self {
        Self { kind: fault.kind, cause: Arc::new(fault) }
    }
}

#[derive(Debug)]
struct Shared(Arc<dyn std::error::Error + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Shared {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_an_address_is_told_without_its_credentials() {
        let told = |uri: &str| parse(uri).expect_err("it is no address").to_string();
        for uri in [
            "mongodb://me:hunter2@host/?w=hunter3&replicaSet",
            "mongodb://me:hunter2@host:port/",
            "mongo://me:hunter2@host/",
            "mongodb://me:hunter2:x@host/db",
            "mongodb://me:hunter2%zz@host/db",
            "me:hunter2@host",
        ] {
            let told = told(uri);
            assert!(!told.contains("hunter2"), "{told}");
        }
        assert!(told("mongodb://me:hunter2:x@host/db").contains("percent-encode"));
        assert!(told("mongo://host").contains("mongodb://user:password@host"));
        assert!(parse("mongodb://me:hunter2@host/db").is_ok());
    }
}
