//! Counts for metrics.

use std::sync::{Mutex, PoisonError};

/// How many messages are ready on the broker, not counting those that a consumer holds. One message carries one ticket,
/// or up to 32 tickets of small jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Of high priority.
    pub high: u64,
    /// Of normal priority.
    pub normal: u64,
    /// Of low priority.
    pub low: u64,
    /// In the dead-letter queue: delivered too often, until a worker has counted and dropped them.
    pub dead: u64,
    /// Not tickets, kept for an operator to look at.
    pub parked: u64,
}

/// What happened since this process started, and the present state of its consumers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RabbitStats {
    /// Connections opened, for publishing and for consuming.
    pub connections: u64,
    /// Tickets published and confirmed.
    pub confirmed: u64,
    /// Tickets sent and not confirmed in time, or refused.
    pub unconfirmed: u64,
    /// Tickets delivered.
    pub delivered: u64,
    /// Tickets delivered again because an earlier consumer is gone.
    pub redelivered: u64,
    /// Tickets that were delivered too often. The store's relay publishes their jobs again.
    pub dead: u64,
    /// Messages that are not tickets, or are tickets of a newer version.
    pub foreign: u64,
    /// Queues that do not answer now.
    pub unavailable: u64,
}

/// The counts that the tasks of one queue share.
#[derive(Debug, Default)]
pub(crate) struct SharedStats(Mutex<RabbitStats>);

impl SharedStats {
    pub(crate) fn update(&self, change: impl FnOnce(&mut RabbitStats)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn read(&self) -> RabbitStats {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
