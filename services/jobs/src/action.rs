//! What a client does to a job: cancel, retry, delete.

use std::sync::Arc;
use std::time::Duration;

use tally_kernel::{Clock, Fault, OwnerId};

use crate::events::{Event, Events};
use crate::id::JobId;
use crate::ports::{ActionResult, JobQueue, JobStore};
use crate::state::JobAction;
use crate::submit::publish_in_time;

/// The use case and what it needs.
#[derive(Clone)]
pub struct ApplyAction {
    /// Where jobs are stored.
    pub store: Arc<dyn JobStore>,
    /// Where tickets wait.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Receives what happened.
    pub events: Arc<dyn Events>,
}

impl ApplyAction {
    /// Applies an action. What the job's state forbids is an ordinary answer, not an error.
    pub async fn run(&self, owner: &OwnerId, id: JobId, action: JobAction) -> Result<ActionResult, Fault> {
        let result = self.store.apply(owner, id, action, self.clock.now()).await?;
        if let ActionResult::Done { job, pending } = &result {
            self.events.emit(Event::ActionApplied(id, action));
            if action == JobAction::Cancel {
                self.events.emit(Event::Ended { job: &Arc::new(job.clone()), run: Duration::ZERO });
            }
            if let Some(ticket) = *pending {
                let publishing = async {
                    self.queue.publish(ticket).await?;
                    self.store.published(&[ticket], self.clock.now()).await
                };
                publish_in_time(ticket, publishing, &*self.clock, &*self.events).await;
            }
        }
        Ok(result)
    }
}
