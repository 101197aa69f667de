//! What happened to a job, told as it happens: to the log, to metrics, to those who wait, to tests.

use std::sync::Arc;
use std::time::Duration;

use tally_kernel::{FaultKind, Timestamp};

use crate::deferral::Deferral;
use crate::failure::FailureKind;
use crate::model::{Job, JobId};
use crate::state::Order;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A job was accepted and is durable.
    Admitted(&'a Job),
    /// A submit with a known key was answered with the first job.
    Replayed(&'a Job),
    /// A submit was refused because a port could not take it.
    Refused(FaultKind),
    /// A ticket could not be handed out at once; the relay will.
    NotOffered(JobId),
    /// The relay handed out so many overdue tickets.
    Relayed(usize),
    /// A worker began an attempt.
    Claimed(&'a Job),
    /// An attempt failed in a way that may pass.
    Retried {
        /// The job, queued again.
        job: &'a Job,
        /// Why.
        why: FailureKind,
    },
    /// A job ended: succeeded, failed or cancelled.
    Ended {
        /// The job at its end.
        job: &'a Arc<Job>,
        /// How long the last attempt took; zero when it never ran.
        run: Duration,
    },
    /// An attempt ended, but somebody else had the job by then: what it found was thrown away.
    Fenced(JobId),
    /// A job was given back at a drain.
    Released(JobId),
    /// A job was released until later, because its host has no permit for another fetch.
    Postponed {
        /// The job, as it was held.
        job: &'a Job,
        /// Its host, until when, and why.
        deferral: &'a Deferral,
    },
    /// A host failed often in a row: its circuit breaker opened.
    BreakerOpened {
        /// The host: name and port.
        host: &'a str,
        /// When the first probe is allowed.
        until: Timestamp,
    },
    /// The host answers again: its circuit breaker closed.
    BreakerClosed {
        /// The host: name and port.
        host: &'a str,
    },
    /// A client changed a job.
    Ordered(JobId, Order),
    /// So many jobs were forgotten because their time was over.
    Swept(usize),
}

/// Who is told. Called on hot paths: must be quick and never block.
pub trait Events: Send + Sync {
    /// Takes note.
    fn tell(&self, event: Event<'_>);
}

/// Tells several, in order.
pub struct Chorus(pub Vec<Arc<dyn Events>>);

impl Events for Chorus {
    fn tell(&self, event: Event<'_>) {
        for listener in &self.0 {
            listener.tell(event);
        }
    }
}
