//! Hears what happens, and tells the log and the metrics.
//!
//! Knows events and answers, not who makes them. Only who reads the metrics waits, for a count.

mod cached_census;
mod labels;
mod log;
mod members;
mod metrics;

use std::sync::Arc;

use async_trait::async_trait;
use tally_api::{AnsweredRequest, MetricsText, Observer};
use tally_jobs::events::{Event, Events};
use tally_jobs::query::Query;
use tally_kernel::{Clock, Timestamp};
use tally_outbound::BreakerObserver;

use self::cached_census::CachedCensus;
pub(crate) use self::members::Members;
#[cfg(feature = "cluster")]
pub(crate) use self::members::{Counts, Depth};
use self::metrics::Metrics;

/// The listener of a process.
pub(crate) struct Observed {
    metrics: Metrics,
    census: CachedCensus,
}

impl Observed {
    /// With what the members of a cluster count, where there are any.
    pub(crate) fn new(members: Option<Members>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics: Metrics::new(members), census: CachedCensus::new(clock) }
    }

    /// Counts how many jobs stand where whenever somebody reads the metrics, for ever.
    pub(crate) async fn count_jobs(&self, query: &Query) {
        self.census.run(query, &self.metrics).await;
    }
}

impl Events for Observed {
    fn emit(&self, event: Event<'_>) {
        self.metrics.event(event);
        log::event(event);
    }
}

impl BreakerObserver for Observed {
    fn opened(&self, host: &str, until: Timestamp) {
        self.metrics.breaker_opened();
        log::breaker_opened(host, until);
    }

    fn closed(&self, host: &str) {
        log::breaker_closed(host);
    }
}

impl Observer for Observed {
    fn answered(&self, answer: AnsweredRequest<'_>) {
        self.metrics.answer(answer);
    }
}

#[async_trait]
impl MetricsText for Observed {
    async fn text(&self) -> String {
        self.census.refresh().await;
        self.metrics.text()
    }
}
