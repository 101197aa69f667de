//! The shapes on the wire. Inner types are never serialised: a new field inside cannot change the wire by accident.

mod differences;
mod health;
mod job;
mod list;
mod moment;
mod result;
mod words;

pub use differences::differences_json;
pub(crate) use health::{HealthBody, LiveBody, PartBody};
pub(crate) use job::{JOB_MEMBERS, JobBody, PriorityName, StateName};
pub(crate) use list::ListBody;
pub(crate) use words::{WordBody, WordsBody};
