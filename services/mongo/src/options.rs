//! Where the database is, and the bounds of using it.
//!
//! Values only; where they come from (file, environment, command line) is the caller's affair.

use std::fmt;
use std::time::Duration;

use tally_jobs::key::KeySecret;

/// What a process needs to know to use the database.
#[derive(Clone)]
pub struct Options {
    /// The address: `mongodb://user:password@host:27017/database?replicaSet=rs0`. Without a database in it: `tally`.
    /// It holds credentials, so it is never shown.
    pub uri: String,
    /// How long one call may take, all its round trips together.
    pub call_within: Duration,
    /// How long a call looks for a server that takes it, and a connection may take to be made.
    pub server_within: Duration,
    /// The most operations of this process that may be under way at once; one connection each.
    pub in_flight: u32,
    /// The most jobs that may wait; beyond it a submit is answered with `Overloaded`. Counted now and then, so
    /// several processes may pass it by what they admit within about a second.
    pub max_queued_jobs: u64,
    /// The most bytes that jobs which wait may have handed in, counted as roughly.
    pub max_queued_bytes: u64,
    /// The secret of idempotency keys that a new database begins with; `None`: one by chance. A database that has one
    /// keeps it.
    pub key_secret: Option<KeySecret>,
}

impl Options {
    /// The usual bounds: 5 s a call, 2 s to find a server, 64 operations, a million jobs, 16 GiB, a secret by chance.
    #[must_use]
    pub fn at(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            call_within: Duration::from_secs(5),
            server_within: Duration::from_secs(2),
            in_flight: 64,
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
            .field("call_within", &self.call_within)
            .field("server_within", &self.server_within)
            .field("in_flight", &self.in_flight)
            .field("max_queued_jobs", &self.max_queued_jobs)
            .field("max_queued_bytes", &self.max_queued_bytes)
            .field("key_secret", &self.key_secret)
            .finish()
    }
}
