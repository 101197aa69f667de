//! Submits a job: stores it, publishes its ticket, emits the event.
//!
//! Knows the order of steps and nothing of HTTP or brokers. When it returns `Ok`, the job is durable.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tally_kernel::{Clock, Fault, FaultKind, Ids, OwnerId};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::confirmed_publishes::ConfirmedPublishes;
use crate::events::{Event, Events};
use crate::id::JobId;
use crate::key::{Binding, SecretCell};
use crate::ports::{Admission, JobQueue, JobStore};
use crate::record::{Generation, Job, NewJob, Ticket};

/// How long a publish may wait for its confirm. The job is durable by then, so a longer wait gains nothing: the relay
/// publishes after as long what is not confirmed.
const PUBLISH_WITHIN: Duration = Duration::from_secs(1);

/// How many generations of a key are tried: without the tombstone of the first, as after an import, one after another.
const MOST_GENERATIONS: usize = 64;

/// The result of a submit.
#[derive(Debug)]
pub enum Accepted {
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
    /// Where jobs are stored.
    pub store: Arc<dyn JobStore>,
    /// Where tickets are published.
    pub publisher: Publisher,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Receives what happened.
    pub events: Arc<dyn Events>,
    /// What the ids of jobs with a key are derived with.
    pub secret: SecretCell,
}

impl Submit {
    /// The id of the next job: derived from its key when it has one, else fresh.
    ///
    /// # Errors
    /// `Unavailable` for a job with a key while the store has not given the secret yet.
    pub fn id_for(&self, owner: &OwnerId, binding: Option<&Binding>) -> Result<JobId, Fault> {
        let Some(binding) = binding else { return Ok(self.ids.fresh(self.clock.now()).into()) };
        let secret = self.secret.get();
        let secret = secret
            .ok_or_else(|| Fault::new(FaultKind::Unavailable, "read the secret of idempotency keys"))?;
        Ok(secret.job_id(owner, &binding.key))
    }

    /// Submits a job. Run it in a task of its own where the caller may vanish (a client that disconnects), so that an
    /// admitted job is also published at once.
    ///
    /// A key whose job was removed is free for another one, which gets the id of the key's next generation.
    pub async fn run(&self, mut new: NewJob) -> Result<Accepted, SubmitError> {
        let first = new.id;
        // The tombstone of the first job names the newest generation, so the third admission answers.
        for _ in 0..MOST_GENERATIONS {
            let is_keyed = new.binding.is_some();
            let again = is_keyed.then(|| new.clone());
            match (self.store.admit(new).await, again) {
                (Ok(Admission::Gone { newest }), Some(again)) => {
                    new = self.next_generation(again, first, newest)?;
                }
                (admitted, _) => return self.accept(admitted).await,
            }
        }
        Err(Fault::new(FaultKind::Unavailable, "find a free generation of a key").into())
    }

    fn next_generation(&self, mut new: NewJob, first: JobId, newest: u32) -> Result<NewJob, SubmitError> {
        let tried = new.generation.map_or(0, |generation| generation.number);
        let number = if newest > tried { newest } else { tried + 1 };
        let (secret, binding) = (self.secret.get(), new.binding.as_ref());
        let (secret, binding) = secret
            .zip(binding)
            .ok_or_else(|| Fault::new(FaultKind::Unavailable, "read the secret of idempotency keys"))?;
        new.id = secret.job_id_of(&new.owner, &binding.key, number);
        new.generation = Some(Generation { number, first });
        Ok(new)
    }

    async fn accept(&self, admitted: Result<Admission, Fault>) -> Result<Accepted, SubmitError> {
        match admitted {
            Ok(Admission::New { job, pending }) => {
                self.events.emit(Event::Admitted(&job));
                if let Some(ticket) = pending {
                    self.publisher.publish(ticket, job.properties.bundled).await;
                }
                Ok(Accepted::New(job))
            }
            Ok(Admission::Replay(job)) => {
                self.events.emit(Event::Replayed(&job));
                Ok(Accepted::Replay(job))
            }
            Ok(Admission::KeyReused) => Err(SubmitError::KeyReused),
            // A job without a key has a fresh id, so this very job was admitted and removed meanwhile.
            Ok(Admission::Gone { .. }) => Err(Fault::new(FaultKind::Unknown, "admit a job").into()),
            Err(fault) => {
                self.events.emit(Event::Refused(fault.kind));
                Err(fault.into())
            }
        }
    }
}

/// Publishes tickets of durable jobs beside their answers, with a bound on how many are in flight.
#[derive(Clone)]
pub struct Publisher {
    /// Where tickets wait.
    pub queue: Arc<dyn JobQueue>,
    /// What was published, for the relay.
    pub confirmed: Arc<ConfirmedPublishes>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Receives what happened.
    pub events: Arc<dyn Events>,
    /// Runs publishes that the answer does not wait for. A drain waits for them.
    pub tasks: TaskTracker,
    /// How many of those may be in flight; see [`Publisher::IN_FLIGHT`].
    pub in_flight: Arc<Semaphore>,
}

impl Publisher {
    /// How many publishes may be in flight beside their answers: some tens of milliseconds of a busy broker.
    pub const IN_FLIGHT: usize = 1_024;

    /// Publishes the ticket of a durable job. Returns at once while fewer than [`Publisher::IN_FLIGHT`] publishes are in
    /// flight; beyond that it waits for its own, so that a slow broker slows down the submits.
    async fn publish(&self, ticket: Ticket, bundled: bool) {
        let publisher = self.clone();
        let publishing = async move {
            let publish = async {
                match bundled {
                    true => publisher.queue.publish_bundled(ticket).await,
                    false => publisher.queue.publish(ticket).await,
                }?;
                publisher.confirmed.put(ticket, publisher.clock.now());
                Ok(())
            };
            publish_in_time(ticket, publish, &*publisher.clock, &*publisher.events).await;
        };
        match Arc::clone(&self.in_flight).try_acquire_owned() {
            Ok(permit) => {
                self.tasks.spawn(async move {
                    publishing.await;
                    drop(permit);
                });
            }
            Err(_) => publishing.await,
        }
    }
}

/// Publishes a ticket whose job is durable, as far as that ends in time. A failure here costs time only: the relay finds
/// the job overdue.
pub(crate) async fn publish_in_time(
    ticket: Ticket,
    publishing: impl Future<Output = Result<(), Fault>>,
    clock: &dyn Clock,
    events: &dyn Events,
) {
    let published = match select(std::pin::pin!(publishing), clock.sleep(PUBLISH_WITHIN)).await {
        Either::Left((published, _)) => published,
        Either::Right(_) => Err(Fault::new(FaultKind::Unknown, "publish a ticket in time")),
    };
    if let Err(fault) = published {
        tracing::debug!(job.id = %ticket.id, %fault, "left to the relay");
        events.emit(Event::NotPublished(ticket.id));
    }
}
