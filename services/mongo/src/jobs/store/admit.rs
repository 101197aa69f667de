//! Admits jobs.

use bson::{Bson, Document, doc};
use tally_jobs::confirmed_publishes::SUBMIT_GRACE;
use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::ports::Admission;
use tally_jobs::record::{Generation, Job, NewJob};
use tally_jobs::relay::publish_again_at;
use tally_kernel::{Fault, FaultKind};

use super::{MAX_ATTEMPTS, MongoJobStore, contended};
use crate::codec::record::{self, Admitted, Record, Stored, both_ids, job_id};
use crate::error::Effect;
use crate::jobs::inserts::InsertOutcome;
use crate::schema::{GONE, JOBS, durable};

const DURING: &str = "admit a job";
/// Maximum document size. The server allows 16 MiB; later changes need some of it.
const MAX_DOCUMENT_BYTES: usize = 15 << 20;

/// The existing document under the id of a new job.
enum ExistingJob {
    /// It is gone by now.
    Nothing,
    /// The job exists; this is the result.
    Admission(Admission),
}

impl MongoJobStore {
    pub(super) async fn admit_job(&self, mut new: NewJob) -> Result<Admission, Fault> {
        let (content, generation) = (new.content.take(), new.generation);
        let job = new.into_job();
        if !self.backlog.reserve(job.content_bytes) {
            return self.admit_existing(&job).await;
        }
        // Before the job is written: a mark without a job is harmless, a job without its mark could be admitted twice.
        if let Some(generation) = generation {
            self.mark_generation(generation, job.id).await?;
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
            };
            if is_new {
                let pending = Some(job.ticket());
                return Ok(Admission::New { job: job.clone(), pending });
            }
        }
        Err(contended(DURING))
    }

    /// Writes into the tombstone of a key's first job which of its jobs is the newest.
    async fn mark_generation(&self, generation: Generation, newest: JobId) -> Result<(), Fault> {
        let number = i64::from(generation.number);
        let first = both_ids(generation.first).map(Bson::from).to_vec();
        let tombstone =
            doc! { "_id": { "$in": first }, "state": GONE, "generation": { "$not": { "$gte": number } } };
        let mark = doc! { "$set": { "generation": number, "newest": job_id(newest) } };
        let marked = self.db.run(Effect::Write, DURING, |database| async move {
            let jobs = database.collection::<Document>(JOBS);
            jobs.update_one(tombstone, mark).write_concern(durable()).await
        });
        marked.await.map(drop)
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
            Ok(Stored::Gone(tombstone)) => {
                Ok(ExistingJob::Admission(Admission::Gone { newest: tombstone.generation }))
            }
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
