//! Wakes those that wait for a job's end in this process.
//!
//! A notification is a hint that saves time: an end that another process wrote wakes no one here, so a waiter also polls
//! the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::events::{Event, Events};
use crate::id::JobId;
use crate::record::Job;

type Waiting = HashMap<JobId, watch::Sender<Option<Arc<Job>>>>;

/// Knows which jobs are waited for.
#[derive(Default)]
pub struct CompletionNotifier {
    waiting: Mutex<Waiting>,
}

/// Waits for the end of one job. Dropping it ends the wait.
pub struct CompletionWaiter {
    notifier: Arc<CompletionNotifier>,
    id: JobId,
    receiver: Option<watch::Receiver<Option<Arc<Job>>>>,
}

impl CompletionNotifier {
    /// A notifier without waiters.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Begins to wait for the end of a job. Begin first, then read the store: so no end is missed.
    #[must_use]
    pub fn wait_for(self: &Arc<Self>, id: JobId) -> CompletionWaiter {
        let receiver = self.lock().entry(id).or_insert_with(|| watch::Sender::new(None)).subscribe();
        CompletionWaiter { notifier: Arc::clone(self), id, receiver: Some(receiver) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here can panic half way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CompletionWaiter {
    /// The job at its end, when this process writes it.
    pub async fn ended(&mut self) -> Arc<Job> {
        if let Some(receiver) = &mut self.receiver
            && let Ok(seen) = receiver.wait_for(Option::is_some).await
            && let Some(job) = seen.as_ref()
        {
            return Arc::clone(job);
        }
        // The sender lives as long as a waiter does, so this is not reached; waiting is the safe answer.
        std::future::pending().await
    }
}

impl Drop for CompletionWaiter {
    fn drop(&mut self) {
        self.receiver = None;
        let mut waiting = self.notifier.lock();
        if waiting.get(&self.id).is_some_and(|sender| sender.receiver_count() == 0) {
            waiting.remove(&self.id);
        }
    }
}

impl Events for CompletionNotifier {
    fn emit(&self, event: Event<'_>) {
        if let Event::Ended { job, .. } = event
            && let Some(sender) = self.lock().get(&job.id)
        {
            sender.send_replace(Some(Arc::clone(job)));
        }
    }
}
