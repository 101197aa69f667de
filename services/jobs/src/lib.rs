//! The durable job engine: submit, publish, claim, run, complete, retry, read.
//!
//! It knows no kind of job: a [`Workload`](workload::Workload) runs jobs, and what belongs to it in a record is bytes
//! here. It knows no HTTP, no SQL and no broker: adapters implement its [`ports`].

pub mod action;
pub mod codec;
pub mod confirmed_publishes;
pub mod content;
pub mod events;
pub mod export;
pub mod failure;
pub mod history;
pub mod id;
pub mod key;
pub mod notifier;
pub mod option_spec;
pub mod options;
pub mod parts;
pub mod ports;
pub mod priority_queues;
pub mod query;
pub mod record;
pub mod relay;
pub mod runner;
pub mod state;
pub mod submit;
pub mod sweep;
pub mod verified_body;
pub mod workload;
