//! The ports on MongoDB: jobs, their contents, large bodies.
//!
//! Knows documents and nothing of HTTP, of brokers, or of how words are counted. What a call has answered is in the
//! journals of a majority; concurrent calls share their round trips. Servers 7 and 8, as a replica set or in shards.

mod blobs;
mod calls;
mod codec;
mod connect;
mod error;
mod group;
mod inspect;
mod jobs;
mod lines;
mod loose;
mod numbers;
mod options;
mod probe;
mod schema;
mod start;

pub use connect::{Mongo, connect};
pub use error::ConnectError;
pub use inspect::{Inspection, Standing, inspect};
pub use lines::{Line, LineError};
pub use options::Options;
