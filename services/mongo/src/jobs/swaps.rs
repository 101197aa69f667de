//! Compares and swaps, many in one command.
//!
//! The `update` command is the one that servers 7 and 8 both have (`bulkWrite` came with 8). It says how many documents
//! matched in all, not which: when some did not, the marks of the documents say whose change is in them.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bson::raw::{RawArrayBuf, cstr};
use bson::{Document, RawDocumentBuf, doc, rawdoc};
use mongodb::Database;
use mongodb::error::Result as Driven;
use tally_jobs::model::JobId;
use tally_kernel::FaultKind;

use super::inserts::refusal;
use crate::calls::Calls;
use crate::codec::record::{id_of, job_id};
use crate::error::{Effect, SharedFault, may_pass};
use crate::group::Batch;
use crate::schema::{JOBS, durable_command};

const DURING: &str = "change jobs";

/// One change.
#[derive(Debug)]
pub struct Swap {
    /// The job.
    pub id: JobId,
    /// What its document must be, its `_id` included.
    pub expect: RawDocumentBuf,
    /// What it becomes; it sets `mark`.
    pub update: RawDocumentBuf,
    /// The mark of this change.
    pub mark: i64,
}

/// The swaps. `true`: done, durably. `false`: the document was not as expected.
pub struct Swaps {
    /// The way to the database.
    pub calls: Arc<Calls>,
}

/// Who won, when all did or when the marks must say.
enum Count {
    All,
    Some,
}

#[async_trait]
impl Batch for Swaps {
    type Ask = Swap;
    type Answer = bool;
    const EFFECT: Effect = Effect::Write;

    fn bytes(ask: &Swap) -> usize {
        ask.expect.as_bytes().len() + ask.update.as_bytes().len()
    }

    async fn carry_out(&self, asks: Vec<Swap>) -> Result<Vec<Result<bool, SharedFault>>, SharedFault> {
        let (mut members, mut updates) = (Vec::with_capacity(asks.len()), RawArrayBuf::new());
        for swap in asks {
            members.push((swap.id, swap.mark));
            updates.push(rawdoc! { "q": swap.expect, "u": swap.update });
        }
        let mut command = rawdoc! { "update": JOBS };
        command.append(cstr!("updates"), updates);
        command.append(cstr!("ordered"), false);
        command.append(cstr!("writeConcern"), durable_command());
        let count = members.len();
        let reply = self.calls.run(Effect::Write, DURING, |database| async move {
            match database.run_raw_command(command.clone()).await {
                // Repeating does no harm: what was done does not match any more, and then the marks are asked.
                // When it cannot be repeated, the first try's error stands: that one may have been carried out.
                Err(error) if may_pass(&error) => {
                    database.run_raw_command(command).await.map(|reply| (reply, true)).map_err(|_| error)
                }
                reply => Ok((reply?, false)),
            }
        });
        let (reply, repeated) = reply.await?;
        let refused = refusals(&reply);
        if let Some(why) = reply.get_document("writeConcernError").ok().cloned() {
            return Err(SharedFault::new(
                FaultKind::Unknown,
                why.get_str("errmsg").unwrap_or("no majority").to_owned(),
            ));
        }
        let marks = match matched(&reply, count) {
            Count::All if !repeated => HashMap::new(),
            _ if count == 1 && !repeated => HashMap::from([(members[0].0, None)]),
            _ => self.marks(members.iter().map(|(id, _)| *id).collect()).await?,
        };
        let outcome = |(place, (id, mark)): (usize, &(JobId, i64))| match refused.get(&place) {
            Some(why) => Err(why.clone()),
            None if marks.is_empty() => Ok(true),
            None => Ok(marks.get(id).copied().flatten() == Some(*mark)),
        };
        Ok(members.iter().enumerate().map(outcome).collect())
    }
}

impl Swaps {
    /// The marks that documents have now. Never empty.
    async fn marks(&self, ids: Vec<JobId>) -> Result<HashMap<JobId, Option<i64>>, SharedFault> {
        let found = self.calls.run(Effect::Read, DURING, |database| marks_of(database, ids));
        // The swaps were sent, whatever keeps us from reading what they came to.
        found.await.map_err(|fault| SharedFault::new(FaultKind::Unknown, fault))
    }
}

async fn marks_of(database: Database, ids: Vec<JobId>) -> Driven<HashMap<JobId, Option<i64>>> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let mut marks: HashMap<_, _> = ids.iter().map(|id| (*id, None)).collect();
    let filter = doc! { "_id": { "$in": ids.into_iter().map(job_id).collect::<Vec<_>>() } };
    let mut cursor = jobs.find(filter).projection(doc! { "mark": 1 }).await?;
    while cursor.advance().await? {
        let document = cursor.current();
        if let Some(id) = id_of(document) {
            marks.insert(id, document.get_i64("mark").ok());
        }
    }
    Ok(marks)
}

fn matched(reply: &Document, members: usize) -> Count {
    let matched = reply.get_i32("n").map_or_else(|_| reply.get_i64("n").unwrap_or(0), i64::from);
    if usize::try_from(matched) == Ok(members) { Count::All } else { Count::Some }
}

/// The members that the server refused, by their place.
fn refusals(reply: &Document) -> HashMap<usize, SharedFault> {
    let errors = reply.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
    let one = |error: &bson::Bson| {
        let error = error.as_document()?;
        let place = usize::try_from(error.get_i32("index").ok()?).ok()?;
        let code = error.get_i32("code").unwrap_or(0);
        Some((place, refusal(code, error.get_str("errmsg").unwrap_or_default())))
    };
    errors.iter().filter_map(one).collect()
}
