//! One line for each step of a job's life, at the level at which an operator wants it.

use tally_jobs::events::Event;
use tally_jobs::id::RequestId;
use tally_jobs::record::Job;
use tally_jobs::workload::Deferral;
use tally_kernel::Timestamp;

/// Logs an event. Every line of a job carries `job.id`, and `request.id` where its request came with one; none carries
/// its text or its address, but for the host where that is what the line is about.
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
            tracing::debug!(tickets, "overdue tickets handed out");
        }
        Event::Claimed(job) => {
            tracing::debug!(job.id = %job.id, request.id = request(job), job.attempts = job.attempts, "attempt begun");
        }
        Event::Retried { job } => {
            let (reason, next) = (failure(job), job.due_at);
            tracing::info!(job.id = %job.id, request.id = request(job), job.attempts = job.attempts, reason, %next, "attempt failed, will be tried again");
        }
        Event::Ended { job, run } => {
            let reason = failure(job);
            let (state, run_ms) = (job.state.as_str(), run.as_millis());
            tracing::info!(job.id = %job.id, request.id = request(job), job.state = state, job.attempts = job.attempts, run_ms, reason, "job ended");
        }
        Event::Fenced(id) => {
            tracing::info!(job.id = %id, "what an attempt found was thrown away: the job had changed hands");
        }
        Event::Released(id) => {
            tracing::info!(job.id = %id, "job given back");
        }
        Event::Deferred { job, deferral: Deferral { waits_for: host, until, reason } } => {
            tracing::debug!(job.id = %job.id, request.id = request(job), host, reason, next = %until, "job given back until there may be a place at its host");
        }
        Event::ActionApplied(id, action) => {
            tracing::info!(job.id = %id, order = action.as_str(), "order carried out");
        }
        Event::Swept(jobs) => {
            tracing::debug!(jobs, "jobs forgotten whose time was over");
        }
    }
}

/// Logs that the circuit breaker of a host opened.
pub(super) fn breaker_opened(host: &str, until: Timestamp) {
    tracing::warn!(host, %until, "a host failed often in a row; it is let alone, but for one fetch now and then");
}

/// Logs that it closed.
pub(super) fn breaker_closed(host: &str) {
    tracing::info!(host, "a host that was let alone answers again");
}

/// The name of a job's failure; empty when it has none.
fn failure(job: &Job) -> &str {
    job.failure.as_ref().map_or("", |failure| &failure.name)
}

/// The id of a job's request; left out of the line when there is none.
fn request(job: &Job) -> Option<&str> {
    job.request.as_ref().map(RequestId::as_str)
}
