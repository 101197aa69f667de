//! Forgets jobs whose time is over.

use std::sync::Arc;

use tally_kernel::{Clock, Fault};

use crate::events::{Event, Events};
use crate::ports::JobStore;

/// How many jobs one step forgets: few enough that nobody waits long behind it.
const AT_ONCE: usize = 500;

/// The use case and what it needs.
#[derive(Clone)]
pub struct Sweep {
    /// Where jobs are remembered.
    pub store: Arc<dyn JobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told.
    pub events: Arc<dyn Events>,
}

impl Sweep {
    /// Forgets what may be forgotten, up to a bound; `true` when there may be more.
    pub async fn step(&self) -> Result<bool, Fault> {
        let forgotten = self.store.sweep(self.clock.now(), AT_ONCE).await?;
        if forgotten > 0 {
            self.events.tell(Event::Swept(forgotten));
        }
        Ok(forgotten >= AT_ONCE)
    }
}
