//! What the queue tells about itself, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many messages wait on the broker and are in nobody's hands. One may carry up to 32 tickets of light jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Of urgent jobs.
    pub high: u64,
    /// Of ordinary jobs.
    pub normal: u64,
    /// Of jobs that have time.
    pub low: u64,
    /// What was delivered too often, until a worker has counted it.
    pub dead: u64,
    /// What is no ticket and was set aside.
    pub parked: u64,
}

/// What has happened since the start of this process, and how its consumer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Connections that were made, to publish and to consume.
    pub connections: u64,
    /// Offers that were confirmed.
    pub confirmed: u64,
    /// Offers that were sent and not confirmed in time, or refused.
    pub unconfirmed: u64,
    /// Tickets that came.
    pub delivered: u64,
    /// Tickets that came again after an earlier holder of them was gone.
    pub redelivered: u64,
    /// Tickets that had been delivered too often. Their jobs are offered again by the store's relay.
    pub dead: u64,
    /// Messages in a line that were no tickets, or of a newer version.
    pub foreign: u64,
    /// Queues that do not answer at present.
    pub silent: u64,
}

/// Counters that tasks share.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connections: AtomicU64,
    pub(crate) confirmed: AtomicU64,
    pub(crate) unconfirmed: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) redelivered: AtomicU64,
    pub(crate) dead: AtomicU64,
    pub(crate) foreign: AtomicU64,
    pub(crate) silent: AtomicU64,
}

impl Counters {
    /// So many more.
    pub(crate) fn add(counter: &AtomicU64, more: usize) {
        counter.fetch_add(more as u64, Ordering::Relaxed);
    }

    /// All of them, now.
    pub(crate) fn read(&self) -> Figures {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            connections: of(&self.connections),
            confirmed: of(&self.confirmed),
            unconfirmed: of(&self.unconfirmed),
            delivered: of(&self.delivered),
            redelivered: of(&self.redelivered),
            dead: of(&self.dead),
            foreign: of(&self.foreign),
            silent: of(&self.silent),
        }
    }
}
