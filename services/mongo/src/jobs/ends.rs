//! Writes successes, many at a time: the dearest write in the life of a job, because each has a document of its own.
//!
//! A server works a change to a document out for several times the cost of an insert, and removes many documents by one
//! statement. So a success is inserted under an id of its own, and then the document of the open job is removed. Until
//! that is gone it is the truth, and it goes only while the hold lasts: who was fenced takes his end back. After a crash
//! between the two the job runs again, and finds its end's place taken: then it ends where it stands.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use bson::raw::{RawArrayBuf, cstr};
use bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};
use tally_jobs::model::JobId;
use tally_kernel::{Fault, FaultKind};

use super::inserts::{Inserted, Inserts};
use super::statements::{matched, twice_at_most};
use super::swaps::{Swap, Swaps};
use crate::calls::Calls;
use crate::codec::Unreadable;
use crate::codec::record::{Change, end_id, id_of, job_id, open_in};
use crate::error::{Effect, SharedFault};
use crate::group::Batch;
use crate::schema::{JOBS, durable_command};

const DURING: &str = "write ends";

/// The success of a job that was admitted without a key and owns nothing beside its document.
#[derive(Debug)]
pub struct End {
    /// The job.
    pub id: JobId,
    /// The epoch that its open document has.
    pub epoch: u64,
    /// Whether that document says that it is held.
    pub is_held: bool,
    /// What that document must be, its `_id` included.
    pub expect: RawDocumentBuf,
    /// What it is as the job is held.
    pub before: RawDocumentBuf,
    /// What the end makes of that; it sets `mark`.
    pub change: Change,
    /// The mark of the change.
    pub mark: i64,
}

/// The ends. `true`: written, durably. `false`: the hold was over.
pub struct Ends {
    /// The way to the database.
    pub calls: Arc<Calls>,
}

type Answers = Vec<Result<bool, SharedFault>>;

#[async_trait]
impl Batch for Ends {
    type Ask = End;
    type Answer = bool;
    const EFFECT: Effect = Effect::Write;

    fn bytes(ask: &End) -> usize {
        // What was found stands in the change.
        ask.before.as_bytes().len() + ask.change.bytes()
    }

    async fn carry_out(&self, asks: Vec<End>) -> Result<Answers, SharedFault> {
        let all: Vec<&End> = asks.iter().collect();
        // One alone costs a trip less where it stands.
        if all.len() == 1 {
            return self.write_in_place(&all).await;
        }
        let ends = asks.iter().map(|end| end.change.made_end_of(end.id, &end.before));
        let ends = ends.collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
        let inserted = Inserts { calls: Arc::clone(&self.calls) }.carry_out(ends).await?;
        let (mut there, mut taken) = (Vec::new(), Vec::new());
        for (end, inserted) in asks.iter().zip(&inserted) {
            match inserted {
                Ok(Inserted::New) => there.push(end),
                Ok(Inserted::Known) => taken.push(end),
                Err(_) => {}
            }
        }
        let (fenced, mut in_place) = tokio::try_join!(self.close(&there), self.write_in_place(&taken))?;
        let mut in_place = in_place.drain(..);
        let answer = |(end, inserted): (&End, Result<Inserted, SharedFault>)| match inserted? {
            Inserted::New => Ok(!fenced.contains(&end.id)),
            Inserted::Known => in_place.next().unwrap_or(Ok(false)),
        };
        Ok(asks.iter().zip(inserted).map(answer).collect())
    }
}

impl Ends {
    /// Writes ends into the documents of their jobs.
    async fn write_in_place(&self, ends: &[&End]) -> Result<Answers, SharedFault> {
        if ends.is_empty() {
            return Ok(Vec::new());
        }
        let swap = |end: &&End| {
            let (id, expect, mark) = (end.id, end.expect.clone(), end.mark);
            end.change.made_of(&end.before).map(|update| Swap { id, expect, update, mark })
        };
        let swaps = ends.iter().map(swap).collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
        Swaps { calls: Arc::clone(&self.calls) }.carry_out(swaps).await
    }

    /// Removes the documents of open jobs, durably; says which of them are not as they must be, and takes their ends back.
    async fn close(&self, jobs: &[&End]) -> Result<HashSet<JobId>, SharedFault> {
        let mut alike: HashMap<(u64, bool), Vec<JobId>> = HashMap::new();
        for job in jobs {
            alike.entry((job.epoch, job.is_held)).or_default().push(job.id);
        }
        if alike.is_empty() {
            return Ok(HashSet::new());
        }
        let mut deletes = RawArrayBuf::new();
        for ((epoch, is_held), ids) in &alike {
            deletes.push(rawdoc! { "q": open_in(ids, *epoch, *is_held), "limit": 0 });
        }
        let mut command = rawdoc! { "delete": JOBS };
        command.append(cstr!("deletes"), deletes);
        command.append(cstr!("ordered"), false);
        command.append(cstr!("writeConcern"), durable_command());
        // Repeating does no harm: what is gone is found to be gone.
        let removed = self.calls.run(Effect::Write, DURING, |database| twice_at_most(database, command));
        let (reply, _) = removed.await?;
        if let Some(why) = refusal(&reply) {
            return Err(SharedFault::new(FaultKind::Unknown, why));
        }
        if matched(&reply) == jobs.len() {
            return Ok(HashSet::new());
        }
        let fenced =
            self.standing(jobs).await.map_err(|fault| SharedFault::new(FaultKind::Unknown, fault))?;
        let theirs = |job: &&&End| fenced.contains(&job.id);
        let ends = jobs.iter().filter(theirs).map(|job| doc! { "_id": end_id(job.id), "mark": job.mark });
        self.take_back(ends.collect()).await?;
        Ok(fenced)
    }

    /// Those of these jobs whose own documents still stand.
    async fn standing(&self, jobs: &[&End]) -> Result<HashSet<JobId>, Fault> {
        let ids: Vec<Bson> = jobs.iter().map(|job| job_id(job.id).into()).collect();
        let found = self.calls.run(Effect::Read, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let mut cursor = jobs.find(doc! { "_id": { "$in": ids } }).projection(doc! { "_id": 1 }).await?;
            let mut standing = HashSet::new();
            while cursor.advance().await? {
                standing.extend(id_of(cursor.current()));
            }
            Ok(standing)
        });
        found.await
    }

    async fn take_back(&self, ends: Vec<Document>) -> Result<(), SharedFault> {
        if ends.is_empty() {
            return Ok(());
        }
        let removed = self.calls.run(Effect::Write, DURING, |database| async move {
            database.collection::<Document>(JOBS).delete_many(doc! { "$or": ends }).await
        });
        removed.await?;
        Ok(())
    }
}

fn unwritable(why: Unreadable) -> SharedFault {
    SharedFault::new(FaultKind::Corrupt, why)
}

/// Why a command was not carried out as a whole.
fn refusal(reply: &Document) -> Option<String> {
    let concern = reply.get_document("writeConcernError").ok();
    let statement = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
    concern.map(ToString::to_string).or_else(|| statement.map(ToString::to_string))
}
