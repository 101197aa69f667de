//! Records of queued jobs in memory, so that a claim need not read them from disk.
//!
//! A cache only: a claim still compares and swaps against the disk, and reads a job that is not cached from there.

use std::collections::HashMap;
use std::sync::Arc;

use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::record::Job;

/// The most bytes of records and contents in the cache: many times what is admitted between two commits.
const MAX_BYTES: usize = 16 << 20;
/// The size of a record without its content, about.
const RECORD_BYTES: usize = 1024;

/// A queued job as it is stored.
#[derive(Debug)]
pub struct PendingJob {
    /// The record.
    pub job: Job,
    /// The submitted content.
    pub content: Option<Content>,
}

impl PendingJob {
    fn cost(&self) -> usize {
        let content = match &self.content {
            Some(Content::Inline(bytes)) => bytes.len(),
            Some(Content::Stored(_)) | None => 0,
        };
        content + RECORD_BYTES
    }
}

/// The cached records, within the bound.
#[derive(Debug, Default)]
pub struct PendingJobCache {
    jobs: HashMap<JobId, (i64, Arc<PendingJob>)>,
    bytes: usize,
}

impl PendingJobCache {
    /// Adds a job with its number, if it fits. Older jobs are claimed first, so they are not evicted.
    pub fn put(&mut self, seq: i64, pending: Arc<PendingJob>) {
        let cost = pending.cost();
        if self.bytes + cost > MAX_BYTES {
            return;
        }
        self.bytes += cost;
        if let Some((_, replaced)) = self.jobs.insert(pending.job.id, (seq, pending)) {
            self.bytes -= replaced.cost();
        }
    }

    /// The number and the record of a job, if it is cached.
    pub fn get(&self, id: JobId) -> Option<(i64, Arc<PendingJob>)> {
        self.jobs.get(&id).cloned()
    }

    /// Removes a job that changed.
    pub fn remove(&mut self, id: JobId) {
        if let Some((_, replaced)) = self.jobs.remove(&id) {
            self.bytes -= replaced.cost();
        }
    }
}

#[cfg(test)]
mod tests {
    use tally_contract::samples;

    use super::*;

    fn pending(number: u64, bytes: usize) -> Arc<PendingJob> {
        let content = Some(Content::Inline(vec![b'x'; bytes].into()));
        Arc::new(PendingJob { job: samples::small(number).into_job(), content })
    }

    fn id(number: u64) -> JobId {
        samples::id(number)
    }

    #[test]
    fn skips_jobs_that_do_not_fit_until_others_are_removed() {
        let mut cache = PendingJobCache::default();
        cache.put(1, pending(1, MAX_BYTES / 2));
        cache.put(1, pending(2, MAX_BYTES / 2));
        assert!(cache.get(id(2)).is_none());
        cache.put(1, pending(1, 10));
        cache.put(1, pending(2, MAX_BYTES / 2));
        assert!(cache.get(id(2)).is_some());
        cache.remove(id(1));
        cache.remove(id(2));
        assert_eq!(cache.bytes, 0);
    }
}
