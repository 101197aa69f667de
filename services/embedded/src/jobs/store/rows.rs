//! Records of the room as rows to be written. All encoding happens here, in the caller's task: the writer only writes.

use std::sync::Arc;

use tally_jobs::model::{BlobId, Content, Ending, Job, Source};
use tally_jobs::words::WordList;

use crate::jobs::change::{Admit, End, Expect, Moving};
use crate::jobs::codec::{asked, failure, report};
use crate::jobs::shelf::Waiting;

/// The row of a record that is new here.
pub(crate) fn admit(waiting: Arc<Waiting>) -> Admit {
    let job = &waiting.job;
    let content_type = match &job.source {
        Source::File { content_type, .. } => content_type.as_deref(),
        Source::Text { .. } | Source::Url(_) => None,
    };
    let asked = asked::write(&job.settings, content_type, job.request.as_ref());
    Admit { waiting, asked }
}

impl Moving {
    /// The columns that move, of this record.
    pub(super) fn of(job: &Job) -> Self {
        Self {
            epoch: job.epoch,
            attempts: job.attempts,
            crashes: job.crashes,
            due_at: job.due_at,
            started_at: job.started_at,
            lease_until: job.lease.map(|lease| lease.until),
            failure: job.failure.as_ref().map(failure::write),
        }
    }
}

/// The rows of a record that has ended.
pub(crate) fn end(expect: Expect, job: &Job, rest: Option<WordList>) -> End {
    let finished_at = job.finished_at.unwrap_or(job.due_at);
    let report = job.report.as_ref();
    End {
        expect,
        id: job.id,
        bytes: job.source.bytes(),
        state: job.state,
        last: Moving::of(job),
        finished_at,
        expires_at: job.expires_at().unwrap_or(finished_at),
        report: report.map(|report| report::write(report)),
        top: report.map(|report| report.top_words.clone()),
        rest,
    }
}

/// The words that the record of this end does not show, where there are any.
pub(super) fn rest(ending: &Ending) -> Option<WordList> {
    let Ending::Succeeded(findings) = ending else { return None };
    Some(findings.rest.clone()).filter(|rest| !rest.is_empty())
}

/// The body that stands beside the record.
pub(super) fn stored_body(content: Option<&Content>) -> Option<BlobId> {
    match content {
        Some(Content::Stored(blob)) => Some(*blob),
        Some(Content::Inline(_)) | None => None,
    }
}
