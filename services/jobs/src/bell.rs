//! Wakes those who wait for a job's end in this process.
//!
//! A ring is a hint that saves time: an end that another process wrote rings nothing here, so whoever waits also
//! looks into the store now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::events::{Event, Events};
use crate::model::{Job, JobId};

type Waiting = HashMap<JobId, watch::Sender<Option<Arc<Job>>>>;

/// Who waits for which job.
#[derive(Default)]
pub struct Bell {
    waiting: Mutex<Waiting>,
}

/// One who waits. Dropping it forgets him.
pub struct Listener {
    bell: Arc<Bell>,
    id: JobId,
    receiver: Option<watch::Receiver<Option<Arc<Job>>>>,
}

impl Bell {
    /// A bell that nobody waits at.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Begins to listen for the end of a job. Listen first, then look into the store: so no end is missed.
    #[must_use]
    pub fn listen(self: &Arc<Self>, id: JobId) -> Listener {
        let receiver = self.lock().entry(id).or_insert_with(|| watch::Sender::new(None)).subscribe();
        Listener { bell: Arc::clone(self), id, receiver: Some(receiver) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing in here can panic half way through a change.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// The job at its end, when this process sees it.
    pub async fn ended(&mut self) -> Arc<Job> {
        if let Some(receiver) = &mut self.receiver
            && let Ok(seen) = receiver.wait_for(Option::is_some).await
            && let Some(job) = seen.as_ref()
        {
            return Arc::clone(job);
        }
        // The sender lives as long as a listener does, so this is not reached; waiting is the safe answer.
        std::future::pending().await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.receiver = None;
        let mut waiting = self.bell.lock();
        if waiting.get(&self.id).is_some_and(|sender| sender.receiver_count() == 0) {
            waiting.remove(&self.id);
        }
    }
}

impl Events for Bell {
    fn tell(&self, event: Event<'_>) {
        if let Event::Ended { job, .. } = event
            && let Some(sender) = self.lock().get(&job.id)
        {
            sender.send_replace(Some(Arc::clone(job)));
        }
    }
}
