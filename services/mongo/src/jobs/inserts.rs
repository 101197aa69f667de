//! Inserts new documents in batches. An `_id` that exists is a result, not an error.

use std::sync::Arc;

use async_trait::async_trait;
use bson::RawDocumentBuf;
use mongodb::error::{Error, ErrorKind};
use tally_kernel::FaultKind;

use crate::batcher::BatchOperation;
use crate::db_executor::DbExecutor;
use crate::error::{Effect, SharedFault};
use crate::schema::{JOBS, durable};

const DURING: &str = "insert jobs";
/// The server's error code for a duplicate `_id`.
const DUPLICATE_KEY: i32 = 11000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertOutcome {
    /// Inserted, durably.
    New,
    /// The `_id` exists; nothing was written. Also returned when the driver's retry met the document of its first
    /// try.
    Known,
}

/// Inserts documents.
pub struct InsertJobs {
    /// The database.
    pub db: Arc<DbExecutor>,
}

/// One outcome per document.
type Outcomes = Vec<Result<InsertOutcome, SharedFault>>;

#[async_trait]
impl BatchOperation for InsertJobs {
    type Item = RawDocumentBuf;
    type Output = InsertOutcome;
    const EFFECT: Effect = Effect::Write;

    fn bytes(item: &RawDocumentBuf) -> usize {
        item.as_bytes().len()
    }

    async fn execute(&self, items: Vec<RawDocumentBuf>) -> Result<Outcomes, SharedFault> {
        let members = items.len();
        let inserted = self.db.run(Effect::Write, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            // The driver retries once and numbers its commands, so the server recognises a repeat.
            match jobs.insert_many(items).ordered(false).write_concern(durable()).await {
                Ok(_) => Ok((0..members).map(|_| Ok(InsertOutcome::New)).collect()),
                Err(error) => outcomes(error, members),
            }
        });
        Ok(inserted.await?)
    }
}

/// The outcome per document when some failed.
fn outcomes(error: Error, members: usize) -> Result<Outcomes, Error> {
    let ErrorKind::InsertMany(many) = &*error.kind else { return Err(error) };
    let unsure = many
        .write_concern_error
        .as_ref()
        .map(|why| SharedFault::new(FaultKind::Unknown, why.message.clone()));
    let good = || unsure.clone().map_or(Ok(InsertOutcome::New), Err);
    let mut outcomes: Outcomes = (0..members).map(|_| good()).collect();
    for refused in many.write_errors.iter().flatten() {
        if let Some(outcome) = outcomes.get_mut(refused.index) {
            *outcome = match refused.code {
                DUPLICATE_KEY => Ok(InsertOutcome::Known),
                code => Err(refusal(code, &refused.message)),
            };
        }
    }
    Ok(outcomes)
}

/// The fault of a document that the server refused; nothing was written.
pub fn refusal(code: i32, message: &str) -> SharedFault {
    /// Disk full, and quota exceeded on hosted databases.
    const FULL: [i32; 2] = [14031, 8000];
    let kind = if FULL.contains(&code) { FaultKind::Overloaded } else { FaultKind::Unavailable };
    SharedFault::new(kind, format!("the database refused one document ({code}): {message}"))
}
