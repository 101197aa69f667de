//! Maps driver errors to port faults and to address errors.
//!
//! No driver message that may hold an address reaches a client.

use std::fmt;
use std::sync::Arc;

use mongodb::error::{Error, ErrorKind};
use mongodb::options::ConnectionString;
use tally_kernel::{Fault, FaultKind};

/// An unusable MongoDB address. No text contains credentials.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address cannot be parsed.
    #[error(
        "the address of MongoDB cannot be read ({0}); give one like \
         mongodb://user:password@host:27017/tally?replicaSet=rs0"
    )]
    Unreadable(String),
    /// Only the credentials cannot be parsed.
    #[error(
        "the user name or password in the address of MongoDB cannot be read; \
         percent-encode every character of them other than letters and digits (@ is %40, : is %3A, / is %2F)"
    )]
    Credentials,
    /// The operating system returned no random bytes.
    #[error("the system gives no random bytes ({0}); see that /dev/urandom can be read")]
    NoChance(String),
}

/// Parses an address.
pub fn parse(uri: &str) -> Result<ConnectionString, ConnectError> {
    ConnectionString::parse(uri).map_err(|_| {
        // The driver's message may quote the credentials. Parse again without them to get a safe message.
        match ConnectionString::parse(without_credentials(uri)) {
            Ok(_) => ConnectError::Credentials,
            Err(error) => unreadable(&error),
        }
    })
}

/// The error for an address that parses but has contradictory options.
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

/// Whether a call reads or writes. After a read without an answer nothing has changed; after a write the outcome is
/// unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Read,
    Write,
}

impl Effect {
    /// The fault of a call that was not answered.
    pub const fn unanswered(self) -> FaultKind {
        match self {
            Self::Read => FaultKind::Unavailable,
            Self::Write => FaultKind::Unknown,
        }
    }
}

/// The port fault of a driver error.
pub fn fault(error: Error, effect: Effect, during: &'static str) -> Fault {
    Fault::because(kind(&error, effect), during, error)
}

fn kind(error: &Error, effect: Effect) -> FaultKind {
    match &*error.kind {
        // Nothing was sent: no primary was found, or it refused the connection.
        ErrorKind::ServerSelection { .. }
        | ErrorKind::Authentication { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::InvalidTlsConfig { .. }
        | ErrorKind::Shutdown => FaultKind::Unavailable,
        ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } if effect == Effect::Read => {
            FaultKind::Corrupt
        }
        // Not authorized, or unknown command: nothing was done.
        ErrorKind::Command(answer) if matches!(answer.code, 13 | 18 | 59) => FaultKind::Unavailable,
        _ => effect.unanswered(),
    }
}

/// Whether a retry of the same call may succeed at once, on another server or connection.
pub fn may_pass(error: &Error) -> bool {
    /// The primary steps down or the node shuts down: the codes from the specification of retryable writes.
    const STATE_CHANGES: [i32; 11] = [6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436];
    match &*error.kind {
        ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => true,
        ErrorKind::Command(answer) => STATE_CHANGES.contains(&answer.code),
        _ => false,
    }
}

/// A fault that all requests of a batch share.
#[derive(Clone, Debug)]
pub struct SharedFault {
    kind: FaultKind,
    cause: Arc<dyn std::error::Error + Send + Sync>,
}

impl SharedFault {
    /// Creates a fault for all requests of a batch.
    pub fn new(kind: FaultKind, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind, cause: Arc::from(cause.into()) }
    }

    /// The fault for one request.
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
    fn address_errors_never_contain_credentials() {
        let message = |uri: &str| parse(uri).expect_err("it is no address").to_string();
        for uri in [
            "mongodb://me:hunter2@host/?w=hunter3&replicaSet",
            "mongodb://me:hunter2@host:port/",
            "mongo://me:hunter2@host/",
            "mongodb://me:hunter2:x@host/db",
            "mongodb://me:hunter2%zz@host/db",
            "me:hunter2@host",
        ] {
            let message = message(uri);
            assert!(!message.contains("hunter2"), "{message}");
        }
        assert!(message("mongodb://me:hunter2:x@host/db").contains("percent-encode"));
        assert!(message("mongo://host").contains("mongodb://user:password@host"));
        assert!(parse("mongodb://me:hunter2@host/db").is_ok());
    }
}
