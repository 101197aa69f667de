//! The health probe of the store: the primary answers and the backlog is below its limit.

use std::sync::Arc;

use async_trait::async_trait;
use bson::doc;
use tally_kernel::{Fault, FaultKind, Probe};

use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::jobs::backlog_limit::BacklogLimit;

const DURING: &str = "reach the database";

/// Probes the database and the backlog limit.
pub struct StoreProbe {
    /// Runs the ping.
    pub db: Arc<DbExecutor>,
    /// The limit on waiting jobs.
    pub backlog: Arc<BacklogLimit>,
}

#[async_trait]
impl Probe for StoreProbe {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn probe(&self) -> Result<(), Fault> {
        // `run` would wait for the database; a health check must answer at once.
        if !self.db.is_reached() {
            return Err(Fault::because(FaultKind::Unavailable, DURING, "it has not been reached yet"));
        }
        let ping =
            |database: mongodb::Database| async move { database.run_command(doc! { "ping": 1 }).await };
        // The driver sends it to the primary, so it also shows that there is one.
        self.db.run(Effect::Read, DURING, ping).await?;
        if self.backlog.has_room() {
            return Ok(());
        }
        Err(Fault::because(FaultKind::Overloaded, "admit one more job", "the backlog is full"))
    }
}
