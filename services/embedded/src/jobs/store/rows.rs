//! Records of the room as rows to be written. All encoding happens here, in the caller's task: the writer only writes.

use tally_jobs::model::{BlobId, Content, Ending, Job};

use crate::jobs::change::{End, Expect, Moving};
use crate::jobs::codec::{failure, report, words};

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
pub(super) fn end(expect: Expect, job: &Job, rest: Option<Vec<u8>>) -> End {
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
        report: report.map(report::write),
        top: report.map(|report| words::write(report.top_words.iter().map(|(word, n)| (word.as_str(), *n)))),
        rest,
    }
}

/// Takes the first words out of an ending.
pub(super) fn take_words(ending: &mut Ending) -> Vec<(String, u64)> {
    match ending {
        Ending::Succeeded(findings) => std::mem::take(&mut findings.report.top_words),
        Ending::Failed(_) | Ending::Retry { .. } => Vec::new(),
    }
}

/// The words of a histogram after those that the record shows, by count downwards as those are.
pub(super) fn rest(ending: &Ending, job: &Job) -> Option<Vec<u8>> {
    let (Ending::Succeeded(findings), Some(report)) = (ending, &job.report) else { return None };
    let shown = report.top_words.len();
    if findings.histogram.len() <= shown {
        return None;
    }
    let mut all: Vec<_> = findings.histogram.iter().collect();
    all.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    Some(words::write(all.into_iter().skip(shown)))
}

/// The body that stands beside the record.
pub(super) fn stored_body(content: Option<&Content>) -> Option<BlobId> {
    match content {
        Some(Content::Stored(blob)) => Some(*blob),
        Some(Content::Inline(_)) | None => None,
    }
}
