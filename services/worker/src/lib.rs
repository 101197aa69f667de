//! Worker slots, the maintenance loops (relay and sweep), and the sandboxed parser process.
//!
//! Knows no adapter. It only returns futures; the wiring chooses the runtime of each. Counting blocks its thread, so it
//! needs a runtime of its own.

mod maintenance;
mod sandbox;
mod shutdown_tokens;
mod store_outage;
mod worker_slot;

pub use maintenance::{relay, sweep};
pub use sandbox::{PARSER, Sandbox, SandboxLimits, parse_document};
pub use shutdown_tokens::ShutdownTokens;
pub use worker_slot::WorkerSlot;
