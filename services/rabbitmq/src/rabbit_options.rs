//! Names and limits of one queue.

use std::time::Duration;

/// Names and limits of one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RabbitOptions {
    /// The prefix of all queue names on the broker: 1 to [`RabbitOptions::LONGEST_NAMESPACE`] ASCII letters, digits,
    /// `.`, `_` or `-`. Two installations on one virtual host need different ones.
    pub namespace: String,
    /// The name in the broker's list of connections.
    pub service: String,
    /// The most unacknowledged messages of each priority, those in work included. Less than the number of worker slots
    /// leaves slots idle; more keeps tickets from other workers. A message carries one ticket, or up to 32 of small
    /// jobs, which together take a few milliseconds.
    ///
    /// Measured with `examples/tickets_per_second.rs`: 64 callers, 20 000 tickets of one priority, RabbitMQ 3.10.8 with a
    /// quorum queue of one node on the same two shared cores, development profile, medians of three runs, in tickets
    /// per second:
    ///
    /// | prefetch | delivered and acked | the same while as many are published |
    /// |---|---|---|
    /// | 8 | 1 900 | 2 000 |
    /// | 32 | 10 900 | 6 700 |
    /// | 64 | 16 500 | 9 400 |
    /// | 128 | 18 500 | 8 800 |
    /// | 256 | 20 800 | 7 900 |
    /// | 512 | 31 500 | 6 800 |
    ///
    /// Publishing alone: 11 500, whatever the prefetch. While tickets come in as fast as they are worked on, a prefetch
    /// above the number of callers gains nothing.
    pub prefetch: u16,
    /// How long one publish may wait for the broker's confirm.
    pub confirm_timeout: Duration,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
}

impl RabbitOptions {
    /// The longest namespace, in bytes.
    pub const LONGEST_NAMESPACE: usize = 64;
}

impl Default for RabbitOptions {
    /// `tally`, 64 messages per priority, five seconds for a confirm, ten for a connection.
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
