//! The job queue on RabbitMQ.
//!
//! Keeps to the port `JobQueue` of `tally-jobs` and to RabbitMQ 3.10 up to 4.x. The broker carries tickets and nothing
//! else: it may lose all of them (the store hands them out again) and may repeat any (a claim refuses it), so nothing
//! here is a source of truth. No type of the AMQP library leaves this crate.

mod acks;
mod address;
mod breaker;
mod codec;
mod connect;
mod consume;
mod desk;
mod error;
mod figures;
mod flights;
mod inspect;
mod options;
mod probe;
mod publish;
mod queue;
mod supervise;
mod topology;

pub use error::ConnectError;
pub use figures::{Depth, Figures};
pub use inspect::{Found, Inspection, inspect};
pub use options::Options;
pub use queue::QueueOnRabbit;
