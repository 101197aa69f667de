//! Memory for bodies that are held as a whole, shared by all requests.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BodyError;

/// Bodies up to so many bytes are not charged: the bound on requests bounds them.
const FREE: usize = 64 << 10;

/// The memory that all bodies share, in KiB.
#[derive(Clone)]
struct Memory(Arc<Semaphore>);

/// What one request holds of it. Dropping it gives it back.
pub(crate) struct Held {
    memory: Memory,
    bytes: usize,
    charged: usize,
    permits: Vec<OwnedSemaphorePermit>,
}

impl Held {
    /// Holds nothing yet.
    pub(crate) fn new(memory: &Arc<Semaphore>) -> Self {
        Self { memory: Memory(Arc::clone(memory)), bytes: 0, charged: 0, permits: Vec::new() }
    }

    /// Holds so many bytes more, or none when there is no room: nobody waits for memory while he holds some.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.bytes += bytes;
        // Twice: once as it came, once as what it is parsed into.
        let wanted = self.bytes.saturating_sub(FREE) * 2;
        if wanted <= self.charged {
            return Ok(());
        }
        // In steps of a MiB, so that a body of many pieces does not keep many permits.
        let step = (wanted - self.charged).max(1 << 20);
        let kib = u32::try_from(step >> 10).map_err(|_| BodyError::NoMemory)?;
        let permit = Arc::clone(&self.memory.0).try_acquire_many_owned(kib);
        self.permits.push(permit.map_err(|_| BodyError::NoMemory)?);
        self.charged += step;
        Ok(())
    }
}
