//! The store ports on MongoDB: jobs and stored bodies.
//!
//! When a write returns, it is in the journals of a majority. Concurrent calls are batched into shared commands.
//! Supports MongoDB 7 and 8, as a replica set or as a sharded cluster.

mod batcher;
mod blobs;
mod codec;
mod connect;
mod db_executor;
mod error;
mod format;
mod inspect;
mod jobs;
mod migrate;
mod options;
mod pending_uploads;
mod probe;
mod schema;
mod sequence;
mod startup;

pub use codec::FormatError;
pub use connect::{Mongo, connect};
pub use error::ConnectError;
pub use inspect::{Inspection, Topology, inspect};
pub use migrate::{MigrateError, Migrated, migrate};
pub use options::Options;
