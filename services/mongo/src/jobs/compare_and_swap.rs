//! Compare-and-swap of single documents, many in one command.

use std::sync::Arc;

use async_trait::async_trait;
use bson::RawDocumentBuf;
use tally_jobs::id::JobId;

use super::update_statements::{self, Statement};
use crate::batcher::BatchOperation;
use crate::db_executor::DbExecutor;
use crate::error::{Effect, SharedFault};

/// One conditional change.
#[derive(Debug)]
pub struct CompareAndSwap {
    pub id: JobId,
    /// The filter for its document, including `_id`.
    pub expect: RawDocumentBuf,
    /// The update; it sets `mark`.
    pub update: RawDocumentBuf,
    /// The mark of the change.
    pub mark: i64,
}

/// Runs the changes. `true`: applied and durable. `false`: the filter did not match.
pub struct CompareAndSwaps {
    /// The database.
    pub db: Arc<DbExecutor>,
}

#[async_trait]
impl BatchOperation for CompareAndSwaps {
    type Item = CompareAndSwap;
    type Output = bool;
    const EFFECT: Effect = Effect::Write;

    fn bytes(item: &CompareAndSwap) -> usize {
        item.expect.as_bytes().len() + item.update.as_bytes().len()
    }

    async fn execute(
        &self,
        items: Vec<CompareAndSwap>,
    ) -> Result<Vec<Result<bool, SharedFault>>, SharedFault> {
        let statement =
            |CompareAndSwap { id, expect, update, mark }| Statement { ids: vec![id], expect, update, mark };
        let done = update_statements::execute(&self.db, items.into_iter().map(statement).collect()).await?;
        Ok(done.into_iter().map(|changed| changed.map(|changed| changed == [true])).collect())
    }
}
