//! Metrics of a process of a cluster: what its store and its broker count themselves, read at each scrape.
//!
//! Knows numbers, not who keeps them.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};

use super::labels::Line;

/// What they have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// What lies on the broker; `None` while it does not say.
    pub(crate) depth: Option<Depth>,
    /// Tickets that the broker has confirmed.
    pub(crate) confirmed: u64,
    /// Tickets that were sent and not confirmed.
    pub(crate) unconfirmed: u64,
    /// Tickets that came again because an earlier holder was gone.
    pub(crate) redelivered: u64,
    /// Tickets that came too often and were dropped.
    pub(crate) dead: u64,
    /// Messages that were no tickets.
    pub(crate) messages_aside: u64,
    /// Documents that were no jobs.
    pub(crate) documents_aside: u64,
    /// Connections to the broker that were made.
    pub(crate) connections: u64,
    /// Queues of the broker that do not answer.
    pub(crate) silent: u64,
}

/// How many messages lie on the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Those with tickets, by class, the most urgent first.
    pub(crate) lines: [(&'static str, u64); 3],
    /// Messages that are no tickets.
    pub(crate) parked: u64,
}

/// Reads the counts of this moment. Must be quick: it is called at each scrape.
pub(crate) struct Members(pub(crate) Arc<dyn Fn() -> Counts + Send + Sync>);

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Members")
    }
}

impl Collector for Members {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let counts = (self.0)();
        if let Some(depth) = counts.depth {
            let lines = Family::<Line, Gauge>::default();
            for (line, messages) in depth.lines {
                lines.get_or_create(&Line { line }).set(i64::try_from(messages).unwrap_or(i64::MAX));
            }
            put(&mut to, "messages_waiting", "Messages of tickets on the broker, by class", &lines)?;
            let parked = ConstGauge::new(depth.parked);
            put(&mut to, "messages_parked", "Messages on the broker that are no tickets", &parked)?;
        }
        let silent = ConstGauge::new(counts.silent);
        put(&mut to, "queues_silent", "Queues that do not answer this worker", &silent)?;
        let mut count = |name, help, number| put(&mut to, name, help, &ConstCounter::new(number));
        count("tickets_confirmed", "Tickets that the broker confirmed", counts.confirmed)?;
        count("tickets_unconfirmed", "Tickets sent and not confirmed", counts.unconfirmed)?;
        count("tickets_redelivered", "Tickets whose earlier holder was gone", counts.redelivered)?;
        count("tickets_dead", "Tickets delivered too often and dropped", counts.dead)?;
        count("messages_set_aside", "Messages that were no tickets", counts.messages_aside)?;
        count("documents_set_aside", "Documents that could not be read as jobs", counts.documents_aside)?;
        count("broker_connections", "Connections made to the broker", counts.connections)
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
    fn what_the_members_count_is_in_the_text() {
        let depth = Depth { lines: [("high", 1), ("normal", 2), ("low", 3)], parked: 4 };
        let counts =
            Counts { depth: Some(depth), documents_aside: 5, dead: 6, silent: 7, ..Counts::default() };
        let text = Metrics::new(Some(Members(Arc::new(move || counts)))).text();
        for line in [
            "tally_messages_waiting{line=\"low\"} 3",
            "tally_messages_parked 4",
            "tally_documents_set_aside_total 5",
            "tally_tickets_dead_total 6",
            "tally_queues_silent 7",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
