//! Records of the room as rows to be written. All encoding happens here, in the caller's task: the writer only writes.

use tally_jobs::model::{BlobId, Content, Ending, Job};
use tally_jobs::words::WordList;

use crate::jobs::change::{End, Expect, Moving};
use crate::jobs::codec::{failure, report};

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
pub(super) fn end(expect: Expect, job: &Job, rest: Option<WordList>) -> End {
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

/// The words of a histogram after those that the record shows, by count downwards as those are.
pub(super) fn rest(ending: &Ending) -> Option<WordList> {
    let Ending::Succeeded(findings) = ending else { return None };
    let (shown, all) = (findings.report.top_words.len(), findings.histogram.len());
    (all > shown).then(|| findings.histogram.top(all).into_iter().skip(shown).collect())
}

/// The body that stands beside the record.
pub(super) fn stored_body(content: Option<&Content>) -> Option<BlobId> {
    match content {
        Some(Content::Stored(blob)) => Some(*blob),
        Some(Content::Inline(_)) | None => None,
    }
}
