//! The port `JobQueue` of `tally-jobs` on RabbitMQ 3.10 to 4.x.
//!
//! The broker carries tickets and is never the source of truth. It may lose every ticket: the store publishes them
//! again. It may repeat any ticket: the second claim fails. No type of the AMQP library leaves this crate.

mod ack_tracker;
mod broker_address;
mod broker_connection;
mod circuit_breaker;
mod delivery_buffer;
mod error;
mod inspect;
mod message_codec;
mod publisher;
mod rabbit_options;
mod rabbit_probe;
mod rabbit_queue;
mod rabbit_stats;
mod reconnect_loop;
mod ticket_consumer;
mod topology;

pub use error::RabbitConfigError;
pub use inspect::{BrokerInspection, QueueFinding, inspect};
pub use rabbit_options::RabbitOptions;
pub use rabbit_queue::RabbitQueue;
pub use rabbit_stats::{QueueDepth, RabbitStats};
