//! Logs one line for each event of a job.

use tally_jobs::events::Event;
use tally_jobs::id::RequestId;
use tally_jobs::record::Job;
use tally_jobs::workload::Deferral;
use tally_kernel::Timestamp;

/// Logs an event. Every line about a job has `job.id`, and `request.id` if its request had one. No line has the text
/// or the address of a job; lines about a host name the host.
pub(super) fn event(event: Event<'_>) {
    match event {
        Event::Admitted(job) => {
            tracing::debug!(job.id = %job.id, request.id = request(job), "job admitted");
        }
        Event::Replayed(job) => {
            tracing::debug!(job.id = %job.id, request.id = request(job), "submit answered with the first job of its key");
        }
        Event::Refused(kind) => {
            tracing::info!(fault = kind.as_str(), "submit refused");
        }
        Event::NotPublished(id) => {
            tracing::debug!(job.id = %id, "ticket left to the relay");
        }
        Event::Relayed(tickets) => {
            tracing::debug!(tickets, "overdue tickets published");
        }
        Event::Claimed(job) => {
            tracing::debug!(job.id = %job.id, request.id = request(job), job.attempts = job.attempts, "attempt started");
        }
        Event::Retried { job } => {
            let (reason, next) = (failure(job), job.due_at);
            tracing::info!(job.id = %job.id, request.id = request(job), job.attempts = job.attempts, reason, %next, "attempt failed, the job will be retried");
        }
        Event::Ended { job, run } => {
            let reason = failure(job);
            let (state, run_ms) = (job.state.as_str(), run.as_millis());
            tracing::info!(job.id = %job.id, request.id = request(job), job.state = state, job.attempts = job.attempts, run_ms, reason, "job ended");
        }
        Event::Fenced(id) => {
            tracing::info!(job.id = %id, "the outcome of an attempt was rejected: its epoch is stale");
        }
        Event::Released(id) => {
            tracing::info!(job.id = %id, "job released");
        }
        Event::Deferred { job, deferral: Deferral { waits_for: host, until, reason } } => {
            tracing::debug!(job.id = %job.id, request.id = request(job), host, reason, next = %until, "job deferred for its host");
        }
        Event::ActionApplied(id, action) => {
            tracing::info!(job.id = %id, order = action.as_str(), "action applied");
        }
        Event::Swept(jobs) => {
            tracing::debug!(jobs, "jobs deleted: their retention is over");
        }
    }
}

pub(super) fn breaker_opened(host: &str, until: Timestamp) {
    tracing::warn!(host, %until, "a host failed several times in a row; its circuit is open");
}

pub(super) fn breaker_closed(host: &str) {
    tracing::info!(host, "a host answers again; its circuit is closed");
}

/// The name of a job's failure; empty if it has none.
fn failure(job: &Job) -> &str {
    job.failure.as_ref().map_or("", |failure| &failure.name)
}

/// The id of a job's request; the line omits it if there is none.
fn request(job: &Job) -> Option<&str> {
    job.request.as_ref().map(RequestId::as_str)
}
