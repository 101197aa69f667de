//! Conformance suites and test doubles for the ports (dev-dependency only).
//!
//! A suite says in code what a port's documentation says in words; every adapter runs the same one, the doubles too. It
//! knows the ports and no adapter.

#![expect(clippy::unwrap_used, reason = "a check fails by panicking, where it stands")]

pub mod counts;
pub mod doubles;
pub mod fake;
pub mod memory;
pub mod samples;

mod archive;
mod blobs;
mod engine;
mod job_catalogue;
mod job_queue;
mod job_store;
mod parser;
mod suite;

pub use archive::archive;
pub use blobs::blobs;
pub use engine::engine;
pub use job_catalogue::job_catalogue;
pub use job_queue::job_queue;
pub use job_store::job_store;
pub use parser::parser;
pub use suite::{QueueFixture, StoreFixture};
