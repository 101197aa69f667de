//! Writes down what is told, so that a test can wait for it instead of sleeping.

use std::sync::{Arc, Mutex, PoisonError};

use tally_jobs::deferral::Deferral;
use tally_jobs::events::{Event, Events};
use tally_jobs::failure::FailureKind;
use tally_jobs::model::{Job, JobId};
use tally_jobs::state::Order;
use tally_kernel::{FaultKind, Timestamp};
use tokio::sync::watch;

/// An event, to keep.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// As [`Event::Admitted`].
    Admitted(JobId),
    /// As [`Event::Replayed`].
    Replayed(JobId),
    /// As [`Event::Refused`].
    Refused(FaultKind),
    /// As [`Event::NotOffered`].
    NotOffered(JobId),
    /// As [`Event::Relayed`].
    Relayed(usize),
    /// As [`Event::Claimed`].
    Claimed(JobId),
    /// As [`Event::Retried`].
    Retried(JobId, FailureKind),
    /// As [`Event::Ended`].
    Ended(Arc<Job>),
    /// As [`Event::Fenced`].
    Fenced(JobId),
    /// As [`Event::Released`].
    Released(JobId),
    /// As [`Event::Postponed`].
    Postponed(JobId, Deferral),
    /// As [`Event::BreakerOpened`].
    BreakerOpened(String, Timestamp),
    /// As [`Event::BreakerClosed`].
    BreakerClosed(String),
    /// As [`Event::Ordered`].
    Ordered(JobId, Order),
    /// As [`Event::Swept`].
    Swept(usize),
}

impl From<Event<'_>> for Told {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Admitted(job) => Self::Admitted(job.id),
            Event::Replayed(job) => Self::Replayed(job.id),
            Event::Refused(kind) => Self::Refused(kind),
            Event::NotOffered(id) => Self::NotOffered(id),
            Event::Relayed(count) => Self::Relayed(count),
            Event::Claimed(job) => Self::Claimed(job.id),
            Event::Retried { job, why } => Self::Retried(job.id, why),
            Event::Ended { job, .. } => Self::Ended(Arc::clone(job)),
            Event::Fenced(id) => Self::Fenced(id),
            Event::Released(id) => Self::Released(id),
            Event::Postponed { job, deferral } => Self::Postponed(job.id, deferral.clone()),
            Event::BreakerOpened { host, until } => Self::BreakerOpened(host.to_owned(), until),
            Event::BreakerClosed { host } => Self::BreakerClosed(host.to_owned()),
            Event::Ordered(id, order) => Self::Ordered(id, order),
            Event::Swept(count) => Self::Swept(count),
        }
    }
}

/// Keeps every event in its order.
#[derive(Debug, Default)]
pub struct Recorder {
    told: Mutex<Vec<Told>>,
    count: watch::Sender<usize>,
}

impl Recorder {
    /// A recorder that has heard nothing.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// All that was told until now.
    #[must_use]
    pub fn all(&self) -> Vec<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first event that is `wanted`, as soon as it was told; at once when that was before.
    pub async fn wait_for(&self, wanted: impl Fn(&Told) -> bool + Send) -> Told {
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

    /// The end of this job, as soon as it was told.
    pub async fn wait_for_end(&self, id: JobId) -> Arc<Job> {
        match self.wait_for(|told| matches!(told, Told::Ended(job) if job.id == id)).await {
            Told::Ended(job) => job,
            other => unreachable!("{other:?} is no end"),
        }
    }
}

impl Events for Recorder {
    fn tell(&self, event: Event<'_>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(event.into());
        self.count.send_replace(told.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_told_before_and_what_is_told_later_are_both_waited_for() {
        let recorder = Recorder::new();
        recorder.tell(Event::Swept(1));
        assert_eq!(recorder.wait_for(|told| *told == Told::Swept(1)).await, Told::Swept(1));
        let later = Arc::clone(&recorder);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { later.wait_for(|told| *told == Told::Relayed(2)).await });
        tokio::task::yield_now().await;
        recorder.tell(Event::Relayed(2));
        assert_eq!(tasks.join_next().await.unwrap().unwrap(), Told::Relayed(2));
    }
}
