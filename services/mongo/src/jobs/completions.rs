//! Writes successful completions in batches. This is the most expensive write of a job, because each has its own
//! document.
//!
//! For MongoDB an update of a document costs several times an insert, and one statement can delete many documents. So
//! a success is inserted under its own completion id, and then the open job's document is deleted. While the open
//! document exists, it is the truth. It is deleted only if the claim is still valid: a fenced worker removes its
//! completion again. After a crash between the two steps the job runs again, finds its completion id taken, and
//! completes in place.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use bson::raw::{RawArrayBuf, cstr};
use bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};
use tally_jobs::id::JobId;
use tally_kernel::{Fault, FaultKind};

use super::compare_and_swap::{CompareAndSwap, CompareAndSwaps};
use super::inserts::{InsertJobs, InsertOutcome};
use super::update_statements::{matched, twice_at_most};
use crate::batcher::BatchOperation;
use crate::codec::Unreadable;
use crate::codec::record::{Change, end_id, id_of, job_id, open_in};
use crate::db_executor::DbExecutor;
use crate::error::{Effect, SharedFault};
use crate::schema::{JOBS, durable_command};

const DURING: &str = "write completions";

/// The success of a job without an idempotency key that owns no data outside its document.
#[derive(Debug)]
pub struct Completion {
    pub id: JobId,
    /// The epoch of the open document.
    pub epoch: u64,
    /// Whether the open document says that the job is claimed.
    pub is_held: bool,
    /// The filter for the open document, including `_id`.
    pub expect: RawDocumentBuf,
    /// The document as claimed.
    pub before: RawDocumentBuf,
    /// The change that completes the job; it sets `mark`.
    pub change: Change,
    /// The mark of the change.
    pub mark: i64,
}

/// Inserts completions and deletes the open documents. `true`: durable. `false`: the claim was no longer valid.
pub struct CompleteJobs {
    /// The database.
    pub db: Arc<DbExecutor>,
}

type Answers = Vec<Result<bool, SharedFault>>;

#[async_trait]
impl BatchOperation for CompleteJobs {
    type Item = Completion;
    type Output = bool;
    const EFFECT: Effect = Effect::Write;

    fn bytes(item: &Completion) -> usize {
        // The change contains the result.
        item.before.as_bytes().len() + item.change.bytes()
    }

    async fn execute(&self, items: Vec<Completion>) -> Result<Answers, SharedFault> {
        let all: Vec<&Completion> = items.iter().collect();
        // A single completion in place saves a round trip.
        if all.len() == 1 {
            return self.write_in_place(&all).await;
        }
        let completions =
            items.iter().map(|completion| completion.change.made_end_of(completion.id, &completion.before));
        let completions = completions.collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
        let inserted = InsertJobs { db: Arc::clone(&self.db) }.execute(completions).await?;
        let (mut inserted_jobs, mut in_place_jobs) = (Vec::new(), Vec::new());
        for (completion, inserted) in items.iter().zip(&inserted) {
            match inserted {
                Ok(InsertOutcome::New) => inserted_jobs.push(completion),
                Ok(InsertOutcome::Known) => in_place_jobs.push(completion),
                Err(_) => {}
            }
        }
        let (fenced, mut in_place) = tokio::try_join!(
            self.remove_open_documents(&inserted_jobs),
            self.write_in_place(&in_place_jobs)
        )?;
        let mut in_place = in_place.drain(..);
        let answer =
            |(completion, inserted): (&Completion, Result<InsertOutcome, SharedFault>)| match inserted? {
                InsertOutcome::New => Ok(!fenced.contains(&completion.id)),
                InsertOutcome::Known => in_place.next().unwrap_or(Ok(false)),
            };
        Ok(items.iter().zip(inserted).map(answer).collect())
    }
}

impl CompleteJobs {
    /// Completes jobs by replacing their documents.
    async fn write_in_place(&self, completions: &[&Completion]) -> Result<Answers, SharedFault> {
        if completions.is_empty() {
            return Ok(Vec::new());
        }
        let swap = |completion: &&Completion| {
            let (id, expect, mark) = (completion.id, completion.expect.clone(), completion.mark);
            completion.change.made_of(&completion.before).map(|update| CompareAndSwap {
                id,
                expect,
                update,
                mark,
            })
        };
        let swaps = completions.iter().map(swap).collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
        CompareAndSwaps { db: Arc::clone(&self.db) }.execute(swaps).await
    }

    /// Deletes the documents of open jobs, durably. Returns the fenced jobs, whose documents did not match, and
    /// removes their completions.
    async fn remove_open_documents(&self, jobs: &[&Completion]) -> Result<HashSet<JobId>, SharedFault> {
        let mut by_epoch: HashMap<(u64, bool), Vec<JobId>> = HashMap::new();
        for job in jobs {
            by_epoch.entry((job.epoch, job.is_held)).or_default().push(job.id);
        }
        if by_epoch.is_empty() {
            return Ok(HashSet::new());
        }
        let mut deletes = RawArrayBuf::new();
        for ((epoch, is_held), ids) in &by_epoch {
            deletes.push(rawdoc! { "q": open_in(ids, *epoch, *is_held), "limit": 0 });
        }
        let mut command = rawdoc! { "delete": JOBS };
        command.append(cstr!("deletes"), deletes);
        command.append(cstr!("ordered"), false);
        command.append(cstr!("writeConcern"), durable_command());
        // Safe to repeat: deleting a deleted document matches nothing.
        let removed = self.db.run(Effect::Write, DURING, |database| twice_at_most(database, command));
        let (reply, _) = removed.await?;
        if let Some(why) = refusal(&reply) {
            return Err(SharedFault::new(FaultKind::Unknown, why));
        }
        if matched(&reply) == jobs.len() {
            return Ok(HashSet::new());
        }
        let fenced =
            self.still_open(jobs).await.map_err(|fault| SharedFault::new(FaultKind::Unknown, fault))?;
        let is_fenced = |job: &&&Completion| fenced.contains(&job.id);
        let completions =
            jobs.iter().filter(is_fenced).map(|job| doc! { "_id": end_id(job.id), "mark": job.mark });
        self.remove_completions(completions.collect()).await?;
        Ok(fenced)
    }

    /// The jobs whose own documents still exist.
    async fn still_open(&self, jobs: &[&Completion]) -> Result<HashSet<JobId>, Fault> {
        let ids: Vec<Bson> = jobs.iter().map(|job| job_id(job.id).into()).collect();
        let found = self.db.run(Effect::Read, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            let mut cursor = jobs.find(doc! { "_id": { "$in": ids } }).projection(doc! { "_id": 1 }).await?;
            let mut open = HashSet::new();
            while cursor.advance().await? {
                open.extend(id_of(cursor.current()));
            }
            Ok(open)
        });
        found.await
    }

    async fn remove_completions(&self, completions: Vec<Document>) -> Result<(), SharedFault> {
        if completions.is_empty() {
            return Ok(());
        }
        let removed = self.db.run(Effect::Write, DURING, |database| async move {
            database.collection::<Document>(JOBS).delete_many(doc! { "$or": completions }).await
        });
        removed.await?;
        Ok(())
    }
}

fn unwritable(why: Unreadable) -> SharedFault {
    SharedFault::new(FaultKind::Corrupt, why)
}

/// Why the command did not succeed completely.
fn refusal(reply: &Document) -> Option<String> {
    let concern = reply.get_document("writeConcernError").ok();
    let statement = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
    concern.map(ToString::to_string).or_else(|| statement.map(ToString::to_string))
}
