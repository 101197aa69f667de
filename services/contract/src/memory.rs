//! The ports in memory: small, plain, and held to the same suites as the real ones.
//!
//! Here the store and the queue are two, as with a broker: a new job's ticket is pending until it was offered.

mod blobs;
mod catalogue;
mod queue;
mod store;

pub use blobs::MemoryBlobs;
pub use queue::MemoryQueue;
pub use store::MemoryStore;
