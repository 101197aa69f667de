//! One attempt at a job: claim, run its workload, complete.
//!
//! Knows the order of steps. The worker calls it and settles the ticket afterwards. The workload runs in the
//! caller's task.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tally_kernel::{Backoff, Clock, Fault, Ids, Lease, Timestamp, panic_message};

use crate::events::{Event, Events};
use crate::failure::{Failure, FailureType};
use crate::id::WorkerId;
use crate::ports::{CompleteResult, JobStore, StillHeld};
use crate::record::{ClaimedJob, Job, Ticket};
use crate::state::AttemptOutcome;
use crate::workload::{Attempt, Deferral, Outcome, Workloads};

/// How many workers in a row may die while they run a job before it fails.
pub const MOST_CRASHES: u32 = 3;
/// How many attempts a job has when its failures are retryable.
pub const MOST_ATTEMPTS: u32 = 5;
/// How often a running job renews its claim: a cancel takes effect within a second.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// The pauses between attempts.
const RETRIES: Backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(300) };
/// How long a job waits whose kind this process does not run: an API of a newer version may have submitted it.
const UNKNOWN_KIND_PAUSE: Duration = Duration::from_secs(30);

/// The use case and what it needs.
#[derive(Clone)]
pub struct Runner {
    /// Where jobs are stored.
    pub store: Arc<dyn JobStore>,
    /// What the kinds of jobs do.
    pub workloads: Workloads,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for pauses.
    pub ids: Arc<dyn Ids>,
    /// Receives what happened.
    pub events: Arc<dyn Events>,
    /// This worker's name.
    pub worker: WorkerId,
}

/// The result of running a claimed job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// An attempt ended, or its claim was lost.
    Attempted,
    /// It was released, uncharged, to run later.
    Deferred,
}

/// What an attempt came to.
enum Decision {
    Complete(AttemptOutcome),
    Defer(Deferral),
}

impl Runner {
    /// Claims the job of a ticket, before any work starts. `None`: it may not be claimed.
    pub async fn claim(&self, ticket: Ticket) -> Result<Option<ClaimedJob>, Fault> {
        let claimed = self.store.claim_lazily(ticket, &self.worker, self.clock.now()).await?;
        if let Some(claimed) = &claimed {
            self.events.emit(Event::Claimed(&claimed.job));
        }
        Ok(claimed)
    }

    /// Runs a claimed job until its outcome is durable, or defers it. After an error the job is still claimed: release
    /// it, or let the lease end.
    pub async fn run(&self, claimed: &ClaimedJob) -> Result<Ran, Fault> {
        let began = self.clock.now();
        let attempt = std::pin::pin!(self.attempt(claimed, began));
        let heartbeat = std::pin::pin!(self.heartbeat(&claimed.job));
        let decision = match select(attempt, heartbeat).await {
            Either::Left((decision, _)) => decision?,
            Either::Right(((), _)) => {
                self.events.emit(Event::Fenced(claimed.job.id));
                return Ok(Ran::Attempted);
            }
        };
        match decision {
            Decision::Complete(outcome) => self.complete(&claimed.job, outcome, began).await,
            Decision::Defer(deferral) => self.defer(&claimed.job, deferral).await,
        }
    }

    /// Releases a claimed job at a drain.
    pub async fn release(&self, claimed: &Job) -> Result<(), Fault> {
        self.store.release(claimed, self.clock.now()).await?;
        self.events.emit(Event::Released(claimed.id));
        Ok(())
    }

    /// Ends when the claim is over. A store that cannot answer proves nothing: the lease and the fence decide.
    async fn heartbeat(&self, claimed: &Job) {
        loop {
            self.clock.sleep(HEARTBEAT).await;
            let now = self.clock.now();
            if let Ok(StillHeld::No) = self.store.renew(claimed, now, Lease::from(now)).await {
                return;
            }
        }
    }

    /// Puts a job off without charging the attempt. It does not wait here, because the slot may run other jobs. The job
    /// is due at its deadline at the latest, and fails then.
    async fn defer(&self, claimed: &Job, mut deferral: Deferral) -> Result<Ran, Fault> {
        deferral.until = deferral.until.min(claimed.deadline_at());
        self.store.release(claimed, deferral.until).await?;
        self.events.emit(Event::Deferred { job: claimed, deferral: &deferral });
        Ok(Ran::Deferred)
    }

