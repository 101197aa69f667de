//! Compares and swaps of single documents, many in one command.

use std::sync::Arc;

use async_trait::async_trait;
use bson::RawDocumentBuf;
use tally_jobs::model::JobId;

use super::statements::{self, Statement};
use crate::calls::Calls;
use crate::error::{Effect, SharedFault};
use crate::group::Batch;

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

#[async_trait]
impl Batch for Swaps {
    type Ask = Swap;
    type Answer = bool;
    const EFFECT: Effect = Effect::Write;

    fn bytes(ask: &Swap) -> usize {
        ask.expect.as_bytes().len() + ask.update.as_bytes().len()
    }

    async fn carry_out(&self, asks: Vec<Swap>) -> Result<Vec<Result<bool, SharedFault>>, SharedFault> {
        let statement = |Swap { id, expect, update, mark }| Statement { ids: vec![id], expect, update, mark };
        let done = statements::carry_out(&self.calls, asks.into_iter().map(statement).collect()).await?;
        Ok(done.into_iter().map(|changed| changed.map(|changed| changed == [true])).collect())
    }
}
