//! Admits jobs.

use tally_jobs::confirmed_publishes::SUBMIT_GRACE;
use tally_jobs::content::Content;
use tally_jobs::ports::Admission;
use tally_jobs::record::{Job, NewJob};
use tally_jobs::relay::publish_again_at;
use tally_kernel::{Fault, FaultKind};

use super::{MAX_ATTEMPTS, MongoJobStore, contended};
use crate::codec::record::{self, Admitted, Record, Stored, TombstoneRecord, job_id};
use crate::jobs::inserts::InsertOutcome;

const DURING: &str = "admit a job";
/// Maximum document size. The server allows 16 MiB; later changes need some of it.
const MAX_DOCUMENT_BYTES: usize = 15 << 20;

/// The existing document under the id of a new job.
enum ExistingJob {
    /// It is gone by now.
    Nothing,
    /// The tombstone of a deleted job.
    Gone(TombstoneRecord),
    /// The job exists; this is the result.
    Admission(Admission),
}

impl MongoJobStore {
    pub(super) async fn admit_job(&self, mut new: NewJob) -> Result<Admission, Fault> {
        let content = new.content.take();
        let job = new.into_job();
        if !self.backlog.reserve(job.content_bytes) {
            return self.admit_existing(&job).await;
        }
        // From here on this process tracks the message until it is confirmed.
        let is_tracked = self.watermark.track(&job).await;
        let admission = self.write(&job, content.as_ref(), is_tracked).await;
        // If the outcome is unknown and the job was written, the relay publishes it.
        let is_written =
            matches!(&admission, Ok(Admission::New { .. }) | Err(Fault { kind: FaultKind::Unknown, .. }));
        if is_tracked && !is_written {
            self.watermark.untrack(job.id);
        }
        admission
    }

    async fn write(
        &self,
        job: &Job,
        content: Option<&Content>,
        is_tracked: bool,
    ) -> Result<Admission, Fault> {
        let (seq, mark) = (self.sequence.seq(self.clock.now()), self.sequence.mark());
        let (wake, by) = match is_tracked {
            true => (publish_again_at(job.due_at, job.created_at), Some(self.sequence.process())),
            false => (job.created_at.after(SUBMIT_GRACE), None),
        };
        let document = record::admitted(job, content, Admitted { seq, wake, by, mark });
        if document.as_bytes().len() > MAX_DOCUMENT_BYTES {
            return Err(Fault::because(
                FaultKind::Overloaded,
                DURING,
                "the record exceeds the maximum document size",
            ));
        }
        for _ in 0..MAX_ATTEMPTS {
            let existing = match self.inserts.call(document.clone(), DURING).await? {
                InsertOutcome::New => None,
                InsertOutcome::Known => Some(self.existing(job, seq).await?),
            };
            let is_new = match existing {
                None => true,
                Some(ExistingJob::Nothing) => false,
                Some(ExistingJob::Admission(admission)) => return Ok(admission),
                Some(ExistingJob::Gone(tombstone)) => {
                    self.remove_owned(job.id, &tombstone).await?;
                    let mut expect = bson::rawdoc! { "_id": job_id(job.id), "state": crate::schema::GONE };
                    expect.append(bson::raw::cstr!("mark"), tombstone.mark);
                    self.swap(job.id, expect, document.clone(), mark, DURING).await?
                }
            };
            if is_new {
                let pending = Some(job.ticket());
                return Ok(Admission::New { job: job.clone(), pending });
            }
        }
        Err(contended(DURING))
    }

    /// When the backlog is full: a job that exists needs no room. Only a job with a key can exist; for others this
    /// costs nothing.
    async fn admit_existing(&self, job: &Job) -> Result<Admission, Fault> {
        // No position is negative, so this matches no own document.
        if job.fingerprint.is_some()
            && let ExistingJob::Admission(admission) = self.existing(job, -1).await?
        {
            return Ok(admission);
        }
        Err(Fault::because(FaultKind::Overloaded, DURING, "the backlog is full"))
    }

    async fn existing(&self, job: &Job, seq: i64) -> Result<ExistingJob, Fault> {
        let Some(document) = self.find.one(job.id, DURING).await? else { return Ok(ExistingJob::Nothing) };
        match record::read(&document) {
            Err(why) => {
                self.quarantine.report_once(&document, &why);
                Err(Fault::because(FaultKind::Corrupt, DURING, why))
            }
            Ok(Stored::Gone(tombstone)) => Ok(ExistingJob::Gone(tombstone)),
            Ok(Stored::Job(found)) => Ok(ExistingJob::Admission(admission(job, seq, *found))),
        }
    }
}

fn admission(job: &Job, seq: i64, found: Record) -> Admission {
    if found.seq == seq {
        // Our own document: the driver sent the insert twice and only the first reply was lost.
        let pending = Some(job.ticket());
        return Admission::New { job: job.clone(), pending };
    }
    if found.job.fingerprint == job.fingerprint { Admission::Replay(found.job) } else { Admission::KeyReused }
}