    async fn attempt(&self, claimed: &ClaimedJob, began: Timestamp) -> Result<Decision, Fault> {
        let job = &claimed.job;
        if job.crashes > MOST_CRASHES {
            let detail = "the worker died three times while it worked on this; send a simpler document";
            return Ok(fail(Failure::new(FailureType::CRASHED_WORKER, detail)));
        }
        let deadline = job.deadline_at();
        let left = deadline.since(began);
        if left.is_zero() {
            return Ok(fail(deadline_exceeded(job)));
        }
        let Some(workload) = self.workloads.get(&job.kind) else {
            let waits_for = job.kind.as_str().to_owned();
            let until = began.after(UNKNOWN_KIND_PAUSE);
            return Ok(Decision::Defer(Deferral { until, reason: "unknown-kind", waits_for }));
        };
        let attempt = Attempt { began, deadline, number: job.attempts };
        let running = std::pin::pin!(AssertUnwindSafe(workload.run(claimed, attempt)).catch_unwind());
        let outcome = match select(running, self.clock.sleep(left)).await {
            Either::Left((outcome, _)) => outcome.unwrap_or_else(|panic| Ok(panicked(job, &*panic)))?,
            Either::Right(_) => return Ok(fail(deadline_exceeded(job))),
        };
        Ok(match outcome {
            Outcome::Succeeded(output) => Decision::Complete(AttemptOutcome::Succeeded(output)),
            Outcome::Failed(failure) => Decision::Complete(self.retry_or_fail(job, failure)),
            Outcome::Deferred(deferral) => Decision::Defer(deferral),
        })
    }

    fn retry_or_fail(&self, job: &Job, failure: Failure) -> AttemptOutcome {
        // A parser process may die of a moment without memory; three times is the document's fault. Crashes of the
        // worker itself do not count here.
        let again = match failure.is(FailureType::CRASHED_WORKER) {
            true => job.history.failures_of(FailureType::CRASHED_WORKER) + 1 < MOST_CRASHES as usize,
            false => failure.retryable && job.attempts < MOST_ATTEMPTS,
        };
        if !again {
            return AttemptOutcome::Failed(failure);
        }
        let pause =
            RETRIES.pause(job.attempts, self.ids.chance()).max(failure.retry_after.unwrap_or_default());
        let at = self.clock.now().after(pause);
        if at >= job.deadline_at() {
            return AttemptOutcome::Failed(failure);
        }
        AttemptOutcome::Retry { failure, at }
    }

    /// Makes the outcome durable, and emits it.
    async fn complete(&self, claimed: &Job, outcome: AttemptOutcome, began: Timestamp) -> Result<Ran, Fault> {
        let now = self.clock.now();
        match self.store.complete(claimed, outcome, now).await? {
            CompleteResult::Fenced => self.events.emit(Event::Fenced(claimed.id)),
            CompleteResult::Written(job) if job.state.is_final() => {
                self.events.emit(Event::Ended { job: &Arc::new(job), run: now.since(began) });
            }
            CompleteResult::Written(job) => self.events.emit(Event::Retried { job: &job }),
        }
        Ok(Ran::Attempted)
    }
}

fn fail(failure: Failure) -> Decision {
    Decision::Complete(AttemptOutcome::Failed(failure))
}

fn panicked(job: &Job, panic: &(dyn Any + Send)) -> Outcome {
    tracing::error!(job.id = %job.id, panic = panic_message(panic), "the workload panicked");
    let detail =
        "running this job met a defect in Tally; the operator finds it in the log under the job's id";
    Outcome::Failed(Failure::new(FailureType::INTERNAL, detail))
}

fn deadline_exceeded(job: &Job) -> Failure {
    let allowed = job.options.deadline.as_millis();
    let detail = format!("the job did not end within its deadline_ms of {allowed}; give it more time");
    Failure::new(FailureType::DEADLINE_EXCEEDED, detail)
}
