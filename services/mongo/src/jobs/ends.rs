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
use super::statements::matched;
use crate::calls::Calls;
use crate::codec::record::{end_id, id_of, job_id, open_in};
use crate::error::{Effect, SharedFault, may_pass};
use crate::group::Batch;
use crate::schema::{JOBS, durable_command};

const DURING: &str = "write ends";

/// The end of a job that was admitted without a key and owns nothing beside its document.
#[derive(Debug)]
pub struct End {
    /// The job.
    pub id: JobId,
    /// The epoch that its open document has.
    pub epoch: u64,
    /// Whether that document says that it is held.
    pub is_held: bool,
    /// The document of its end.
    pub document: RawDocumentBuf,
    /// The mark of that.
    pub mark: i64,
}

/// What an end came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is there, durably.
    Written,
    /// The hold was over: nothing is there.
    Gone,
    /// Nothing was done: it is to be written where the job stands, because its place is taken, or because it came alone,
    /// and one write costs less than two.
    InPlace,
}

/// The ends.
pub struct Ends {
    /// The way to the database.
    pub calls: Arc<Calls>,
}

#[async_trait]
impl Batch for Ends {
    type Ask = End;
    type Answer = Ended;
    const EFFECT: Effect = Effect::Write;

    fn bytes(ask: &End) -> usize {
        ask.document.as_bytes().len()
    }

    async fn carry_out(&self, asks: Vec<End>) -> Result<Vec<Result<Ended, SharedFault>>, SharedFault> {
        if asks.len() == 1 {
            return Ok(vec![Ok(Ended::InPlace)]);
        }
        let (mut open, mut documents) = (Vec::with_capacity(asks.len()), Vec::with_capacity(asks.len()));
        for End { id, epoch, is_held, document, mark } in asks {
            documents.push(document);
            open.push(Open { id, epoch, is_held, mark });
        }
        let inserted = Inserts { calls: Arc::clone(&self.calls) }.carry_out(documents).await?;
        let closing: Vec<&Open> = open
            .iter()
            .zip(&inserted)
            .filter(|(_, done)| matches!(done, Ok(Inserted::New)))
            .map(|(one, _)| one)
            .collect();
        let fenced = self.close(&closing).await?;
        let answer = |(one, inserted): (&Open, Result<Inserted, SharedFault>)| {
            Ok(match inserted? {
                Inserted::Known => Ended::InPlace,
                Inserted::New if fenced.contains(&one.id) => Ended::Gone,
                Inserted::New => Ended::Written,
            })
        };
        Ok(open.iter().zip(inserted).map(answer).collect())
    }
}

/// A job whose end is there.
struct Open {
    id: JobId,
    epoch: u64,
    is_held: bool,
    mark: i64,
}

impl Ends {
    /// Removes the documents of open jobs, durably; says which of them are not as they must be, and takes their ends back.
    async fn close(&self, jobs: &[&Open]) -> Result<HashSet<JobId>, SharedFault> {
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
        let removed = self.calls.run(Effect::Write, DURING, |database| async move {
            match database.run_raw_command(command.clone()).await {
                // Repeating does no harm: what is gone is found to be gone.
                Err(error) if may_pass(&error) => database.run_raw_command(command).await.map_err(|_| error),
                reply => reply,
            }
        });
        let reply = removed.await?;
        if let Some(why) = refusal(&reply) {
            return Err(SharedFault::new(FaultKind::Unknown, why));
        }
        if matched(&reply) == jobs.len() {
            return Ok(HashSet::new());
        }
        let fenced =
            self.standing(jobs).await.map_err(|fault| SharedFault::new(FaultKind::Unknown, fault))?;
        let theirs = |job: &&&Open| fenced.contains(&job.id);
        let ends = jobs.iter().filter(theirs).map(|job| doc! { "_id": end_id(job.id), "mark": job.mark });
        self.take_back(ends.collect()).await?;
        Ok(fenced)
    }

    /// Those of these jobs whose own documents still stand.
    async fn standing(&self, jobs: &[&Open]) -> Result<HashSet<JobId>, Fault> {
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

/// Why a command was not carried out as a whole.
fn refusal(reply: &Document) -> Option<String> {
    let concern = reply.get_document("writeConcernError").ok();
    let statement = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
    concern.map(ToString::to_string).or_else(|| statement.map(ToString::to_string))
}
