//! The queues on the broker and how they are declared.
//!
//! Every argument is given, because the defaults differ from RabbitMQ 3.10 to 4.x (a delivery limit: none, then 20);
//! with them all versions behave alike. Whoever connects declares, so a queue that was deleted comes back.

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Queue};
use tally_jobs::settings::Priority;

use crate::connect::Link;
use crate::error::Trouble;
use crate::figures::Depth;

/// After so many deliveries that came back a ticket is dead: the last fence against one that kills whoever takes it.
/// The store's own count refuses such a job after three, so it is reached only when the store cannot be asked.
const DELIVERY_LIMIT: i32 = 50;
/// The most messages that are kept for somebody to look at; the oldest go first.
const PARKED_AT_MOST: i32 = 10_000;

/// The names of all queues of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// The lines, the most urgent first.
    pub(crate) lines: [(Priority, String); 3],
    /// Tickets that were delivered too often. They are counted and dropped: the store offers their jobs again.
    pub(crate) dead: String,
    /// What is no ticket of ours, for somebody to look at.
    pub(crate) parked: String,
    /// One message at most: what the publisher asks whether the broker confirms.
    pub(crate) probe: String,
}

impl Names {
    /// The names in this namespace.
    pub(crate) fn new(namespace: &str) -> Self {
        Self {
            lines: Priority::ALL
                .map(|priority| (priority, format!("{namespace}.jobs.{}", priority.as_str()))),
            dead: format!("{namespace}.jobs.dead"),
            parked: format!("{namespace}.jobs.parked"),
            probe: format!("{namespace}.jobs.probe"),
        }
    }

    /// The line of a class.
    pub(crate) fn line(&self, priority: Priority) -> &str {
        let [high, normal, low] = &self.lines;
        match priority {
            Priority::High => &high.1,
            Priority::Normal => &normal.1,
            Priority::Low => &low.1,
        }
    }

    /// Declares all queues. Says how many messages wait in each line, in the order of [`Priority::ALL`].
    pub(crate) async fn declare(&self, channel: &Channel) -> Result<[u32; 3], Trouble> {
        let mut waiting = Vec::new();
        for (name, arguments) in self.all() {
            waiting.push(declare(channel, &name, arguments).await?);
        }
        Ok(waiting.last_chunk().copied().unwrap_or_default())
    }

    /// Deletes a queue and declares it again, unless somebody is subscribed to it.
    pub(crate) async fn make_anew(&self, link: &Link, queue: &str) -> Result<(), Trouble> {
        let Some((name, arguments)) = self.all().into_iter().find(|(name, _)| name == queue) else {
            return Ok(());
        };
        let channel = link.channel().await?;
        if look_at(&channel, &name).await?.consumer_count() == 0 {
            channel.queue_delete(name.as_str().into(), QueueDeleteOptions::default()).await?;
            declare(&channel, &name, arguments).await?;
        }
        channel.close(200, "OK".into()).await?;
        Ok(())
    }

    /// All queues with their arguments, in the order of their declaration: the dead first, because a line must not name a
    /// queue that is not there; the lines last.
    pub(crate) fn all(&self) -> Vec<(String, FieldTable)> {
        let beside =
            [(&self.dead, quorum()), (&self.parked, bounded(PARKED_AT_MOST)), (&self.probe, bounded(1))];
        let lines = self.lines.iter().map(|(_, name)| (name, line(&self.dead)));
        beside.into_iter().chain(lines).map(|(name, arguments)| (name.clone(), arguments)).collect()
    }

    /// Counts what waits, without changing anything. A queue that is not there is an error and ends the channel.
    pub(crate) async fn depth(&self, channel: &Channel) -> Result<Depth, Trouble> {
        let [high, normal, low] = &self.lines;
        Ok(Depth {
            high: count(channel, &high.1).await?,
            normal: count(channel, &normal.1).await?,
            low: count(channel, &low.1).await?,
            dead: count(channel, &self.dead).await?,
            parked: count(channel, &self.parked).await?,
        })
    }
}

async fn declare(channel: &Channel, name: &str, arguments: FieldTable) -> Result<u32, Trouble> {
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    Ok(channel.queue_declare(name.into(), options, arguments).await?.message_count())
}

async fn count(channel: &Channel, name: &str) -> Result<u64, Trouble> {
    Ok(u64::from(look_at(channel, name).await?.message_count()))
}

async fn look_at(channel: &Channel, name: &str) -> Result<Queue, Trouble> {
    let options = QueueDeclareOptions { durable: true, passive: true, ..QueueDeclareOptions::default() };
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

fn line(dead: &str) -> FieldTable {
    let mut arguments = quorum();
    insert(&mut arguments, "x-delivery-limit", AMQPValue::LongInt(DELIVERY_LIMIT));
    // Through the default exchange, which cannot be deleted.
    insert(&mut arguments, "x-dead-letter-exchange", text(""));
    insert(&mut arguments, "x-dead-letter-routing-key", text(dead));
    // At-least-once takes both; with one of them missing it is silently at-most-once.
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
    fn names_say_namespace_and_class() {
        let names = Names::new("blue");
        assert_eq!(names.line(Priority::High), "blue.jobs.high");
        for (priority, name) in &names.lines {
            assert_eq!(names.line(*priority), name);
        }
    }

    #[test]
    fn a_line_is_declared_with_every_argument_whose_default_differs() {
        let text = format!("{:?}", line("blue.jobs.dead"));
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
