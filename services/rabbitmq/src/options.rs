//! How the queue is used.
//!
//! Values only; where they come from (file, environment, command line) is the caller's affair.

use std::time::Duration;

/// The names and bounds of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What the names of all queues on the broker begin with: 1 to [`Options::LONGEST_NAMESPACE`] ASCII letters,
    /// digits, `.`, `_` or `-`. Two installations on one virtual host need one each.
    pub namespace: String,
    /// The name in the broker's list of connections: the service's.
    pub service: String,
    /// How many messages of each class the broker may have handed to this process and not heard back about, those in
    /// work included. Less than the number of slots leaves slots idle; more hoards tickets that other workers could
    /// take. A message carries one ticket, or up to 32 of light jobs, which together are over in a few milliseconds.
    ///
    /// Measured with `examples/tickets_a_second.rs`: 64 callers, 20 000 tickets of one class, RabbitMQ 3.10.8 with a quorum queue
    /// of one node on the same two shared cores, development profile, medians of three runs, tickets a second:
    ///
    /// | prefetch | handed out and done | the same while as many are offered |
    /// |---|---|---|
    /// | 8 | 1 900 | 2 000 |
    /// | 32 | 10 900 | 6 700 |
    /// | 64 | 16 500 | 9 400 |
    /// | 128 | 18 500 | 8 800 |
    /// | 256 | 20 800 | 7 900 |
    /// | 512 | 31 500 | 6 800 |
    ///
    /// Offers alone: 11 500, whatever the prefetch. While tickets come in as fast as they are worked on, more than the
    /// number of callers gains nothing.
    pub prefetch: u16,
    /// How long one offer may wait for the broker's confirmation.
    pub confirm_timeout: Duration,
    /// How long a connection may take to be made, the greeting included.
    pub connect_timeout: Duration,
}

impl Options {
    /// The longest namespace, in bytes.
    pub const LONGEST_NAMESPACE: usize = 64;
}

impl Default for Options {
    /// `tally`, 64 messages a class, five seconds for a confirmation, ten for a connection.
    fn default() -> Self {
        Self {
            namespace: "tally".to_owned(),
            service: "tally".to_owned(),
            prefetch: 64,
            confirm_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
        }
    }
}
