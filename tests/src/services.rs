//! The servers that the cluster's adapters are tested against: a store that speaks MongoDB's protocol, and RabbitMQ.
//!
//! Each is found in the same order: an address in the environment; else a container, where Docker answers; else a
//! server that is installed and started here, with its data in a temporary folder. None is ever skipped: what
//! cannot be had fails the test, with a sentence that says what was tried.

pub mod mongodb;
pub mod rabbitmq;

use std::any::Any;

/// A server that a test may use for as long as it holds this.
pub struct Service {
    /// Its address, credentials included.
    pub uri: String,
    /// Stops the container or process when it is dropped; nothing for a server that was there before.
    pub keeper: Box<dyn Any + Send + Sync>,
}
