//! Consumes tickets and sends their acks, on one channel per queue.
//!
//! A queue that does not answer stops no other: the session runs without it until it was recreated. A consumer that the
//! broker cancels (its queue was deleted, or it acknowledged too late) ends the connection, and the next one declares
//! the queues again.

mod subscription;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, try_join_all};
use futures_util::stream::{BoxStream, FuturesUnordered, SelectAll};
use futures_util::{FutureExt, StreamExt};
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicNackOptions};
use tally_jobs::options::Priority;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use subscription::{DeliverySource, Incoming, SUBSCRIBE_TIMEOUT, Subscriber, Subscription};

use crate::ack_tracker::{AckFrame, DeliveryId, Settlement};
use crate::broker_connection::BrokerConnection;
use crate::delivery_buffer::{CHANNELS, DeliveryBuffer};
use crate::error::ConnectionError;
use crate::message_codec;
use crate::publisher::Publisher;
use crate::rabbit_stats::SharedStats;
use crate::reconnect_loop::BrokerSession;
use crate::topology::Topology;

/// How long declarations and subscriptions may take.
const SET_UP_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a new connection waits for the messages that it knows to be ready. So the first tickets are taken by weight
/// and not by which queue answered first.
const GATHER_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a message to be parked waits for the circuit breaker to close.
const PARK_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the connection is checked.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// How long a shutdown waits for the last acks.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Fills the delivery buffer from one connection after another.
pub(crate) struct TicketConsumer {
    pub(crate) buffer: Arc<DeliveryBuffer>,
    pub(crate) topology: Arc<Topology>,
    pub(crate) stats: Arc<SharedStats>,
    pub(crate) publisher: Publisher,
    pub(crate) prefetch: u16,
    /// Whether tickets come in.
    pub(crate) consuming: watch::Sender<bool>,
    pub(crate) tasks: TaskTracker,
}

/// The channels by index; `None` while the queue does not answer.
type Channels = [Option<Channel>; CHANNELS];
type Subscribing =
    FuturesUnordered<BoxFuture<'static, (DeliverySource, Result<Subscription, ConnectionError>)>>;

/// The consumers on one connection.
struct ActiveConsumers {
    connection: Arc<BrokerConnection>,
    channels: Channels,
    incoming: SelectAll<BoxStream<'static, Incoming>>,
    subscribing: Subscribing,
    /// Messages that are being parked. Each yields the settlement of its delivery.
    parking: FuturesUnordered<BoxFuture<'static, (DeliveryId, Settlement)>>,
    /// How many messages are known to be ready in each ticket queue and have not come yet.
    expected: [u32; 3],
    cancelled: bool,
}

impl ActiveConsumers {
    fn is_open(&self) -> bool {
        self.connection.is_open()
            && self.channels.iter().flatten().all(|channel| channel.status().connected())
    }

    fn add(&mut self, source: DeliverySource, subscription: Subscription) {
        self.channels[source.channel()] = Some(subscription.channel);
        self.incoming.push(subscription.deliveries);
    }

    /// The queues that do not answer.
    fn unavailable(&self) -> impl Iterator<Item = DeliverySource> {
        DeliverySource::ALL.into_iter().filter(|source| self.channels[source.channel()].is_none())
    }

    /// Cancels the consumers. Deliveries on their way still come, and are requeued.
    async fn cancel(&mut self) -> Result<(), ConnectionError> {
        self.cancelled = true;
        for source in DeliverySource::ALL {
            if let Some(channel) = &self.channels[source.channel()] {
                channel.basic_cancel(source.consumer_tag().into(), BasicCancelOptions::default()).await?;
            }
        }
        Ok(())
    }
}

impl BrokerSession for TicketConsumer {
    const PURPOSE: &'static str = "consume";

    async fn serve(
        &mut self,
        connection: &Arc<BrokerConnection>,
        stop: &CancellationToken,
    ) -> Result<(), ConnectionError> {
        let set_up = timeout(SET_UP_TIMEOUT, self.set_up(connection)).await;
        let served = match set_up.unwrap_or(Err(ConnectionError::Timeout("subscribing"))) {
            Ok(mut consumers) => {
                self.consuming.send_replace(true);
                let served = self.run(&mut consumers, stop).await;
                self.consuming.send_replace(false);
                served
            }
            Err(error) => Err(error),
        };
        self.stats.update(|stats| stats.unavailable = 0);
        self.buffer.clear();
        served
    }

