//! Whole jobs on their way to another store, and the lines of an export.
//!
//! For operators: nothing here runs a job or answers a client.

pub mod line;

use tally_kernel::Timestamp;

use crate::content::Content;
use crate::id::JobId;
use crate::parts::Attachment;
use crate::record::Job;

/// A job with everything that belongs to it except a stored body, which travels beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedJob {
    /// The record. It never runs: no worker holds it on the way.
    pub job: Job,
    /// The submitted bytes, while they are kept. A stored body has the id that it has in the store it comes from.
    pub content: Option<Content>,
    /// The attachments of its result.
    pub attachments: Vec<Attachment>,
}

impl ExportedJob {
    /// Exports a job. A running job is released, so that it runs again where it arrives.
    #[must_use]
    pub fn of(job: Job, content: Option<Content>, attachments: Vec<Attachment>, now: Timestamp) -> Self {
        let job = job.clone().released(job.epoch, now).unwrap_or(job);
        Self { job, content, attachments }
    }
}

/// The mark of a job that was removed: its id answers 410 until `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tombstone {
    pub id: JobId,
    /// When the mark may be removed.
    pub until: Timestamp,
}
