//! Takes deliveries in and tells the broker how they ended, on one channel.
//!
//! A queue that does not answer stops no other: the session goes on without it until it was mended. A stream of
//! deliveries ends without an error when the broker cancels it (its queue was deleted, a consumer was too slow): that is
//! trouble like any other, and the connection is made anew.

mod channel;
mod mend;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, SelectAll};
use futures_util::{FutureExt, StreamExt};
use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicQosOptions};
use tally_jobs::settings::Priority;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use channel::{Item, Items, Origin, subscribe, tag_of, tell};
use mend::mended;

use crate::acks::End;
use crate::codec;
use crate::connect::Link;
use crate::desk::Desk;
use crate::error::Trouble;
use crate::figures::Counters;
use crate::publish::Publisher;
use crate::supervise::Session;
use crate::topology::Names;

/// How long declarations and subscriptions may take.
const SET_UP: Duration = Duration::from_secs(15);
/// How long one subscription may take, on a connection that is there.
const SUBSCRIBE: Duration = Duration::from_secs(3);
/// How long a fresh connection waits for what it knows to be in the lines, so that the first tickets are taken by
/// weight and not by which line came first.
const GATHER: Duration = Duration::from_millis(500);
/// How long a message that is set aside waits for the publisher to be well.
const PARK: Duration = Duration::from_secs(30);
/// How often the state of the connection is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long giving back and acknowledging may take at the end.
const LAST: Duration = Duration::from_secs(2);

/// A message that is being set aside: its delivery, and how it ended.
type Asides = FuturesUnordered<BoxFuture<'static, (u64, End)>>;

/// Consumes the lines and the dead of one namespace.
pub(crate) struct Consuming {
    pub(crate) desk: Arc<Desk>,
    pub(crate) names: Arc<Names>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) publisher: Publisher,
    pub(crate) prefetch: u16,
    /// Whether tickets come in.
    pub(crate) flowing: watch::Sender<bool>,
    /// Queues that do not answer.
    pub(crate) silent: Silent,
}

/// Queues that do not answer.
#[derive(Debug, Default)]
pub(crate) struct Silent(Vec<Origin>);

/// What one connection's session is made of.
struct Serving {
    channel: Channel,
    items: Items,
    asides: Asides,
    /// How many messages are known to wait in the lines and have not come yet.
    awaited: [u32; 3],
    cancelled: bool,
}

impl Serving {
    /// What waits in a queue that does not answer is not waited for.
    fn forget(&mut self, from: Origin) {
        if let Origin::Line(priority) = from {
            self.awaited[priority as usize] = 0;
        }
    }
}

impl Session for Consuming {
    const WHAT: &'static str = "consume";

    async fn serve(&mut self, link: &Link, stop: &CancellationToken) -> Result<(), Trouble> {
        let set_up = timeout(SET_UP, self.set_up(link)).await.map_err(|_| Trouble::Slow("subscribing"))?;
        let served = match set_up {
            Ok(mut serving) => {
                self.flowing.send_replace(true);
                let served = self.serve_on(link, &mut serving, stop).await;
                self.flowing.send_replace(false);
                served
            }
            Err(trouble) => Err(trouble),
        };
        self.desk.clear();
        served
    }

    async fn without(&mut self) -> Infallible {
        std::future::pending().await
    }
}

impl Consuming {
    async fn set_up(&mut self, link: &Link) -> Result<Serving, Trouble> {
        let channel = link.channel().await?;
        let waiting = self.names.declare(&channel).await?;
        let awaited = waiting.map(|waiting| waiting.min(u32::from(self.prefetch)));
        // For each consumer, not for the channel: so it is with RabbitMQ.
        channel.basic_qos(self.prefetch, BasicQosOptions { global: false }).await?;
        let mut serving = Serving {
            channel,
            items: SelectAll::new(),
            asides: FuturesUnordered::new(),
            awaited,
            cancelled: false,
        };
        for from in Origin::ALL {
            if self.silent.0.contains(&from) {
                serving.forget(from);
            } else {
                self.subscribe(&mut serving, from).await?;
            }
        }
        Ok(serving)
    }

    /// Subscribes to a queue. One that does not answer blocks the channel: the next connection does without it.
    async fn subscribe(&mut self, on: &mut Serving, from: Origin) -> Result<(), Trouble> {
        let queue = from.queue(&self.names);
        let Ok(items) = timeout(SUBSCRIBE, subscribe(&on.channel, queue, from)).await else {
            self.silent.0.push(from);
            return Err(Trouble::Leaderless(queue.to_owned()));
        };
        on.items.push(items?);
        Ok(())
    }

