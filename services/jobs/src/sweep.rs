//! Removes jobs whose retention is over.

use std::sync::Arc;

use tally_kernel::{Clock, Fault};

use crate::events::{Event, Events};
use crate::ports::JobStore;

/// How many jobs one step removes: few enough that no other write waits long behind it.
const AT_ONCE: usize = 500;

/// The use case and what it needs.
#[derive(Clone)]
pub struct Sweep {
    /// Where jobs are stored.
    pub store: Arc<dyn JobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Receives what happened.
    pub events: Arc<dyn Events>,
}

impl Sweep {
    /// Removes what may be removed, up to a bound; `true` when there may be more.
    pub async fn step(&self) -> Result<bool, Fault> {
        let removed = self.store.sweep(self.clock.now(), AT_ONCE).await?;
        if removed > 0 {
            self.events.emit(Event::Swept(removed));
        }
        Ok(removed >= AT_ONCE)
    }
}
