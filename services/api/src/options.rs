//! The bounds of the front door. Every one has a default that suits a small machine.
//!
//! Values only: where they come from (file, environment, flags) is not known here.

use std::time::Duration;

/// The bounds of bodies that come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// The largest document, in bytes after its content coding is undone: 4 GiB.
    pub document_bytes: u64,
    /// The largest JSON or form body, in decoded bytes: 16 MiB. It is parsed in one go, so it is held in memory.
    pub parsed_bytes: u64,
    /// Bodies up to so many bytes go into the job's record, larger ones beside it: 64 KiB.
    pub inline_bytes: usize,
    /// How many times larger than on the wire a coded body may become, after its first MiB: 200.
    pub ratio: u64,
    /// All bodies that are held in memory at one moment, in bytes: 128 MiB. Beyond it the answer is 503.
    pub held_bytes: u64,
    /// How long no byte at all may come: 10 s, then 408.
    pub silence: Duration,
    /// The least that must come in each ten seconds, in bytes a second: 1 KiB/s, then 408.
    pub least_rate: u64,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            document_bytes: 4 << 30,
            parsed_bytes: 16 << 20,
            inline_bytes: 64 << 10,
            ratio: 200,
            held_bytes: 128 << 20,
            silence: Duration::from_secs(10),
            least_rate: 1 << 10,
        }
    }
}

/// The bounds of the router: how much is done at once, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiOptions {
    /// Bodies that come in.
    pub body: BodyLimits,
    /// Requests at one moment, those that wait included: 4 096. Beyond it the answer is 503, within milliseconds.
    pub requests_at_once: usize,
    /// Requests that wait for a job's end at one moment: 2 048. Beyond it they are answered without waiting.
    pub waits_at_once: usize,
    /// Histograms that are held in memory at one moment: 4. Others queue for [`ApiOptions::histogram_patience`].
    pub histograms_at_once: usize,
    /// How long a request queues for a histogram's place: 5 s, then 503.
    pub histogram_patience: Duration,
    /// The longest wait that a client may ask for: 60 s. More is cut down to it.
    pub longest_wait: Duration,
    /// How long a readiness probe may take: 1 s.
    pub probe_patience: Duration,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            body: BodyLimits::default(),
            requests_at_once: 4_096,
            waits_at_once: 2_048,
            histograms_at_once: 4,
            histogram_patience: Duration::from_secs(5),
            longest_wait: Duration::from_secs(60),
            probe_patience: Duration::from_secs(1),
        }
    }
}

/// The bounds of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// Connections at one moment: 8 192. Further ones wait in the system's backlog.
    pub connections: usize,
    /// How long a new connection may stay silent: 10 s.
    pub first_byte: Duration,
    /// How long a request's head may take from its first byte: 10 s, then 408.
    pub head: Duration,
    /// How long a connection may idle between requests: 75 s, more than the 60 s for which nginx keeps its side, so
    /// that Tally never closes first while a request arrives.
    pub idle: Duration,
    /// How long a client may take no byte of an answer: 30 s.
    pub write_stall: Duration,
    /// How long requests may go on after the drain began: 25 s. Then their connections are cut.
    pub drain: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            connections: 8_192,
            first_byte: Duration::from_secs(10),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            drain: Duration::from_secs(25),
        }
    }
}
