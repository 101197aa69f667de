//! Writes events to the log and the metrics.
//!
//! Knows events and answered requests, not their sources. Only a scrape of the metrics may wait, for the census.

mod cached_census;
mod cluster_metrics;
mod labels;
mod log;
mod metrics;

use std::sync::Arc;

use async_trait::async_trait;
use tally_api::{AnsweredRequest, MetricsText, Observer};
use tally_jobs::events::{Event, Events};
use tally_jobs::query::Query;
use tally_kernel::{Clock, Timestamp};
use tally_outbound::BreakerObserver;

use self::cached_census::CachedCensus;
pub(crate) use self::cluster_metrics::ClusterMetrics;
#[cfg(feature = "cluster")]
pub(crate) use self::cluster_metrics::{ClusterStats, MessageDepth};
use self::metrics::Metrics;

/// Receives the events of a process.
pub(crate) struct EventObserver {
    metrics: Metrics,
    census: CachedCensus,
}

impl EventObserver {
    pub(crate) fn new(cluster_metrics: Option<ClusterMetrics>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics: Metrics::new(cluster_metrics), census: CachedCensus::new(clock) }
    }

    /// Counts queued and running jobs on each scrape. Never returns.
    pub(crate) async fn count_jobs(&self, query: &Query) {
        self.census.run(query, &self.metrics).await;
    }
}

impl Events for EventObserver {
    fn emit(&self, event: Event<'_>) {
        self.metrics.event(event);
        log::event(event);
    }
}

impl BreakerObserver for EventObserver {
    fn opened(&self, host: &str, until: Timestamp) {
        self.metrics.breaker_opened();
        log::breaker_opened(host, until);
    }

    fn closed(&self, host: &str) {
        log::breaker_closed(host);
    }
}

impl Observer for EventObserver {
    fn answered(&self, answer: AnsweredRequest<'_>) {
        self.metrics.answer(answer);
    }
}

#[async_trait]
impl MetricsText for EventObserver {
    async fn text(&self) -> String {
        self.census.refresh().await;
        self.metrics.text()
    }
}
