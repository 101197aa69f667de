//! One attempt at a job: claim, fetch, extract, count, settle.
//!
//! Knows the order of steps and nothing of queues or tasks: who calls it, and what he does with the ticket
//! afterwards, is the worker's affair. Counting runs in the caller's task, a piece at a time; the caller sees to it
//! that nobody waits for an answer of its runtime meanwhile.

mod reading;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, ready, select};
use futures_util::stream::once;
use tally_extract::{Declared, Limits};
use tally_kernel::{Backoff, Clock, Fault, Ids, Lease, Timestamp, panic_message};
use tokio::sync::Semaphore;

use crate::analysis::Analysis;
use crate::deferral::{DeferReason, Deferral};
use crate::events::{Event, Events};
use crate::failure::{Failure, FailureKind};
use crate::model::{BlobId, Content, Ending, Hold, Job, Source, Ticket, WorkerId};
use crate::ports::{
    Blobs, ByteStream, FetchLimits, Fetcher, JobStore, Parser, Settled, StillHeld, StreamError, Unfetched,
};
use crate::report::Findings;

/// How often a job may take its worker with it before it is failed.
pub const MOST_CRASHES: u32 = 3;
/// How often a job is tried when its failure may pass.
pub const MOST_ATTEMPTS: u32 = 5;
/// How often a running job asks whether it is still wanted: a cancel is felt within a second.
const HEARTBEAT: Duration = Duration::from_millis(500);
/// The pauses between tries.
const RETRIES: Backoff = Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(300) };

/// The bounds of one attempt.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorkLimits {
    /// Of a fetch.
    pub fetch: FetchLimits,
    /// Of a document that was handed in.
    pub document: Limits,
}

/// The use case and what it needs.
#[derive(Clone)]
pub struct Work {
    /// Where jobs are remembered.
    pub store: Arc<dyn JobStore>,
    /// Where large bodies are.
    pub blobs: Arc<dyn Blobs>,
    /// The way out.
    pub fetcher: Arc<dyn Fetcher>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for pauses.
    pub ids: Arc<dyn Ids>,
    /// Who is told.
    pub events: Arc<dyn Events>,
    /// This worker's name.
    pub me: WorkerId,
    /// The bounds.
    pub limits: WorkLimits,
    /// Who reads documents that may kill their reader.
    pub parser: Arc<dyn Parser>,
    /// How many large documents are read side by side: each may need tens of megabytes.
    pub large: Arc<Semaphore>,
}

/// What a ticket came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// It was not to be taken: ended, taken, changed since, not yet due.
    Nothing,
    /// An attempt ended, or was lost to somebody else.
    Attempted,
    /// Its host has no permit for another fetch: the job was released, uncharged, until later.
    Postponed,
}

/// What counting came to, other than findings.
enum Stop {
    /// Its sender is to blame.
    Failed(Failure),
    /// A port of ours is.
    Fault(Fault),
    /// It was not begun.
    Postponed(Deferral),
}

impl From<StreamError> for Stop {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Failed(failure) => Self::Failed(failure),
            StreamError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// What an attempt came to.
enum Attempt {
    Ended(Ending),
    Postponed(Deferral),
}

impl Work {
    /// Takes the job of a ticket, before any work starts.
    pub async fn claim(&self, ticket: Ticket) -> Result<Option<Hold>, Fault> {
        let hold = self.store.take(ticket, &self.me, self.clock.now()).await?;
        if let Some(hold) = &hold {
            self.events.tell(Event::Claimed(&hold.job));
        }
        Ok(hold)
    }

    /// Works on a held job until its attempt has ended and the end is durable, or postpones it. After an error the job
    /// is still held: give it back, or let the lease end.
    pub async fn finish(&self, hold: &Hold) -> Result<Worked, Fault> {
        let began = self.clock.now();
        let attempt = std::pin::pin!(self.attempt(hold, began));
        let heart = std::pin::pin!(self.beat(&hold.job));
        let attempt = match select(attempt, heart).await {
            Either::Left((attempt, _)) => attempt?,
            Either::Right(((), _)) => {
                self.events.tell(Event::Fenced(hold.job.id));
                return Ok(Worked::Attempted);
            }
        };
        match attempt {
            Attempt::Ended(ending) => self.settle(&hold.job, ending, began).await,
            Attempt::Postponed(deferral) => self.postpone(&hold.job, deferral).await,
        }
    }

