//! The life of a word-count job: submit, hand out, work, settle, read, amend.
//!
//! Knows no HTTP, no SQL and no broker. What it needs from outside stands in [`ports`]; adapters implement that.

pub mod address;
pub mod amend;
pub mod analysis;
pub mod archive;
pub mod bell;
pub mod deferral;
pub mod events;
pub mod failure;
pub mod key;
pub mod lines;
pub mod model;
pub mod notes;
pub mod ports;
pub mod query;
pub mod relay;
pub mod report;
pub mod settings;
pub mod state;
pub mod submit;
pub mod sweep;
pub mod words;
pub mod work;
