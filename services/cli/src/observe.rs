//! Hears what happens, and tells the log and the metrics.
//!
//! Knows events and answers, not who makes them. Nothing here waits.

mod labels;
mod log;
mod members;
mod metrics;

use tally_api::{Answer, MetricsText, Observer};
use tally_jobs::events::{Event, Events};
use tally_jobs::ports::Census;
use tally_kernel::Timestamp;

pub(crate) use self::members::{Counts, Depth, Members};
use self::metrics::Metrics;

/// The listener of a process.
pub(crate) struct Observed {
    metrics: Metrics,
}

impl Observed {
    /// With what the members of a cluster count, where there are any.
    pub(crate) fn new(members: Option<Members>) -> Self {
        Self { metrics: Metrics::new(members) }
    }

    /// Notes how many jobs stand where.
    pub(crate) fn census(&self, census: &Census, now: Timestamp) {
        self.metrics.census(census, now);
    }
}

impl Events for Observed {
    fn tell(&self, event: Event<'_>) {
        self.metrics.event(event);
        log::event(event);
    }
}

impl Observer for Observed {
    fn answered(&self, answer: Answer<'_>) {
        self.metrics.answer(answer);
    }
}

impl MetricsText for Observed {
    fn text(&self) -> String {
        self.metrics.text()
    }
}
