//! Changes to jobs as statements of one `update` command, and which of them were carried out.
//!
//! The `update` command is the one that servers 7 and 8 both have (`bulkWrite` came with 8). It says how many documents
//! matched in all, not which: when some did not, the marks of the documents say whose change is in them.

use std::collections::{HashMap, HashSet};

use bson::raw::{RawArrayBuf, cstr};
use bson::{Bson, Document, RawDocumentBuf, doc, rawdoc};
use mongodb::Database;
use mongodb::error::Result as Driven;
use tally_jobs::model::JobId;
use tally_kernel::FaultKind;

use super::inserts::refusal;
use crate::calls::Calls;
use crate::codec::record::{both_ids, id_of};
use crate::error::{Effect, SharedFault, may_pass};
use crate::schema::{JOBS, durable_command};

const DURING: &str = "change jobs";

/// One statement: the same change for each of its jobs.
#[derive(Debug)]
pub struct Statement {
    /// The jobs.
    pub ids: Vec<JobId>,
    /// What a document must be, its `_id` included.
    pub expect: RawDocumentBuf,
    /// What it becomes; it sets `mark`.
    pub update: RawDocumentBuf,
    /// The mark of this change.
    pub mark: i64,
}

/// What a statement came to: for each of its jobs whether it was changed, durably. `false`: its document was not as
/// expected.
pub type Changed = Result<Vec<bool>, SharedFault>;

/// Carries the statements out, in any order; one that is refused fails alone.
pub async fn carry_out(calls: &Calls, statements: Vec<Statement>) -> Result<Vec<Changed>, SharedFault> {
    let (mut members, mut updates) = (Vec::with_capacity(statements.len()), RawArrayBuf::new());
    for Statement { ids, expect, update, mark } in statements {
        updates.push(rawdoc! { "q": expect, "u": update, "multi": ids.len() > 1 });
        members.push((ids, mark));
    }
    let mut command = rawdoc! { "update": JOBS };
    command.append(cstr!("updates"), updates);
    command.append(cstr!("ordered"), false);
    command.append(cstr!("writeConcern"), durable_command());
    // Repeating does no harm: what was done does not match any more, and then the marks are asked.
    let reply = calls.run(Effect::Write, DURING, |database| twice_at_most(database, command));
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
            let found = calls.run(Effect::Read, DURING, |database| marks_of(database, ids));
            // The changes were sent, whatever keeps us from reading what they came to.
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

/// Runs a command that may be repeated, and once again when what failed may pass. Says whether it was repeated.
pub async fn twice_at_most(database: Database, command: RawDocumentBuf) -> Driven<(Document, bool)> {
    match database.run_raw_command(command.clone()).await {
        // When it cannot be repeated, the first try's error stands: that one may have been carried out.
        Err(error) if may_pass(&error) => {
            database.run_raw_command(command).await.map(|reply| (reply, true)).map_err(|_| error)
        }
        reply => Ok((reply?, false)),
    }
}

/// The marks that the documents of these jobs have now.
async fn marks_of(database: Database, ids: Vec<JobId>) -> Driven<HashSet<(JobId, i64)>> {
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

/// How many documents a command was carried out on.
pub fn matched(reply: &Document) -> usize {
    let matched = reply.get_i32("n").map_or_else(|_| reply.get_i64("n").unwrap_or(0), i64::from);
    usize::try_from(matched).unwrap_or(0)
}

/// The statements that the server refused, by their place.
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
