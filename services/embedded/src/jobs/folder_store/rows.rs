//! Encodes records as rows. It runs in the caller's task, so that the writer's thread only writes.

use std::sync::Arc;

use tally_jobs::codec::{asked, failure, history};
use tally_jobs::parts::Attachment;
use tally_jobs::record::{Generation, Job};
use tally_jobs::state::AttemptOutcome;

use crate::jobs::pending_job_cache::PendingJob;
use crate::jobs::store_change::{AdmitChange, ExpectedRow, FinishedRow, MutableColumns};

/// The rows of a new record.
pub(crate) fn admit(pending: Arc<PendingJob>, generation: Option<Generation>) -> AdmitChange {
    let asked = asked::write(&pending.job);
    AdmitChange { pending, asked, generation }
}

impl MutableColumns {
    /// The mutable columns of this record.
    pub(crate) fn of(job: &Job) -> Self {
        Self {
            epoch: job.epoch,
            attempts: job.attempts,
            crashes: job.crashes,
            event_seq: job.event_seq,
            due_at: job.due_at,
            started_at: job.started_at,
            lease_until: job.lease.map(|lease| lease.until),
            history: history::write(&job.history, job.created_at),
            failure: job.failure.as_ref().map(failure::write),
        }
    }
}

/// The row of a record in a final state.
pub(crate) fn finished(expect: ExpectedRow, job: &Job, attachments: Vec<Attachment>) -> FinishedRow {
    let finished_at = job.finished_at.unwrap_or(job.due_at);
    FinishedRow {
        expect,
        id: job.id,
        content_bytes: job.content_bytes,
        state: job.state,
        last: MutableColumns::of(job),
        finished_at,
        expires_at: job.expires_at().unwrap_or(finished_at),
        source: job.parts.source.clone(),
        replaces_source: false,
        summary: job.parts.summary.clone(),
        detail: job.parts.detail.clone(),
        attachments,
    }
}

/// The row of a record that an attempt's outcome brought to a final state.
pub(super) fn finished_by(expect: ExpectedRow, job: &Job, outcome: AttemptOutcome) -> FinishedRow {
    match outcome {
        AttemptOutcome::Succeeded(output) => FinishedRow {
            replaces_source: output.source.is_some(),
            ..finished(expect, job, output.attachments)
        },
        AttemptOutcome::Failed(_) | AttemptOutcome::Retry { .. } => finished(expect, job, Vec::new()),
    }
}
