//! What happened to a job, emitted as it happens: to the log, to metrics, to waiters, to tests.

use std::sync::Arc;
use std::time::Duration;

use tally_kernel::FaultKind;

use crate::id::JobId;
use crate::record::Job;
use crate::state::JobAction;
use crate::workload::Deferral;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A job was accepted and is durable.
    Admitted(&'a Job),
    /// A submit with a known key was answered with the first job.
    Replayed(&'a Job),
    /// A submit was refused because a port could not take it.
    Refused(FaultKind),
    /// A ticket could not be published at once; the relay will publish it.
    NotPublished(JobId),
    /// The relay published this many overdue tickets.
    Relayed(usize),
    /// A worker began an attempt.
    Claimed(&'a Job),
    /// An attempt failed, and another follows.
    Retried {
        /// The job, queued again, with its failure.
        job: &'a Job,
    },
    /// A job ended: succeeded, failed or cancelled.
    Ended {
        /// The job at its end.
        job: &'a Arc<Job>,
        /// How long the last attempt took; zero when it never ran.
        run: Duration,
    },
    /// An attempt ended after its claim: its outcome was discarded.
    Fenced(JobId),
    /// A job was released at a drain.
    Released(JobId),
    /// A job was put off, uncharged.
    Deferred {
        /// The job, as it was claimed.
        job: &'a Job,
        /// Until when, and why.
        deferral: &'a Deferral,
    },
    /// A client's action was applied to a job.
    ActionApplied(JobId, JobAction),
    /// This many jobs were removed because their retention was over.
    Swept(usize),
}

/// Receives events. Called on hot paths: must be quick and never block.
pub trait Events: Send + Sync {
    /// Takes note of an event.
    fn emit(&self, event: Event<'_>);
}

/// Emits to several receivers, in order.
pub struct FanOut(pub Vec<Arc<dyn Events>>);

impl Events for FanOut {
    fn emit(&self, event: Event<'_>) {
        for receiver in &self.0 {
            receiver.emit(event);
        }
    }
}
