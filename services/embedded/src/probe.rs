//! Probes: whether the folder can accept jobs, and whether something in it is damaged.
//!
//! Knows the health of the writer, the bounds of the queue and what readers found, nothing more.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tally_kernel::{Clock, Fault, FaultKind, Probe};

use crate::engine::fault::corrupt;
use crate::engine::reader_pool::ReaderPool;
use crate::engine::writer::Writer;
use crate::jobs::queue_state::QueueState;

/// A batch that takes longer than this means a disk that is too slow: a healthy one syncs in milliseconds.
const SLOW: Duration = Duration::from_secs(1);

/// Reports a full or slow disk, a damaged database, and a folder that is gone.
pub struct DiskProbe {
    /// The writer, whose health it reads.
    pub writer: Arc<Writer>,
    /// Measures the current batch.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Probe for DiskProbe {
    fn name(&self) -> &'static str {
        "store"
    }

    async fn probe(&self) -> Result<(), Fault> {
        const DURING: &str = "write to the data folder";
        let health = self.writer.health();
        if self.writer.is_folder_lost() {
            return Err(Fault::because(
                FaultKind::Unavailable,
                DURING,
                "the data folder was removed, replaced or unmounted",
            ));
        }
        if health.is_corrupt() {
            return Err(corrupt(DURING, "its database is damaged"));
        }
        if health.is_disk_full() {
            return Err(Fault::because(FaultKind::Overloaded, DURING, "its disk is full"));
        }
        match health.busy_since() {
            Some(since) if self.clock.now().since(since) > SLOW => Err(Fault::because(
                FaultKind::Unavailable,
                DURING,
                "its disk takes longer than a second to sync",
            )),
            _ => Ok(()),
        }
    }
}

/// Reports records that could not be read. Jobs can be accepted all the same.
pub struct RecordsProbe {
    /// What they found.
    pub readers: Arc<ReaderPool>,
}

#[async_trait]
impl Probe for RecordsProbe {
    fn name(&self) -> &'static str {
        "records"
    }

    fn is_required(&self) -> bool {
        false
    }

    async fn probe(&self) -> Result<(), Fault> {
        if self.readers.damage().is_found() {
            return Err(corrupt("read the data folder", "a stored job cannot be read"));
        }
        Ok(())
    }
}

/// Reports a full queue.
pub struct QueueProbe {
    /// The queue's bounds and counts.
    pub state: Arc<QueueState>,
}

#[async_trait]
impl Probe for QueueProbe {
    fn name(&self) -> &'static str {
        "queue"
    }

    async fn probe(&self) -> Result<(), Fault> {
        if self.state.can_admit() {
            return Ok(());
        }
        Err(Fault::because(FaultKind::Overloaded, "admit a job", "the queue is full"))
    }
}
