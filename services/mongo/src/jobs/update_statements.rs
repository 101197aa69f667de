//! Runs changes as statements of one `update` command and finds out which were applied.
//!
//! MongoDB 7 and 8 both have the `update` command (`bulkWrite` needs 8). It reports only the total number of matched
//! documents. When some did not match, the `mark` of each document shows which change it has.

use std::collections::{HashMap, HashSet};

use bson::raw::{RawArrayBuf, cstr};
use bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};
use mongodb::Database;
use mongodb::error::Result as DriverResult;
use tally_jobs::id::JobId;
use tally_kernel::FaultKind;

use super::inserts::refusal;
use crate::codec::record::{both_ids, id_of};
use crate::db_executor::DbExecutor;
use crate::error::{Effect, SharedFault, may_pass};
use crate::schema::{JOBS, durable_command};

const DURING: &str = "change jobs";

/// One statement: the same change for each of its jobs.
#[derive(Debug)]
pub struct Statement {
    pub ids: Vec<JobId>,
    /// The filter, including `_id`.
    pub expect: RawDocumentBuf,
    /// The update; it sets `mark`.
    pub update: RawDocumentBuf,
    /// The mark of the change.
    pub mark: i64,
}

/// For each job of a statement: whether it was changed, durably. `false`: the filter did not match.
pub type UpdateOutcome = Result<Vec<bool>, SharedFault>;

/// Runs the statements in any order. If the server refuses one, the others are not affected.
pub async fn execute(db: &DbExecutor, statements: Vec<Statement>) -> Result<Vec<UpdateOutcome>, SharedFault> {
    let (mut members, mut updates) = (Vec::with_capacity(statements.len()), RawArrayBuf::new());
    for Statement { ids, expect, update, mark } in statements {
        updates.push(rawdoc! { "q": expect, "u": update, "multi": ids.len() > 1 });
        members.push((ids, mark));
    }
    let mut command = rawdoc! { "update": JOBS };
    command.append(cstr!("updates"), updates);
    command.append(cstr!("ordered"), false);
    command.append(cstr!("writeConcern"), durable_command());
    // Safe to repeat: an applied change no longer matches, and then the marks are read.
    let reply = db.run(Effect::Write, DURING, |database| twice_at_most(database, command));
    let (reply, repeated) = reply.await?;
    if let Ok(why) = reply.get_document("writeConcernError") {
        let why = why.get_str("errmsg").unwrap_or("no majority").to_owned();
        return Err(SharedFault::new(FaultKind::Unknown, why));
    }
    let ids: Vec<JobId> = members.iter().flat_map(|(ids, _)| ids).copied().collect();
    let marks = match matched(&reply) == ids.len() {
        true if !repeated => None,
        _ if ids.len() == 1 && !repeated => Some(HashSet::new()),
        _ => {
            let found = db.run(Effect::Read, DURING, |database| marks_of(database, ids));
            // The changes were sent, so without the marks their outcome is unknown.
            Some(found.await.map_err(|fault| SharedFault::new(FaultKind::Unknown, fault))?)
        }
    };
    let refused = refusals(&reply);
    let outcome = |(place, (ids, mark)): (usize, &(Vec<JobId>, i64))| match (refused.get(&place), &marks) {
        (Some(why), _) => Err(why.clone()),
        (None, None) => Ok(vec![true; ids.len()]),
        (None, Some(marks)) => Ok(ids.iter().map(|id| marks.contains(&(*id, *mark))).collect()),
    };
    Ok(members.iter().enumerate().map(outcome).collect())
}

/// Runs a repeatable command, and once more after a transient error. Returns whether it was repeated.
pub async fn twice_at_most(database: Database, command: RawDocumentBuf) -> DriverResult<(Document, bool)> {
    match database.run_raw_command(command.clone()).await {
        // If the repeat fails, return the first error: the first try may have been executed.
        Err(error) if may_pass(&error) => {
            database.run_raw_command(command).await.map(|reply| (reply, true)).map_err(|_| error)
        }
        reply => Ok((reply?, false)),
    }
}

/// The current marks of these jobs.
async fn marks_of(database: Database, ids: Vec<JobId>) -> DriverResult<HashSet<(JobId, i64)>> {
    let jobs = database.collection::<RawDocumentBuf>(JOBS);
    let filter = doc! { "_id": { "$in": ids.into_iter().flat_map(both_ids).collect::<Vec<_>>() } };
    let mut cursor = jobs.find(filter).projection(doc! { "mark": 1 }).await?;
    let mut marks = HashSet::new();
    while cursor.advance().await? {
        let document = cursor.current();
        if let (Some(id), Ok(mark)) = (id_of(document), document.get_i64("mark")) {
            marks.insert((id, mark));
        }
    }
    Ok(marks)
}

/// Number of documents that a command matched.
pub fn matched(reply: &Document) -> usize {
    let matched = reply.get_i32("n").map_or_else(|_| reply.get_i64("n").unwrap_or(0), i64::from);
    usize::try_from(matched).unwrap_or(0)
}

/// The statements that the server refused, by index.
fn refusals(reply: &Document) -> HashMap<usize, SharedFault> {
    let errors = reply.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
    let one = |error: &Bson| {
        let error = error.as_document()?;
        let place = usize::try_from(error.get_i32("index").ok()?).ok()?;
        let code = error.get_i32("code").unwrap_or(0);
        Some((place, refusal(code, error.get_str("errmsg").unwrap_or_default())))
    };
    errors.iter().filter_map(one).collect()
}