    async fn while_disconnected(&mut self) -> Infallible {
        std::future::pending().await
    }
}

impl TicketConsumer {
    async fn set_up(&self, connection: &Arc<BrokerConnection>) -> Result<ActiveConsumers, ConnectionError> {
        let channel = connection.open_channel().await?;
        let ready = self.topology.declare(&channel).await?;
        channel.close(200, "OK".into()).await?;
        let mut consumers = ActiveConsumers {
            connection: Arc::clone(connection),
            channels: Default::default(),
            incoming: SelectAll::new(),
            subscribing: self.subscribe(connection),
            parking: FuturesUnordered::new(),
            expected: ready.map(|ready| ready.min(u32::from(self.prefetch))),
            cancelled: false,
        };
        let all_answer = async {
            while let Some((source, subscribed)) = consumers.subscribing.next().await {
                consumers.add(source, subscribed?);
            }
            Ok::<_, ConnectionError>(())
        };
        if let Ok(answered) = timeout(SUBSCRIBE_TIMEOUT, all_answer).await {
            answered?;
        }
        for source in consumers.unavailable().collect::<Vec<_>>() {
            let queue = source.queue(&self.topology);
            tracing::warn!(queue, "a queue does not answer; the others go on without it");
            if let DeliverySource::TicketQueue(priority) = source {
                consumers.expected[priority as usize] = 0;
            }
        }
        self.count_unavailable(&consumers);
        Ok(consumers)
    }

    fn subscribe(&self, connection: &Arc<BrokerConnection>) -> Subscribing {
        let subscriber = Subscriber {
            connection: Arc::clone(connection),
            topology: Arc::clone(&self.topology),
            prefetch: self.prefetch,
            tasks: self.tasks.clone(),
        };
        let subscribe = |source| {
            let subscriber = subscriber.clone();
            async move { (source, subscriber.subscribe(source).await) }.boxed()
        };
        DeliverySource::ALL.into_iter().map(subscribe).collect()
    }

    fn count_unavailable(&self, consumers: &ActiveConsumers) {
        self.stats.update(|stats| stats.unavailable = consumers.unavailable().count() as u64);
    }

