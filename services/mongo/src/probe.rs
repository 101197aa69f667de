//! Whether the database takes jobs.

use std::sync::Arc;

use async_trait::async_trait;
use bson::doc;
use tally_kernel::{Fault, FaultKind, Probe};

use crate::calls::Calls;
use crate::error::Effect;
use crate::jobs::room::Room;

const DURING: &str = "reach the database";

/// The database, and the bound on what may wait in it.
pub struct StoreProbe {
    /// The way to it.
    pub calls: Arc<Calls>,
    /// The bound.
    pub room: Arc<Room>,
}

#[async_trait]
impl Probe for StoreProbe {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn probe(&self) -> Result<(), Fault> {
        // Asked before `run`, which would wait for it: health is told at once.
        if !self.calls.is_ready() {
            return Err(Fault::because(FaultKind::Unavailable, DURING, "it has not been reached yet"));
        }
        let ping = |database: mongodb::Database| async move { database.run_command(doc! { "ping": 1 }).await };
        // It goes to the primary, so it says whether there is one.
        self.calls.run(Effect::Read, DURING, ping).await?;
        if self.room.is_there() {
            return Ok(());
        }
        Err(Fault::because(FaultKind::Overloaded, "take one more job", "as many wait as may wait"))
    }
}
