//! The queue against a real broker, in every failure we know.

mod bad_addresses;
mod broker_outages;
mod harness;
mod lost_connections;
mod messages;
mod shutdown;
