//! Inserts new jobs, many in one command; an id that exists is an answer.

use std::sync::Arc;

use async_trait::async_trait;
use bson::RawDocumentBuf;
use mongodb::error::{Error, ErrorKind};
use tally_kernel::FaultKind;

use crate::calls::Calls;
use crate::error::{Effect, SharedFault};
use crate::group::Batch;
use crate::schema::{JOBS, durable};

const DURING: &str = "insert jobs";
/// The server's word for an id that exists.
const DUPLICATE_KEY: i32 = 11000;

/// What an insert came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is there, durably.
    New,
    /// The id exists; nothing was written. Also said of one's own document, when the driver asked twice.
    Known,
}

/// The inserts.
pub struct Inserts {
    /// The way to the database.
    pub calls: Arc<Calls>,
}

/// What the members of one command came to.
type Outcomes = Vec<Result<Inserted, SharedFault>>;

#[async_trait]
impl Batch for Inserts {
    type Ask = RawDocumentBuf;
    type Answer = Inserted;
    const EFFECT: Effect = Effect::Write;

    fn bytes(ask: &RawDocumentBuf) -> usize {
        ask.as_bytes().len()
    }

    async fn carry_out(&self, asks: Vec<RawDocumentBuf>) -> Result<Outcomes, SharedFault> {
        let members = asks.len();
        let inserted = self.calls.run(Effect::Write, DURING, |database| async move {
            let jobs = database.collection::<RawDocumentBuf>(JOBS);
            // Retried once by the driver, which numbers its commands so that the server knows a repeat.
            match jobs.insert_many(asks).ordered(false).write_concern(durable()).await {
                Ok(_) => Ok((0..members).map(|_| Ok(Inserted::New)).collect()),
                Err(error) => outcomes(error, members),
            }
        });
        Ok(inserted.await?)
    }
}

/// What each member came to, when some failed.
fn outcomes(error: Error, members: usize) -> Result<Outcomes, Error> {
    let ErrorKind::InsertMany(many) = &*error.kind else { return Err(error) };
    let unsure = many.write_concern_error.as_ref().map(|why| SharedFault::new(FaultKind::Unknown, why.message.clone()));
    let good = || unsure.clone().map_or(Ok(Inserted::New), Err);
    let mut outcomes: Outcomes = (0..members).map(|_| good()).collect();
    for refused in many.write_errors.iter().flatten() {
        if let Some(outcome) = outcomes.get_mut(refused.index) {
            *outcome = match refused.code {
                DUPLICATE_KEY => Ok(Inserted::Known),
                code => Err(refusal(code, &refused.message)),
            };
        }
    }
    Ok(outcomes)
}

/// The fault of one member that the server refused: nothing was done for it.
pub fn refusal(code: i32, message: &str) -> SharedFault {
    /// Out of disk, and quotas of hosted databases.
    const FULL: [i32; 2] = [14031, 8000];
    let kind = if FULL.contains(&code) { FaultKind::Overloaded } else { FaultKind::Unavailable };
    SharedFault::new(kind, format!("the database refused one document ({code}): {message}"))
}
