//! Memory for bodies that are held as a whole, shared by all requests.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BodyError;

/// Bodies up to this many bytes reserve nothing: the limit on requests limits them too.
const FREE: usize = 64 << 10;

/// The memory that one request has reserved for its body. Dropping it releases the memory.
pub(crate) struct MemoryReservation {
    memory_kib: Arc<Semaphore>,
    bytes: usize,
    reserved: usize,
    permits: Vec<OwnedSemaphorePermit>,
}

impl MemoryReservation {
    /// Reserves nothing yet.
    pub(crate) fn new(memory_kib: &Arc<Semaphore>) -> Self {
        Self { memory_kib: Arc::clone(memory_kib), bytes: 0, reserved: 0, permits: Vec::new() }
    }

    /// Reserves memory for `bytes` more, or fails at once: a request that waited for memory while it holds some could
    /// block all others.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.bytes += bytes;
        // Twice: once for the bytes, once for what they are parsed into.
        let wanted = self.bytes.saturating_sub(FREE) * 2;
        if wanted <= self.reserved {
            return Ok(());
        }
        // At least a MiB at a time, so that a body of many pieces does not need many permits.
        let step = (wanted - self.reserved).max(1 << 20);
        let kib = u32::try_from(step >> 10).map_err(|_| BodyError::NoMemory)?;
        let permit = Arc::clone(&self.memory_kib).try_acquire_many_owned(kib);
        self.permits.push(permit.map_err(|_| BodyError::NoMemory)?);
        self.reserved += step;
        Ok(())
    }
}