    async fn run(
        &self,
        consumers: &mut ActiveConsumers,
        stop: &CancellationToken,
    ) -> Result<(), ConnectionError> {
        let gathered = sleep_until(Instant::now() + GATHER_TIMEOUT);
        tokio::pin!(gathered);
        let mut check = interval(CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut open = false;
        loop {
            if !open && (consumers.expected == [0; 3] || gathered.is_elapsed()) {
                open = true;
                self.buffer.open();
            }
            if self.buffer.is_closed() && !consumers.cancelled {
                consumers.cancel().await?;
            }
            tokio::select! {
                Some(incoming) = consumers.incoming.next() => self.handle_incoming(consumers, incoming)?,
                () = self.buffer.changed() => send_acks(&consumers.channels, self.buffer.take_frames()).await?,
                Some((delivery, settlement)) = consumers.parking.next() => {
                    self.buffer.settle_discarded(delivery, settlement);
                }
                Some((source, subscribed)) = consumers.subscribing.next(), if !consumers.cancelled => {
                    consumers.add(source, subscribed?);
                    self.count_unavailable(consumers);
                    tracing::info!(queue = source.queue(&self.topology), "the queue answers again");
                }
                () = &mut gathered, if !open => {}
                _ = check.tick() => {
                    if !consumers.is_open() {
                        return Err(ConnectionError::Closed);
                    }
                }
                () = stop.cancelled() => {
                    // The broker delivers again what is not acknowledged by then.
                    let _ = timeout(DRAIN_TIMEOUT, self.drain(consumers)).await;
                    return Ok(());
                }
            }
        }
    }

    fn handle_incoming(
        &self,
        consumers: &mut ActiveConsumers,
        (source, item): Incoming,
    ) -> Result<(), ConnectionError> {
        match (source, item.transpose()?) {
            (DeliverySource::TicketQueue(priority), Some(delivery)) => {
                self.handle_delivery(consumers, priority, delivery);
            }
            (DeliverySource::DeadLetter, Some(delivery)) => self.drop_dead_letter(&delivery),
            // The consumer was cancelled by us. There are still acks to send.
            (_, None) if consumers.cancelled => {}
            (source, None) => return Err(ConnectionError::ConsumerCancelled(source.consumer_tag())),
        }
        Ok(())
    }

    fn handle_delivery(&self, consumers: &mut ActiveConsumers, priority: Priority, delivery: Delivery) {
        let expected = &mut consumers.expected[priority as usize];
        *expected = expected.saturating_sub(1);
        let source = DeliverySource::TicketQueue(priority);
        let id = DeliveryId { channel: source.channel(), tag: delivery.delivery_tag };
        match message_codec::decode(&delivery.data, priority, delivery.redelivered) {
            Ok(tickets) => {
                let count = tickets.len() as u64;
                self.stats.update(|stats| {
                    stats.delivered += count;
                    stats.redelivered += if delivery.redelivered { count } else { 0 };
                });
                self.buffer.add(tickets, id);
            }
            Err(cause) => {
                self.stats.update(|stats| stats.foreign += 1);
                let (queue, bytes) = (source.queue(&self.topology), delivery.data.len());
                tracing::warn!(queue, bytes, %cause, "quarantined a message that is not a ticket");
                self.buffer.discard(id);
                consumers.parking.push(park(self.publisher.clone(), id, delivery.data).boxed());
            }
        }
    }

    /// Counts and drops a ticket that was delivered too often.
    fn drop_dead_letter(&self, delivery: &Delivery) {
        let decoded = message_codec::decode(&delivery.data, Priority::Low, true);
        self.stats.update(|stats| stats.dead += decoded.as_ref().map_or(1, Vec::len) as u64);
        for ticket in decoded.iter().flatten() {
            tracing::warn!(job.id = %ticket.id, ticket.epoch,
                "a ticket was delivered too often and is dropped; the relay publishes its job again");
        }
        if decoded.is_err() {
            tracing::warn!(bytes = delivery.data.len(), "a dead letter that is not a ticket is dropped");
        }
        let id = DeliveryId { channel: DeliverySource::DeadLetter.channel(), tag: delivery.delivery_tag };
        self.buffer.discard(id);
        self.buffer.settle_discarded(id, Settlement::Ack);
    }

    /// Graceful shutdown: cancels the consumers and sends the last acks.
    async fn drain(&self, consumers: &mut ActiveConsumers) -> Result<(), ConnectionError> {
        if !consumers.cancelled {
            consumers.cancel().await?;
        }
        while let Some(incoming) = consumers.incoming.next().await {
            self.handle_incoming(consumers, incoming)?;
        }
        send_acks(&consumers.channels, self.buffer.take_frames()).await?;
        while let Some((delivery, settlement)) = consumers.parking.next().await {
            self.buffer.settle_discarded(delivery, settlement);
        }
        send_acks(&consumers.channels, self.buffer.take_frames()).await
    }
}

/// Sends ack frames in their order.
async fn send_acks(channels: &Channels, frames: Vec<(usize, AckFrame)>) -> Result<(), ConnectionError> {
    // All are queued when they are first polled, one after the other, and then waited for together.
    try_join_all(frames.into_iter().map(|(index, frame)| async move {
        let Some(channel) = &channels[index] else { return Ok(()) };
        let AckFrame { tag, settlement } = frame;
        let nack = |requeue| channel.basic_nack(tag, BasicNackOptions { requeue, multiple: false });
        match settlement {
            Settlement::Ack => channel.basic_ack(tag, BasicAckOptions { multiple: false }).await,
            Settlement::Requeue => nack(true).await,
            Settlement::DeadLetter => nack(false).await,
        }
    }))
    .await?;
    Ok(())
}

/// Publishes a message to the parked ones. Where that fails it becomes a dead letter, so that it never comes again.
async fn park(publisher: Publisher, delivery: DeliveryId, body: Vec<u8>) -> (DeliveryId, Settlement) {
    // A queue that has just started or lost its connection is ready in a moment.
    let mut breaker = publisher.breaker();
    let _ = timeout(PARK_TIMEOUT, breaker.wait_for(Option::is_none)).await;
    match publisher.park(body).await {
        Ok(()) => (delivery, Settlement::Ack),
        Err(fault) => {
            tracing::warn!(%fault, "a message could not be parked and becomes a dead letter");
            (delivery, Settlement::DeadLetter)
        }
    }
}
