//! Writes down what is recorded, so that a test can wait for it instead of sleeping.

use std::sync::{Arc, Mutex, PoisonError};

use tally_jobs::events::{Event, Events};
use tally_jobs::id::JobId;
use tally_jobs::record::Job;
use tally_jobs::state::JobAction;
use tally_jobs::workload::Deferral;
use tally_kernel::FaultKind;
use tokio::sync::watch;

/// An event, to keep.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// As [`Event::Admitted`].
    Admitted(JobId),
    /// As [`Event::Replayed`].
    Replayed(JobId),
    /// As [`Event::Refused`].
    Refused(FaultKind),
    /// As [`Event::NotPublished`].
    NotPublished(JobId),
    /// As [`Event::Relayed`].
    Relayed(usize),
    /// As [`Event::Claimed`].
    Claimed(JobId),
    /// As [`Event::Retried`].
    Retried(JobId, String),
    /// As [`Event::Ended`].
    Ended(Arc<Job>),
    /// As [`Event::Fenced`].
    Fenced(JobId),
    /// As [`Event::Released`].
    Released(JobId),
    /// As [`Event::Deferred`].
    Deferred(JobId, Deferral),
    /// As [`Event::ActionApplied`].
    ActionApplied(JobId, JobAction),
    /// As [`Event::Swept`].
    Swept(usize),
}

impl From<Event<'_>> for Recorded {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Admitted(job) => Self::Admitted(job.id),
            Event::Replayed(job) => Self::Replayed(job.id),
            Event::Refused(kind) => Self::Refused(kind),
            Event::NotPublished(id) => Self::NotPublished(id),
            Event::Relayed(count) => Self::Relayed(count),
            Event::Claimed(job) => Self::Claimed(job.id),
            Event::Retried { job } => Self::Retried(
                job.id,
                job.failure.as_ref().map_or_else(String::new, |one| one.name.to_string()),
            ),
            Event::Ended { job, .. } => Self::Ended(Arc::clone(job)),
            Event::Fenced(id) => Self::Fenced(id),
            Event::Released(id) => Self::Released(id),
            Event::Deferred { job, deferral } => Self::Deferred(job.id, deferral.clone()),
            Event::ActionApplied(id, action) => Self::ActionApplied(id, action),
            Event::Swept(count) => Self::Swept(count),
        }
    }
}

/// Keeps every event in its order.
#[derive(Debug, Default)]
pub struct Recorder {
    recorded: Mutex<Vec<Recorded>>,
    count: watch::Sender<usize>,
}

impl Recorder {
    /// A recorder that has heard nothing.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// All that was recorded until now.
    #[must_use]
    pub fn all(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first event that is `wanted`, as soon as it was recorded; at once when that was before.
    pub async fn wait_for(&self, wanted: impl Fn(&Recorded) -> bool + Send) -> Recorded {
        let mut receiver = self.count.subscribe();
        loop {
            receiver.mark_unchanged();
            if let Some(found) = self.all().into_iter().find(&wanted) {
                return found;
            }
            // The sender lives in `self`, so it cannot be gone.
            let _ = receiver.changed().await;
        }
    }

    /// The end of this job, as soon as it was recorded.
    pub async fn wait_for_end(&self, id: JobId) -> Arc<Job> {
        match self.wait_for(|recorded| matches!(recorded, Recorded::Ended(job) if job.id == id)).await {
            Recorded::Ended(job) => job,
            other => unreachable!("{other:?} is no end"),
        }
    }
}

impl Events for Recorder {
    fn emit(&self, event: Event<'_>) {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.push(event.into());
        self.count.send_replace(recorded.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_recorded_before_and_what_is_recorded_later_are_both_waited_for() {
        let recorder = Recorder::new();
        recorder.emit(Event::Swept(1));
        assert_eq!(recorder.wait_for(|recorded| *recorded == Recorded::Swept(1)).await, Recorded::Swept(1));
        let later = Arc::clone(&recorder);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { later.wait_for(|recorded| *recorded == Recorded::Relayed(2)).await });
        tokio::task::yield_now().await;
        recorder.emit(Event::Relayed(2));
        assert_eq!(tasks.join_next().await.unwrap().unwrap(), Recorded::Relayed(2));
    }
}
