//! The ports on one data folder: SQLite with group commit, an in-process queue, files.
//!
//! Knows storage and nothing of HTTP or of how words are counted. One process at a time owns a folder; what a call
//! has answered is on disk.

mod blobs;
mod embedded;
mod engine;
mod error;
mod jobs;
mod options;
mod probe;

pub use embedded::{Embedded, Recovery, open};
pub use error::OpenError;
pub use options::Options;
