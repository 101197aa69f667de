//! Jobs on their way to another store: what is carried of each.
//!
//! For operators, beside the life of jobs: nothing here hands a job out, and no client is told.

use tally_kernel::Timestamp;

use crate::model::{Content, Job};
use crate::words::WordList;

/// A job with everything that belongs to it, but for a stored body: that is carried beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// The record. It never runs: on the way nobody holds it.
    pub job: Job,
    /// What was handed in, while it is kept. A stored body has the name that it has in the store it comes from.
    pub content: Option<Content>,
    /// The words after those that its report shows.
    pub rest: WordList,
}

impl Parcel {
    /// Packs a job. One that runs is given back, so that it runs again where it arrives.
    #[must_use]
    pub fn of(job: Job, content: Option<Content>, rest: WordList, now: Timestamp) -> Self {
        let job = job.clone().released(job.epoch, now).unwrap_or(job);
        Self { job, content, rest }
    }
}
