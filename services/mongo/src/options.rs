//! The address of the database and the limits of using it.

use std::fmt;
use std::time::Duration;

use tally_jobs::key::KeySecret;

/// Address and limits of one database.
#[derive(Clone)]
pub struct Options {
    /// The address: `mongodb://user:password@host:27017/database?replicaSet=rs0`. The default
    /// database is `tally`. It holds credentials, so `Debug` hides it.
    pub uri: String,
    /// Timeout of one port call, all its round trips together.
    pub call_timeout: Duration,
    /// Timeout of server selection and of connecting.
    pub server_timeout: Duration,
    /// Maximum concurrent operations of this process. Each uses one connection.
    pub max_in_flight: u32,
    /// Maximum waiting jobs. Above it a submit fails with `Overloaded`. The count is cached, so several processes
    /// together may exceed it by what they admit within about a second.
    pub max_queued_jobs: u64,
    /// Maximum submitted bytes of waiting jobs; estimated from a sample.
    pub max_queued_bytes: u64,
    /// The secret of idempotency keys for a new database; `None` generates one. A database that already has a secret
    /// keeps it.
    pub key_secret: Option<KeySecret>,
}

impl Options {
    /// The default limits.
    #[must_use]
    pub fn at(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            call_timeout: Duration::from_secs(5),
            server_timeout: Duration::from_secs(2),
            max_in_flight: 64,
            max_queued_jobs: 1_000_000,
            max_queued_bytes: 16 << 30,
            key_secret: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("uri", &"(not shown)")
            .field("call_timeout", &self.call_timeout)
            .field("server_timeout", &self.server_timeout)
            .field("max_in_flight", &self.max_in_flight)
            .field("max_queued_jobs", &self.max_queued_jobs)
            .field("max_queued_bytes", &self.max_queued_bytes)
            .field("key_secret", &self.key_secret)
            .finish()
    }
}
