//! Takes a job in: remembers it, hands it out, says so.
//!
//! Knows the order of steps and nothing of HTTP or brokers. When it returns `Ok`, the job is durable.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tally_kernel::{Clock, Fault, FaultKind, Ids};

use crate::events::{Event, Events};
use crate::key::{Binding, SecretCell};
use crate::model::{Content, Job, JobId, NewJob, RequestId, Source, Ticket};
use crate::notes::Notes;
use crate::ports::{Admission, JobQueue, JobStore};
use crate::settings::Settings;

/// How long a submit waits for the queue to confirm its ticket. The job is durable by then, so nothing is won by a longer
/// wait: the relay offers after as long what nobody has confirmed.
const OFFER_WITHIN: Duration = Duration::from_secs(1);

/// What a client submits, checked at the door.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The id that the job will have; from [`Submit::name`], so that one may listen for its end beforehand.
    pub id: JobId,
    /// What it is.
    pub source: Source,
    /// Its bytes, unless it is an address.
    pub content: Option<Content>,
    /// What was asked.
    pub settings: Settings,
    /// The idempotency key and the fingerprint of the request.
    pub binding: Option<Binding>,
    /// The id that the request came with.
    pub request: Option<RequestId>,
}

/// What a submit came to.
#[derive(Debug)]
pub enum Accepted {
    /// A new job.
    New(Job),
    /// The job that this key was first used for.
    Replay(Job),
}

/// Why a submit was not accepted. Nothing was stored, except after a fault of kind `Unknown`.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A port could not take it.
    #[error(transparent)]
    Store(#[from] Fault),
}

/// The use case and what it needs.
#[derive(Clone)]
pub struct Submit {
    /// Where jobs are remembered.
    pub store: Arc<dyn JobStore>,
    /// Where tickets wait.
    pub queue: Arc<dyn JobQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Who is told.
    pub events: Arc<dyn Events>,
    /// What keyed ids are derived with.
    pub secret: SecretCell,
    /// What was handed out, for the relay.
    pub notes: Arc<Notes>,
}

impl Submit {
    /// The id of the next job: derived from its key when it has one, else fresh.
    ///
    /// # Errors
    /// `Unavailable` for a job with a key while the store has not given the secret yet.
    pub fn name(&self, binding: Option<&Binding>) -> Result<JobId, Fault> {
        let Some(binding) = binding else { return Ok(self.ids.fresh(self.clock.now()).into()) };
        let secret = self.secret.get();
        let secret = secret
            .ok_or_else(|| Fault::new(FaultKind::Unavailable, "read the secret of idempotency keys"))?;
        Ok(secret.job_id(&binding.key))
    }

    /// Takes a job in. Run it in a task of its own where the caller may vanish (a client that disconnects), so
    /// that an admitted job is also offered at once.
    pub async fn run(&self, submission: Submission) -> Result<Accepted, SubmitError> {
        let created_at = self.clock.now();
        let Submission { id, source, content, settings, binding, request } = submission;
        let new = NewJob { id, source, content, settings, binding, request, created_at };
        match self.store.admit(new).await {
            Ok(Admission::New { job, pending }) => {
                self.events.tell(Event::Admitted(&job));
                if let Some(ticket) = pending {
                    let handing_out = async {
                        match job.is_light() {
                            true => self.queue.offer_light(ticket).await,
                            false => self.queue.offer(ticket).await,
                        }?;
                        self.notes.put(ticket, self.clock.now());
                        Ok(())
                    };
                    offer(ticket, handing_out, &*self.clock, &*self.events).await;
                }
                Ok(Accepted::New(job))
            }
            Ok(Admission::Replay(job)) => {
                self.events.tell(Event::Replayed(&job));
                Ok(Accepted::Replay(job))
            }
            Ok(Admission::KeyReused) => Err(SubmitError::KeyReused),
            Err(fault) => {
                self.events.tell(Event::Refused(fault.kind));
                Err(fault.into())
            }
        }
    }
}

/// Hands out a ticket whose job is durable, as far as that comes to an end in time. A failure here costs time only: the
/// relay finds the job overdue.
pub(crate) async fn offer(
    ticket: Ticket,
    handing_out: impl Future<Output = Result<(), Fault>>,
    clock: &dyn Clock,
    events: &dyn Events,
) {
    let told = match select(std::pin::pin!(handing_out), clock.sleep(OFFER_WITHIN)).await {
        Either::Left((told, _)) => told,
        Either::Right(_) => Err(Fault::new(FaultKind::Unknown, "offer a ticket in time")),
    };
    if let Err(fault) = told {
        tracing::debug!(job.id = %ticket.id, %fault, "left to the relay");
        events.tell(Event::NotOffered(ticket.id));
    }
}
