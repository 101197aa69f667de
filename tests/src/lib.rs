//! The harness of the black-box tests: a server as its users meet it, a web site to fetch from, and oracles.
//!
//! Knows the built program and HTTP, nothing of the crates behind them: whatever these tests find, a client of
//! any other make would find too.

pub mod chance;
pub mod client;
pub mod cluster;
pub mod coding;
pub mod connection;
pub mod guard;
pub mod message;
pub mod multipart;
pub mod oracle;
pub mod process;
pub mod program;
pub mod proxy;
pub mod server;
pub mod services;
pub mod site;
pub mod wait;
pub mod watch;

/// The longest that any single event may take before a test calls it missing, in seconds. Generous, because the
/// machine may be busy: tests wait for events, so a fast machine never spends it.
pub const PATIENCE_S: u64 = 60;