    async fn serve_on(
        &mut self,
        link: &Link,
        on: &mut Serving,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let names = Arc::clone(&self.names);
        let mut mending: FuturesUnordered<_> =
            self.silent.0.iter().map(|&from| mended(link, &names, from)).collect();
        let gathered = sleep_until(Instant::now() + GATHER);
        tokio::pin!(gathered);
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut open = false;
        loop {
            if !open && (on.awaited == [0; 3] || gathered.is_elapsed()) {
                open = true;
                self.desk.open();
            }
            tokio::select! {
                Some(item) = on.items.next() => self.take_in(on, item)?,
                () = self.desk.settled() => tell(&on.channel, self.desk.answers()).await?,
                Some((tag, end)) = on.asides.next() => self.desk.aside(tag, end),
                Some(from) = mending.next() => {
                    self.silent.0.retain(|silent| *silent != from);
                    self.subscribe(on, from).await?;
                    tracing::info!(queue = from.queue(&names), "the queue answers again");
                }
                () = self.desk.closed().cancelled(), if !on.cancelled => self.cancel(on).await?,
                () = &mut gathered, if !open => {}
                _ = look.tick() => {
                    if !link.stands() || !on.channel.status().connected() {
                        return Err(Trouble::Closed);
                    }
                }
                () = stop.cancelled() => {
                    // What is not answered by then the broker hands out again.
                    let _ = timeout(LAST, self.last(on)).await;
                    return Ok(());
                }
            }
        }
    }

    fn take_in(&self, on: &mut Serving, item: Item) -> Result<(), Trouble> {
        match item {
            (from, Some(Ok(delivery))) => self.deliver(on, from, delivery),
            (_, Some(Err(error))) => return Err(error.into()),
            // Nothing comes any more, as we wished; there are still answers to give.
            (_, None) if on.cancelled => {}
            (from, None) => return Err(Trouble::Cancelled(tag_of(from))),
        }
        Ok(())
    }

    fn deliver(&self, on: &mut Serving, from: Origin, delivery: Delivery) {
        let tag = delivery.delivery_tag;
        match from {
            Origin::Line(priority) => {
                let awaited = &mut on.awaited[priority as usize];
                *awaited = awaited.saturating_sub(1);
                match codec::decode(&delivery.data, priority, delivery.redelivered) {
                    Ok(tickets) => {
                        Counters::add(&self.counters.delivered, tickets.len());
                        if delivery.redelivered {
                            Counters::add(&self.counters.redelivered, tickets.len());
                        }
                        self.desk.came(tickets, tag);
                    }
                    Err(foreign) => {
                        Counters::add(&self.counters.foreign, 1);
                        tracing::warn!(queue = self.names.line(priority), bytes = delivery.data.len(), cause = %foreign,
                            "a message in a line is set aside");
                        self.desk.came_aside(tag);
                        on.asides.push(self.set_aside(tag, delivery.data));
                    }
                }
            }
            Origin::Dead => {
                let dead = codec::decode(&delivery.data, Priority::Low, true);
                Counters::add(&self.counters.dead, dead.as_ref().map_or(1, Vec::len));
                match dead {
                    Ok(tickets) => {
                        for ticket in tickets {
                            tracing::warn!(job.id = %ticket.id, ticket.epoch,
                                "a ticket was delivered too often and is dropped; the relay offers its job again");
                        }
                    }
                    Err(_) => tracing::warn!(bytes = delivery.data.len(), "a dead message is dropped"),
                }
                self.desk.came_aside(tag);
                self.desk.aside(tag, End::Done);
            }
        }
    }

    /// Sends it to the parked messages; where that fails, to the dead, so that it is never met again.
    fn set_aside(&self, tag: u64, body: Vec<u8>) -> BoxFuture<'static, (u64, End)> {
        let publisher = self.publisher.clone();
        async move {
            // A queue that has just started or lost its connection is well again in a moment.
            let mut shut = publisher.shut();
            let _ = timeout(PARK, shut.wait_for(Option::is_none)).await;
            match publisher.park(body).await {
                Ok(()) => (tag, End::Done),
                Err(fault) => {
                    tracing::warn!(%fault, "a message could not be parked and goes to the dead");
                    (tag, End::Out)
                }
            }
        }
        .boxed()
    }

    /// No more deliveries. What is on its way still comes, and is given back.
    async fn cancel(&self, on: &mut Serving) -> Result<(), Trouble> {
        on.cancelled = true;
        for from in Origin::ALL.into_iter().filter(|from| !self.silent.0.contains(from)) {
            on.channel.basic_cancel(tag_of(from).into(), BasicCancelOptions::default()).await?;
        }
        Ok(())
    }

    async fn last(&self, on: &mut Serving) -> Result<(), Trouble> {
        if !on.cancelled {
            self.cancel(on).await?;
        }
        while let Some(item) = on.items.next().await {
            self.take_in(on, item)?;
        }
        tell(&on.channel, self.desk.answers()).await?;
        while let Some((tag, end)) = on.asides.next().await {
            self.desk.aside(tag, end);
        }
        tell(&on.channel, self.desk.answers()).await
    }
}