    /// Gives a held job back untouched.
    pub async fn release(&self, hold: &Job) -> Result<(), Fault> {
        self.store.release(hold, self.clock.now()).await?;
        self.events.tell(Event::Released(hold.id));
        Ok(())
    }

    /// Ends when the hold is over. A store that cannot answer proves nothing: the lease and the fence decide.
    async fn beat(&self, hold: &Job) {
        loop {
            self.clock.sleep(HEARTBEAT).await;
            let now = self.clock.now();
            if let Ok(StillHeld::Gone) = self.store.renew(hold, now, Lease::from(now)).await {
                return;
            }
        }
    }

    /// Releases a held job until its host may have a permit. It does not wait here: the slot is for jobs of other hosts.
    /// The job is due at its deadline at the latest, to fail by it.
    async fn postpone(&self, hold: &Job, mut deferral: Deferral) -> Result<Worked, Fault> {
        deferral.until = deferral.until.min(hold.deadline_at());
        self.store.release(hold, deferral.until).await?;
        self.events.tell(Event::Postponed { job: hold, deferral: &deferral });
        Ok(Worked::Postponed)
    }

    /// Decides how the attempt ends. An error is a fault of ours: the hold's lease then ends by itself.
    async fn attempt(&self, hold: &Hold, now: Timestamp) -> Result<Attempt, Fault> {
        let job = &hold.job;
        if job.crashes > MOST_CRASHES {
            let detail = "the worker died three times while it worked on this; send a simpler document";
            return Ok(failed(Failure::new(FailureKind::CrashedWorker, detail)));
        }
        let left = job.deadline_at().since(now);
        if left.is_zero() {
            return Ok(failed(too_late(job)));
        }
        let counting = std::pin::pin!(AssertUnwindSafe(self.count(hold)).catch_unwind());
        let counted = match select(counting, self.clock.sleep(left)).await {
            Either::Left((counted, _)) => counted.unwrap_or_else(|panic| Err(panicked(job, &*panic))),
            Either::Right(_) => return Ok(failed(too_late(job))),
        };
        match counted {
            Ok(findings) => Ok(Attempt::Ended(Ending::Succeeded(Box::new(findings)))),
            Err(Stop::Failed(failure)) => Ok(Attempt::Ended(self.judge(job, failure))),
            Err(Stop::Postponed(deferral)) => Ok(Attempt::Postponed(deferral)),
            Err(Stop::Fault(fault)) => Err(fault),
        }
    }

    /// Again, or for good?
    fn judge(&self, job: &Job, failure: Failure) -> Ending {
        let again = match failure.kind {
            // A parser may die of the moment, for want of memory; three times is the document's fault.
            FailureKind::CrashedWorker => job.attempts < MOST_CRASHES,
            kind => kind.is_retryable() && job.attempts < MOST_ATTEMPTS,
        };
        if !again {
            return Ending::Failed(failure);
        }
        let pause =
            RETRIES.pause(job.attempts, self.ids.chance()).max(failure.retry_after.unwrap_or_default());
        let at = self.clock.now().after(pause);
        if at >= job.deadline_at() {
            return Ending::Failed(failure);
        }
        Ending::Retry { failure, at }
    }

