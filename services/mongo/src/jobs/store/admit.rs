//! Takes jobs in.

use tally_jobs::model::{Content, Job, NewJob};
use tally_jobs::notes::LEFT_TO_SUBMIT;
use tally_jobs::ports::Admission;
use tally_jobs::relay::offer_again_at;
use tally_kernel::{Fault, FaultKind};

use super::{JobsInMongo, LOOKS, outrun, unwritable};
use crate::codec::record::{self, Record, Stored, Tombstone, job_id};
use crate::jobs::inserts::Inserted;

const DURING: &str = "admit a job";
/// The largest document: the server takes 16 MiB, and what moves needs some room.
const LARGEST: usize = 15 << 20;

/// What stands in the way of a new job.
enum Known {
    /// Nothing any more.
    Nothing,
    /// The mark of one that was forgotten.
    Gone(Tombstone),
    /// An answer.
    Answer(Admission),
}

impl JobsInMongo {
    pub(super) async fn take_in(&self, mut new: NewJob) -> Result<Admission, Fault> {
        let content = new.content.take();
        let job = new.into_job();
        if !self.room.reserve(job.source.bytes()) {
            return self.without_room(&job).await;
        }
        // From here on this process answers for the ticket, if it may.
        let is_kept = self.handing.begin(&job).await;
        let admission = self.write(&job, content.as_ref(), is_kept).await;
        // What may have been written is handed out by the relay, when it was.
        let is_written =
            matches!(&admission, Ok(Admission::New { .. }) | Err(Fault { kind: FaultKind::Unknown, .. }));
        if is_kept && !is_written {
            self.handing.end(job.id);
        }
        admission
    }

    async fn write(&self, job: &Job, content: Option<&Content>, is_kept: bool) -> Result<Admission, Fault> {
        let (seq, mark) = (self.numbers.seq(self.clock.now()), self.numbers.mark());
        let (wake, by) = match is_kept {
            true => (offer_again_at(job.due_at, job.created_at), Some(self.numbers.process())),
            false => (job.created_at.after(LEFT_TO_SUBMIT), None),
        };
        let document = record::admitted(job, content, seq, wake, by, mark);
        let document = document.map_err(|why| unwritable(DURING, why))?;
        if document.as_bytes().len() > LARGEST {
            return Err(Fault::because(
                FaultKind::Overloaded,
                DURING,
                "the record is larger than a document may be",
            ));
        }
        for _ in 0..LOOKS {
            let known = match self.inserts.ask(document.clone(), DURING).await? {
                Inserted::New => None,
                Inserted::Known => Some(self.known(job, seq).await?),
            };
            let is_new = match known {
                None => true,
                Some(Known::Nothing) => false,
                Some(Known::Answer(answer)) => return Ok(answer),
                Some(Known::Gone(tombstone)) => {
                    self.erase(job.id, &tombstone).await?;
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
        Err(outrun(DURING))
    }

    /// A job that is here already needs no room. Only one with a key can be; for the others the answer costs nothing.
    async fn without_room(&self, job: &Job) -> Result<Admission, Fault> {
        // No place in the order is negative, so this is nobody's.
        if job.fingerprint.is_some()
            && let Known::Answer(answer) = self.known(job, -1).await?
        {
            return Ok(answer);
        }
        Err(Fault::because(FaultKind::Overloaded, DURING, "as many jobs wait as may wait"))
    }

    async fn known(&self, job: &Job, seq: i64) -> Result<Known, Fault> {
        let Some(document) = self.finds.ask(job.id, DURING).await? else { return Ok(Known::Nothing) };
        match record::read(&document) {
            Err(why) => {
                self.aside.tell(&document, &why);
                Err(Fault::because(FaultKind::Corrupt, DURING, why))
            }
            Ok(Stored::Gone(tombstone)) => Ok(Known::Gone(tombstone)),
            Ok(Stored::Job(found)) => Ok(Known::Answer(answer(job, seq, *found))),
        }
    }
}

fn answer(job: &Job, seq: i64, found: Record) -> Admission {
    if found.seq == seq {
        // Our own: the driver had asked twice, and only the first answer was lost.
        let pending = Some(job.ticket());
        return Admission::New { job: job.clone(), pending };
    }
    if found.job.fingerprint == job.fingerprint { Admission::Replay(found.job) } else { Admission::KeyReused }
}
