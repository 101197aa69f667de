//! Subscribes to one queue, on a channel of its own.
//!
//! A broker that was killed may come back with a queue that has no leader: RabbitMQ 3.10 can lose the log of a queue that
//! was declared shortly before. While members of a cluster are away, any queue may have none. A subscription to it is
//! never answered. Such a queue is recreated; no job is lost, because the relay publishes again what was in it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{BoxStream, once};
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tally_jobs::options::Priority;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::TaskTracker;

use crate::broker_connection::BrokerConnection;
use crate::delivery_buffer::CHANNELS;
use crate::error::ConnectionError;
use crate::topology::Topology;

/// How long a subscription takes at most when the queue has a leader.
pub(super) const SUBSCRIBE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a queue may not answer before it is recreated: several times what a leader election takes.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long recreating may take. A broker looks for the leader for five seconds before it deletes.
const RECREATE_TIMEOUT: Duration = Duration::from_secs(15);

/// Where a delivery comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeliverySource {
    TicketQueue(Priority),
    DeadLetter,
}

impl DeliverySource {
    /// All of them, in the order of subscription.
    pub(super) const ALL: [Self; CHANNELS] = {
        let [first, second, third] = Priority::ALL;
        [Self::TicketQueue(first), Self::TicketQueue(second), Self::TicketQueue(third), Self::DeadLetter]
    };

    /// The index of its channel.
    pub(super) const fn channel(self) -> usize {
        match self {
            Self::TicketQueue(priority) => priority as usize,
            Self::DeadLetter => CHANNELS - 1,
        }
    }

    pub(super) fn queue(self, topology: &Topology) -> &str {
        match self {
            Self::TicketQueue(priority) => topology.ticket_queue(priority),
            Self::DeadLetter => &topology.dead_letter,
        }
    }

    pub(super) const fn consumer_tag(self) -> &'static str {
        match self {
            Self::TicketQueue(priority) => priority.as_str(),
            Self::DeadLetter => "dead",
        }
    }
}

/// A delivery or an error; `None` when the deliveries have ended.
pub(super) type Incoming = (DeliverySource, Option<lapin::Result<Delivery>>);

pub(super) struct Subscription {
    pub(super) channel: Channel,
    pub(super) deliveries: BoxStream<'static, Incoming>,
}

/// Subscribes on one connection.
#[derive(Clone)]
pub(super) struct Subscriber {
    pub(super) connection: Arc<BrokerConnection>,
    pub(super) topology: Arc<Topology>,
    pub(super) prefetch: u16,
    pub(super) tasks: TaskTracker,
}

impl Subscriber {
    /// Subscribes to a queue. While the queue does not answer, recreates it and tries again.
    pub(super) async fn subscribe(self, source: DeliverySource) -> Result<Subscription, ConnectionError> {
        let queue = source.queue(&self.topology);
        loop {
            let began = Instant::now();
            // A task, because an attempt must run to its end: the library takes an answer that nothing waits for as a
            // protocol violation, and closes the connection.
            let attempt = self.tasks.spawn(attempt(
                Arc::clone(&self.connection),
                queue.to_owned(),
                source,
                self.prefetch,
            ));
            if let Ok(answer) = timeout(QUEUE_TIMEOUT, attempt).await {
                let answer = answer.unwrap_or(Err(ConnectionError::Panicked));
                let late = began.elapsed() > SUBSCRIBE_TIMEOUT;
                match answer {
                    Err(error) if late && self.connection.is_open() => {
                        tracing::debug!(queue, %error, "a queue without a leader refuses its consumer");
                    }
                    answer => return answer,
                }
            }
            sleep_until(began + QUEUE_TIMEOUT).await;
            self.recreate(queue).await;
        }
    }

    async fn recreate(&self, queue: &str) {
        tracing::warn!(
            queue,
            "a queue does not answer and is recreated; the relay publishes its tickets again"
        );
        match timeout(RECREATE_TIMEOUT, self.topology.recreate(&self.connection, queue)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(queue, %error, "it could not be recreated"),
            Err(_) => tracing::debug!(queue, "it could not be recreated in time"),
        }
    }
}

/// A channel of its own, because a channel that waits for a queue does nothing else.
async fn attempt(
    connection: Arc<BrokerConnection>,
    queue: String,
    source: DeliverySource,
    prefetch: u16,
) -> Result<Subscription, ConnectionError> {
    let channel = connection.open_channel().await?;
    channel.basic_qos(prefetch, BasicQosOptions { global: false }).await?;
    let (tag, options) = (source.consumer_tag().into(), BasicConsumeOptions::default());
    let consumer = channel.basic_consume(queue.into(), tag, options, FieldTable::default()).await?;
    let deliveries = consumer.map(move |delivery| (source, Some(delivery)));
    let end = once(async move { (source, None) });
    Ok(Subscription { channel, deliveries: deliveries.chain(end).boxed() })
}
