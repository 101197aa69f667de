//! The harness of the black-box tests: a server, its client, a web site to fetch from, and oracles.
//!
//! Uses the built program and HTTP, and none of the crates behind them. So any other client would find the same.

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
pub mod rng;
pub mod server;
pub mod services;
pub mod site;
pub mod wait;
pub mod watch;

/// Time limit of a single event, in seconds. Generous for a busy machine: tests wait for events, so a fast machine
/// never waits that long.
pub const PATIENCE_S: u64 = 60;
