//! The main workload: counts the words of a text, a file or an address, by every definition.
//!
//! It owns what the engine's records hold for it: what was asked, the report, the word list, and their stored formats.

pub mod analysis;
pub mod coverage;
pub mod failure;
pub mod fingerprint;
pub mod legacy;
pub mod options;
pub mod ports;
mod reading;
pub mod record;
pub mod report;
pub mod source;
pub mod stored;
pub mod word_list;
pub mod workload;

pub use failure::CountFailure;
pub use options::{CountOptions, LanguageTag};
pub use record::CountRecord;
pub use source::Source;
pub use word_list::WordList;
pub use workload::CountWorkload;
