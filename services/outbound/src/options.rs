//! The options of outbound requests, with their defaults. The limits of one fetch come with each call.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::guard::GuardPolicy;

/// The options of [`crate::Outbound`].
#[derive(Clone, Debug)]
pub struct OutboundOptions {
    /// Which addresses may be reached.
    pub policy: GuardPolicy,
    /// The time limit of each step.
    pub timeouts: Timeouts,
    /// The `User-Agent` of requests. It must be a valid header value.
    pub user_agent: String,
    /// A PEM file of root certificates that are trusted in addition to Mozilla's, for intranets and tests.
    pub extra_roots: Option<PathBuf>,
    /// How long an idle connection is kept, at most twice this time. The default is short: each is a file descriptor, a
    /// run over many hosts leaves one per host, and common servers close theirs after 5 seconds.
    pub idle: Duration,
    /// The maximum number of idle connections per scheme, host and port.
    pub idle_per_host: usize,
}

impl Default for OutboundOptions {
    fn default() -> Self {
        Self {
            policy: GuardPolicy::default(),
            timeouts: Timeouts::default(),
            user_agent: "tally/0.1 (+word count)".to_owned(),
            extra_roots: None,
            idle: Duration::from_secs(4),
            idle_per_host: 8,
        }
    }
}

/// The time limits of a fetch, and the least rate of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Lookup of the name and opening of the connection, together.
    pub connect: Duration,
    /// The limit for each address of a name except the last, so that a dead address does not use up `connect`.
    pub attempt: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From the connection to the end of the response's headers.
    pub first_byte: Duration,
    /// The time over which the rate of a body is measured. Only the time spent waiting for data counts.
    pub window: Duration,
    /// The bytes that must arrive in each window.
    pub window_bytes: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_millis(1_500),
            tls: Duration::from_secs(5),
            first_byte: Duration::from_secs(10),
            window: Duration::from_secs(10),
            window_bytes: 10 * 1024,
        }
    }
}

/// The options cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The file of extra root certificates cannot be read.
    #[error("could not read the extra root certificates from {path}; give a readable PEM file")]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A certificate in the file is invalid, or there is none.
    #[error("{path} holds no usable root certificate ({reason}); give a PEM file with CERTIFICATE blocks")]
    BadRoots {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The user agent cannot be a header value.
    #[error("the user agent `{0}` cannot be a header value; use visible ASCII characters")]
    UserAgent(String),
    /// One of [`GuardPolicy::own_names`] is not a host name.
    #[error("the own name `{0}` is not a host name; give it as example.com, without scheme and port")]
    OwnName(String),
    /// TLS cannot be configured.
    #[error("could not set up TLS")]
    Tls(#[from] rustls::Error),
}
