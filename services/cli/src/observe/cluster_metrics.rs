//! Metrics of a process of a cluster: counters of its store and its broker, read at each scrape.
//!
//! Knows the numbers, not their sources.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};

use super::labels::OneLabel;

/// The counters since the process started, and the current depth of the queues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClusterStats {
    /// `None` while the broker does not answer.
    pub(crate) depth: Option<MessageDepth>,
    pub(crate) confirmed: u64,
    /// Tickets that were published and not confirmed.
    pub(crate) unconfirmed: u64,
    /// Tickets that were delivered again because an earlier consumer was gone.
    pub(crate) redelivered: u64,
    /// Tickets that were delivered too often and dropped.
    pub(crate) dead_lettered: u64,
    /// Messages that are not tickets.
    pub(crate) foreign_messages: u64,
    pub(crate) quarantined: u64,
    pub(crate) connections: u64,
    /// Queues of the broker that do not answer.
    pub(crate) unavailable: u64,
}

/// The number of messages on the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessageDepth {
    /// Messages with tickets, by priority, the highest first.
    pub(crate) by_priority: [(&'static str, u64); 3],
    /// Messages that are not tickets.
    pub(crate) parked: u64,
}

/// Reads the current numbers. Must be quick: it is called at each scrape.
pub(crate) struct ClusterMetrics(pub(crate) Arc<dyn Fn() -> ClusterStats + Send + Sync>);

impl fmt::Debug for ClusterMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterMetrics")
    }
}

impl Collector for ClusterMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let stats = (self.0)();
        if let Some(depth) = stats.depth {
            let by_priority = Family::<OneLabel, Gauge>::default();
            for (priority, messages) in depth.by_priority {
                by_priority
                    .get_or_create(&[("priority", priority.into())])
                    .set(i64::try_from(messages).unwrap_or(i64::MAX));
            }
            put(&mut to, "messages_ready", "Messages with tickets on the broker, by priority", &by_priority)?;
            let parked = ConstGauge::new(depth.parked);
            put(&mut to, "messages_in_quarantine", "Messages on the broker that are not tickets", &parked)?;
        }
        let unavailable = ConstGauge::new(stats.unavailable);
        put(&mut to, "queues_unavailable", "Queues that do not answer this worker", &unavailable)?;
        let mut count = |name, help, number| put(&mut to, name, help, &ConstCounter::new(number));
        count("tickets_confirmed", "Tickets that the broker confirmed", stats.confirmed)?;
        count("tickets_unconfirmed", "Tickets published and not confirmed", stats.unconfirmed)?;
        count("tickets_redelivered", "Tickets delivered again: their worker was gone", stats.redelivered)?;
        count("tickets_dead_lettered", "Tickets delivered too often and dropped", stats.dead_lettered)?;
        count("messages_quarantined", "Messages that are not tickets", stats.foreign_messages)?;
        count("documents_quarantined", "Documents that could not be read as jobs", stats.quarantined)?;
        count("broker_connections_opened", "Connections opened to the broker", stats.connections)
    }
}

fn put(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, metric: &impl EncodeMetric) -> fmt::Result {
    metric.encode(to.encode_descriptor(name, help, None, metric.metric_type())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::metrics::Metrics;

    #[test]
    fn the_text_has_the_metrics_of_store_and_broker() {
        let depth = MessageDepth { by_priority: [("high", 1), ("normal", 2), ("low", 3)], parked: 4 };
        let stats = ClusterStats {
            depth: Some(depth),
            quarantined: 5,
            dead_lettered: 6,
            unavailable: 7,
            ..ClusterStats::default()
        };
        let text = Metrics::new(Some(ClusterMetrics(Arc::new(move || stats)))).text();
        for line in [
            "tally_messages_ready{priority=\"low\"} 3",
            "tally_messages_in_quarantine 4",
            "tally_documents_quarantined_total 5",
            "tally_tickets_dead_lettered_total 6",
            "tally_queues_unavailable 7",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
