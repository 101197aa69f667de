//! The queues on the broker, their names and how they are declared.
//!
//! Every argument is spelled out because defaults differ between RabbitMQ 3.10 and 4.x (a delivery limit: none, then
//! 20). Every new connection declares all queues, so a deleted queue comes back.

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Queue};
use tally_jobs::options::Priority;

use crate::broker_connection::BrokerConnection;
use crate::error::ConnectionError;
use crate::rabbit_stats::QueueDepth;

/// After this many returned deliveries a ticket goes to the dead-letter queue. It stops a ticket that kills every
/// worker, and is reached only while the store cannot be asked: the store fails such a job after three crashes.
const DELIVERY_LIMIT: i32 = 50;
/// The most parked messages that are kept; the oldest go first.
const MAX_PARKED: i32 = 10_000;

/// The queues of one namespace, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Topology {
    /// One queue per priority, the highest first.
    pub(crate) ticket_queues: [(Priority, String); 3],
    /// The dead-letter queue: tickets delivered too often. They are counted and dropped, and the store's relay publishes
    /// their jobs again.
    pub(crate) dead_letter: String,
    /// Messages that are not tickets, for an operator to look at.
    pub(crate) parked: String,
    /// Holds one message at most: the publisher's probe.
    pub(crate) probe: String,
}

impl Topology {
    pub(crate) fn new(namespace: &str) -> Self {
        Self {
            ticket_queues: Priority::ALL
                .map(|priority| (priority, format!("{namespace}.jobs.{}", priority.as_str()))),
            dead_letter: format!("{namespace}.jobs.dead"),
            parked: format!("{namespace}.jobs.parked"),
            probe: format!("{namespace}.jobs.probe"),
        }
    }

    pub(crate) fn ticket_queue(&self, priority: Priority) -> &str {
        let [high, normal, low] = &self.ticket_queues;
        match priority {
            Priority::High => &high.1,
            Priority::Normal => &normal.1,
            Priority::Low => &low.1,
        }
    }

    /// Declares all queues. Returns how many messages are ready in each ticket queue, in the order of [`Priority::ALL`].
    pub(crate) async fn declare(&self, channel: &Channel) -> Result<[u32; 3], ConnectionError> {
        let mut ready = Vec::new();
        for (name, arguments) in self.all() {
            ready.push(declare(channel, &name, arguments).await?);
        }
        Ok(ready.last_chunk().copied().unwrap_or_default())
    }

    /// Deletes a queue and declares it again, unless it has consumers.
    pub(crate) async fn recreate(
        &self,
        connection: &BrokerConnection,
        queue: &str,
    ) -> Result<(), ConnectionError> {
        let Some((name, arguments)) = self.all().into_iter().find(|(name, _)| name == queue) else {
            return Ok(());
        };
        let channel = connection.open_channel().await?;
        if look_up(&channel, &name).await?.consumer_count() == 0 {
            channel.queue_delete(name.as_str().into(), QueueDeleteOptions::default()).await?;
            declare(&channel, &name, arguments).await?;
        }
        channel.close(200, "OK".into()).await?;
        Ok(())
    }

    /// All queues with their arguments, in the order of declaration. The dead-letter queue is first because a ticket
    /// queue must not name a missing one; the ticket queues are last.
    pub(crate) fn all(&self) -> Vec<(String, FieldTable)> {
        let others =
            [(&self.dead_letter, quorum()), (&self.parked, bounded(MAX_PARKED)), (&self.probe, bounded(1))];
        let ticket_queues =
            self.ticket_queues.iter().map(|(_, name)| (name, ticket_queue(&self.dead_letter)));
        others.into_iter().chain(ticket_queues).map(|(name, arguments)| (name.clone(), arguments)).collect()
    }

    /// Counts the ready messages. A missing queue is an error and closes the channel.
    pub(crate) async fn depth(&self, channel: &Channel) -> Result<QueueDepth, ConnectionError> {
        let [high, normal, low] = &self.ticket_queues;
        Ok(QueueDepth {
            high: count(channel, &high.1).await?,
            normal: count(channel, &normal.1).await?,
            low: count(channel, &low.1).await?,
            dead: count(channel, &self.dead_letter).await?,
            parked: count(channel, &self.parked).await?,
        })
    }
}

async fn declare(channel: &Channel, name: &str, arguments: FieldTable) -> Result<u32, ConnectionError> {
    let options = QueueDeclareOptions::durable();
    Ok(channel.queue_declare(name.into(), options, arguments).await?.message_count())
}

async fn count(channel: &Channel, name: &str) -> Result<u64, ConnectionError> {
    Ok(u64::from(look_up(channel, name).await?.message_count()))
}

async fn look_up(channel: &Channel, name: &str) -> Result<Queue, ConnectionError> {
    let options = QueueDeclareOptions::durable().passive();
    Ok(channel.queue_declare(name.into(), options, FieldTable::default()).await?)
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    insert(&mut arguments, "x-queue-type", text("quorum"));
    arguments
}

fn bounded(messages: i32) -> FieldTable {
    let mut arguments = quorum();
    insert(&mut arguments, "x-max-length", AMQPValue::LongInt(messages));
    insert(&mut arguments, "x-overflow", text("drop-head"));
    arguments
}

fn ticket_queue(dead_letter: &str) -> FieldTable {
    let mut arguments = quorum();
    insert(&mut arguments, "x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT));
    // Through the default exchange, which cannot be deleted.
    insert(&mut arguments, "x-dead-letter-exchange", text(""));
    insert(&mut arguments, "x-dead-letter-routing-key", text(dead_letter));
    // At-least-once needs both. With one of them missing it is silently at-most-once.
    insert(&mut arguments, "x-dead-letter-strategy", text("at-least-once"));
    insert(&mut arguments, "x-overflow", text("reject-publish"));
    arguments
}

fn insert(arguments: &mut FieldTable, name: &str, value: AMQPValue) {
    arguments.insert(name.into(), value);
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_names_hold_namespace_and_priority() {
        let topology = Topology::new("blue");
        assert_eq!(topology.ticket_queue(Priority::High), "blue.jobs.high");
        for (priority, name) in &topology.ticket_queues {
            assert_eq!(topology.ticket_queue(*priority), name);
        }
    }

    #[test]
    fn a_ticket_queue_spells_out_every_argument_whose_default_differs() {
        let text = format!("{:?}", ticket_queue("blue.jobs.dead"));
        for argument in [
            "x-queue-type",
            "x-delivery-limit",
            "x-dead-letter-strategy",
            "x-overflow",
            "x-dead-letter-routing-key",
        ] {
            assert!(text.contains(argument), "{argument} in {text}");
        }
    }
}
