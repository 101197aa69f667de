//! Records of jobs that wait, kept in memory so that a claim need not read them back.
//!
//! A shortcut only: whoever uses one still compares and swaps against the disk, and what is not here is read there.

use std::collections::HashMap;
use std::sync::Arc;

use tally_jobs::model::{Content, Job, JobId};

/// The most bytes of records and contents that are kept: many times what waits between two commits.
const MOST_BYTES: usize = 16 << 20;
/// What a record costs beside its content, about.
const RECORD_BYTES: usize = 1024;

/// A job that waits, as its rows have it.
#[derive(Debug)]
pub struct Waiting {
    /// The record.
    pub job: Job,
    /// What was handed in.
    pub content: Option<Content>,
}

impl Waiting {
    fn cost(&self) -> usize {
        let content = match &self.content {
            Some(Content::Inline(bytes)) => bytes.len(),
            Some(Content::Stored(_)) | None => 0,
        };
        content + RECORD_BYTES
    }
}

/// The records, within the bound.
#[derive(Debug, Default)]
pub struct Shelf {
    jobs: HashMap<JobId, (i64, Arc<Waiting>)>,
    bytes: usize,
}

impl Shelf {
    /// Keeps the record of the job with this number, if there is room. Those that came first are claimed first, so
    /// they stay.
    pub fn put(&mut self, seq: i64, waiting: Arc<Waiting>) {
        let cost = waiting.cost();
        if self.bytes + cost > MOST_BYTES {
            return;
        }
        self.bytes += cost;
        if let Some((_, older)) = self.jobs.insert(waiting.job.id, (seq, waiting)) {
            self.bytes -= older.cost();
        }
    }

    /// The number and the record of this job, if it is here.
    pub fn get(&self, id: JobId) -> Option<(i64, Arc<Waiting>)> {
        self.jobs.get(&id).cloned()
    }

    /// Forgets it: it changed.
    pub fn remove(&mut self, id: JobId) {
        if let Some((_, older)) = self.jobs.remove(&id) {
            self.bytes -= older.cost();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_jobs::model::{NewJob, Source};
    use tally_jobs::settings::Settings;
    use tally_kernel::Timestamp;
    use uuid::Uuid;

    fn waiting(number: u128, bytes: usize) -> Arc<Waiting> {
        let content = Some(Content::Inline(vec![b'x'; bytes].into()));
        let new = NewJob {
            id: JobId::new(Uuid::from_u128(number)),
            source: Source::Text { bytes: 1 },
            content: None,
            settings: Settings::default(),
            binding: None,
            request: None,
            created_at: Timestamp::from_ms(0),
        };
        Arc::new(Waiting { job: new.into_job(), content })
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_room_comes_back() {
        let mut shelf = Shelf::default();
        shelf.put(1, waiting(1, MOST_BYTES / 2));
        shelf.put(1, waiting(2, MOST_BYTES / 2));
        assert!(shelf.get(JobId::new(Uuid::from_u128(2))).is_none());
        shelf.put(1, waiting(1, 10));
        shelf.put(1, waiting(2, MOST_BYTES / 2));
        assert!(shelf.get(JobId::new(Uuid::from_u128(2))).is_some());
        shelf.remove(JobId::new(Uuid::from_u128(1)));
        shelf.remove(JobId::new(Uuid::from_u128(2)));
        assert_eq!(shelf.bytes, 0);
    }
}