    async fn count(&self, hold: &Hold) -> Result<Findings, Stop> {
        let settings = &hold.job.settings;
        match (&hold.job.source, &hold.content) {
            (Source::Url(address), _) => {
                let fetched = self.fetcher.open(address, &self.limits.fetch).await;
                let fetched = fetched.map_err(|unfetched| self.unfetched(unfetched))?;
                let declared = Declared {
                    content_type: fetched.content_type.as_deref(),
                    name: Some(fetched.final_url.url().path()),
                };
                let limits =
                    Limits { decoded_bytes: self.limits.fetch.decoded_bytes, ..self.limits.document };
                let mut findings = self.read_document(&declared, limits, settings, fetched.body).await?;
                Arc::make_mut(&mut findings.report).document.final_url = Some(fetched.final_url.to_string());
                Ok(findings)
            }
            (Source::Text { .. }, Some(Content::Inline(bytes))) => {
                let mut analysis = Analysis::of_text(settings);
                analysis.push(bytes).map_err(Stop::Failed)?;
                analysis.finish().map_err(Stop::Failed)
            }
            (Source::Text { .. }, Some(Content::Stored(blob))) => {
                Ok(self.read(Analysis::of_text(settings), self.stored(*blob).await?).await?)
            }
            (Source::File { name, content_type, .. }, Some(content)) => {
                let declared = Declared { content_type: content_type.as_deref(), name: name.as_deref() };
                let body = match content {
                    Content::Inline(bytes) => Box::pin(once(ready(Ok(bytes.clone())))) as ByteStream,
                    Content::Stored(blob) => self.stored(*blob).await?,
                };
                Ok(self.read_document(&declared, self.limits.document, settings, body).await?)
            }
            (_, None) => Err(Stop::Failed(content_lost())),
        }
    }

    /// What becomes of a job whose document was not fetched. A host that has been down for minutes fails the attempt.
    fn unfetched(&self, unfetched: Unfetched) -> Stop {
        match unfetched {
            Unfetched::Failed { failure, .. } => Stop::Failed(failure),
            Unfetched::Deferred(Deferral { host, until, reason: DeferReason::HostDown }) => {
                let detail = format!("{host} has not answered for minutes, and was not asked again");
                let retry_after = Some(until.since(self.clock.now()));
                Stop::Failed(Failure { retry_after, ..Failure::new(FailureKind::Unreachable, detail) })
            }
            Unfetched::Deferred(deferral) => Stop::Postponed(deferral),
        }
    }

    async fn stored(&self, blob: BlobId) -> Result<ByteStream, StreamError> {
        self.blobs.open(blob).await?.ok_or_else(|| StreamError::Failed(content_lost()))
    }

    /// Makes the end durable, and tells it.
    async fn settle(&self, hold: &Job, ending: Ending, began: Timestamp) -> Result<Worked, Fault> {
        let why = match &ending {
            Ending::Retry { failure, .. } => Some(failure.kind),
            Ending::Succeeded(_) | Ending::Failed(_) => None,
        };
        let now = self.clock.now();
        match (self.store.settle(hold, ending, now).await?, why) {
            (Settled::Gone, _) => self.events.tell(Event::Fenced(hold.id)),
            (Settled::Written(job), Some(why)) => self.events.tell(Event::Retried { job: &job, why }),
            (Settled::Written(job), None) => {
                self.events.tell(Event::Ended { job: &Arc::new(job), run: now.since(began) });
            }
        }
        Ok(Worked::Attempted)
    }
}

fn failed(failure: Failure) -> Attempt {
    Attempt::Ended(Ending::Failed(failure))
}

fn panicked(job: &Job, panic: &(dyn Any + Send)) -> Stop {
    tracing::error!(job.id = %job.id, panic = panic_message(panic), "a document made the reader panic");
    let detail =
        "reading this document met a defect in Tally; the operator finds it in the log under the job's id";
    Stop::Failed(Failure::new(FailureKind::Internal, detail))
}

fn too_late(job: &Job) -> Failure {
    let allowed = job.settings.deadline.as_millis();
    let detail = format!("the job did not end within its deadline_ms of {allowed}; give it more time");
    Failure::new(FailureKind::DeadlineExceeded, detail)
}

fn content_lost() -> Failure {
    Failure::new(FailureKind::ContentLost, "the content is not in the store any more; submit it again")
}
