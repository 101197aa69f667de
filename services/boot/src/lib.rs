//! What a process of ours needs before it does anything: time and chance, options, logs, signals, supervised tasks.
//!
//! The only crate that reads the system's clock, its randomness and the environment; everything else gets them as
//! arguments. Knows no room and no adapter.

pub mod clock;
pub mod config;
pub mod ids;
pub mod lifecycle;
pub mod supervise;
pub mod telemetry;

pub use clock::SystemClock;
pub use ids::SystemIds;
