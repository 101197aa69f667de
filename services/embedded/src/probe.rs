//! Whether the folder takes jobs.
//!
//! Knows how the writer feels and how full the lines are, nothing more.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tally_kernel::{Clock, Fault, FaultKind, Probe};

use crate::engine::writer::Writer;
use crate::jobs::board::Board;

/// A sync that takes longer than this is a disk in trouble (reliability.md, W19).
const SLOW: Duration = Duration::from_secs(1);

/// The disk.
pub struct StoreProbe {
    /// The writer.
    pub writer: Arc<Writer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Probe for StoreProbe {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn probe(&self) -> Result<(), Fault> {
        const DURING: &str = "write to the data folder";
        let pulse = self.writer.pulse();
        if pulse.is_full() {
            return Err(Fault::because(FaultKind::Overloaded, DURING, "its disk is full"));
        }
        match pulse.busy_since() {
            Some(since) if self.clock.now().since(since) > SLOW => Err(Fault::because(
                FaultKind::Unavailable,
                DURING,
                "its disk takes longer than a second to sync",
            )),
            _ => Ok(()),
        }
    }
}

/// The lines.
pub struct QueueProbe {
    /// The board.
    pub board: Arc<Board>,
}

#[async_trait]
impl Probe for QueueProbe {
    fn name(&self) -> &'static str {
        "queue"
    }

    async fn probe(&self) -> Result<(), Fault> {
        if self.board.has_room() {
            return Ok(());
        }
        Err(Fault::because(FaultKind::Overloaded, "take one more job", "as many wait as may wait"))
    }
}
