//! What an operator may set about the way out, with its defaults.
//!
//! Limits of one fetch are not here: they come with each call. Nothing here is read from the environment.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::guard::GuardPolicy;

/// Everything that [`crate::Outbound`] is built from.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who may be reached.
    pub policy: GuardPolicy,
    /// How long each step may take.
    pub pace: Pace,
    /// The `User-Agent` that we say. It must be a valid header value.
    pub user_agent: String,
    /// A PEM file of root certificates that are trusted besides Mozilla's, for intranets and tests.
    pub extra_roots: Option<PathBuf>,
    /// How long an unused connection is kept, up to twice that. Short: each is a file descriptor, a run over many hosts
    /// leaves one at each, and common servers close theirs after 5 seconds.
    pub idle: Duration,
    /// How many unused connections are kept for one scheme, host and port.
    pub idle_per_host: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            policy: GuardPolicy::default(),
            pace: Pace::default(),
            user_agent: "tally/0.1 (+word count)".to_owned(),
            extra_roots: None,
            idle: Duration::from_secs(4),
            idle_per_host: 8,
        }
    }
}

/// How slow a far side may be. The defaults are the bounds of the project's threat table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Looking the name up and opening the connection, together.
    pub connect: Duration,
    /// Each address of a name but the last gets no more than this, so that a dead one does not use up `connect`.
    pub attempt: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From the connection to the end of the answer's headers.
    pub first_byte: Duration,
    /// The time over which the rate of a body is measured. Only waiting for the far side counts, not our own work.
    pub window: Duration,
    /// The bytes that each window must bring.
    pub window_bytes: u64,
}

impl Default for Pace {
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

/// The way out could not be built: the options are to blame.
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
    /// A certificate in it is broken, or there is none.
    #[error("{path} holds no usable root certificate ({reason}); give a PEM file with CERTIFICATE blocks")]
    BadRoots {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
    /// The user agent cannot be a header.
    #[error("the user agent `{0}` cannot be a header value; use visible ASCII characters")]
    UserAgent(String),
    /// An own name is not a host name.
    #[error("the own name `{0}` is not a host name; give it as example.com, without scheme and port")]
    OwnName(String),
    /// TLS cannot be set up.
    #[error("could not set up TLS")]
    Tls(#[from] rustls::Error),
}
