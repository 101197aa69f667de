//! Process basics: options, logging, shutdown signals, supervised tasks, system clock and ids.
//!
//! The only crate that reads the system's clock, its randomness and the environment. All others get them as arguments.

pub mod clock;
pub mod config;
pub mod ids;
pub mod lifecycle;
pub mod supervise;
pub mod telemetry;

pub use clock::SystemClock;
pub use ids::SystemIds;
