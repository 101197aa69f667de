//! Takes deliveries in and tells the broker how they ended, on a channel for each queue.
//!
//! A queue that does not answer stops no other: the session goes on without it until it was mended. A stream of
//! deliveries ends without an error when the broker cancels it (its queue was deleted, a consumer was too slow): that is
//! trouble like any other, and the connection is made anew.

mod channel;
mod mend;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, SelectAll};
use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::BasicCancelOptions;
use tally_jobs::settings::Priority;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use channel::{Channels, Item, Items, Origin, Subscribed, subscribe, tag_of, tell};
use mend::{ANEW, PATIENCE, make_anew};

use crate::acks::{End, Tag};
use crate::codec;
use crate::connect::Link;
use crate::desk::{CHANNELS, Desk};
use crate::error::Trouble;
use crate::figures::Counters;
use crate::publish::Publisher;
use crate::supervise::Session;
use crate::topology::Names;

/// How long declarations and subscriptions may take.
const SET_UP: Duration = Duration::from_secs(15);
/// How long subscriptions may take, on a connection that is there.
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
type Asides = FuturesUnordered<BoxFuture<'static, (Tag, End)>>;
/// The answer to a subscription, and of which round it is.
type Answered = (Origin, u32, Result<Subscribed, Trouble>);

/// Consumes the lines and the dead of one namespace.
pub(crate) struct Consuming {
    pub(crate) desk: Arc<Desk>,
    pub(crate) names: Arc<Names>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) publisher: Publisher,
    pub(crate) prefetch: u16,
    /// Whether tickets come in.
    pub(crate) flowing: watch::Sender<bool>,
}

/// What one connection's session is made of.
struct Serving<'a> {
    link: &'a Link,
    names: &'a Names,
    channels: Channels,
    items: Items,
    /// Subscriptions that are not answered.
    asked: FuturesUnordered<BoxFuture<'a, Answered>>,
    /// The ends of our patience with queues that do not answer.
    patience: FuturesUnordered<BoxFuture<'static, Origin>>,
    /// How often it was lost with each queue: an answer of an earlier round is of a queue that may be gone.
    rounds: [u32; CHANNELS],
    asides: Asides,
    /// How many messages are known to wait in the lines and have not come yet.
    awaited: [u32; 3],
    cancelled: bool,
}

impl Serving<'_> {
    /// Asks to be subscribed to a queue, in a later round after it was made anew.
    fn ask(&mut self, from: Origin, prefetch: u16) {
        let (link, names, round) = (self.link, self.names, self.rounds[from.channel()]);
        let asked = async move {
            let queue = from.queue(names);
            if round > 0 {
                make_anew(link, names, queue).await;
            }
            (from, round, subscribe(link, queue, from, prefetch).await)
        };
        self.asked.push(asked.boxed());
    }

    /// Takes a subscription on; `false` when it is of a queue that is gone.
    fn answered(&mut self, (from, round, answer): Answered) -> Result<bool, Trouble> {
        let place = from.channel();
        if round != self.rounds[place] {
            return Ok(false);
        }
        let Subscribed { channel, items } = answer?;
        self.channels[place] = Some(channel);
        self.items.push(items);
        Ok(true)
    }

    /// The queues that have not answered.
    fn silent(&self) -> Vec<Origin> {
        Origin::ALL.into_iter().filter(|from| self.channels[from.channel()].is_none()).collect()
    }

    /// What waits in a queue that does not answer is not waited for. It has so much time to answer after all.
    fn go_on_without(&mut self, from: Origin, time: Duration) {
        if let Origin::Line(priority) = from {
            self.awaited[priority as usize] = 0;
        }
        self.patience.push(sleep(time).map(move |()| from).boxed());
    }

    fn stands(&self) -> bool {
        self.link.stands() && self.channels.iter().flatten().all(|channel| channel.status().connected())
    }
}

impl Session for Consuming {
    const WHAT: &'static str = "consume";

    async fn serve(&mut self, link: &Link, stop: &CancellationToken) -> Result<(), Trouble> {
        let names = Arc::clone(&self.names);
        let set_up =
            timeout(SET_UP, self.set_up(link, &names)).await.map_err(|_| Trouble::Slow("subscribing"))?;
        let served = match set_up {
            Ok(mut serving) => {
                self.flowing.send_replace(true);
                let served = self.serve_on(&mut serving, stop).await;
                self.flowing.send_replace(false);
                served
            }
            Err(trouble) => Err(trouble),
        };
        self.counters.silent.store(0, Ordering::Relaxed);
        self.desk.clear();
        served
    }

    async fn without(&mut self) -> Infallible {
        std::future::pending().await
    }
}

impl Consuming {
    async fn set_up<'a>(&self, link: &'a Link, names: &'a Names) -> Result<Serving<'a>, Trouble> {
        let channel = link.channel().await?;
        let waiting = names.declare(&channel).await?;
        channel.close(200, "OK".into()).await?;
        let mut serving = Serving {
            link,
            names,
            channels: Channels::default(),
            items: SelectAll::new(),
            asked: FuturesUnordered::new(),
            patience: FuturesUnordered::new(),
            rounds: [0; CHANNELS],
            asides: FuturesUnordered::new(),
            awaited: waiting.map(|waiting| waiting.min(u32::from(self.prefetch))),
            cancelled: false,
        };
        Origin::ALL.into_iter().for_each(|from| serving.ask(from, self.prefetch));
        let prompt = async {
            while let Some(answered) = serving.asked.next().await {
                serving.answered(answered)?;
            }
            Ok::<_, Trouble>(())
        };
        if let Ok(all) = timeout(SUBSCRIBE, prompt).await {
            all?;
        }
        for from in serving.silent() {
            tracing::warn!(queue = from.queue(names), "a queue does not answer; the others go on without it");
            serving.go_on_without(from, PATIENCE);
        }
        self.count_silent(&serving);
        Ok(serving)
    }

    fn count_silent(&self, on: &Serving<'_>) {
        self.counters.silent.store(on.silent().len() as u64, Ordering::Relaxed);
    }

    async fn serve_on(&self, on: &mut Serving<'_>, stop: &CancellationToken) -> Result<(), Trouble> {
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
                () = self.desk.settled() => tell(&on.channels, self.desk.answers()).await?,
                Some((tag, end)) = on.asides.next() => self.desk.aside(tag, end),
                Some(answered) = on.asked.next(), if !on.cancelled => self.hear(on, answered)?,
                Some(from) = on.patience.next(), if !on.cancelled => self.ask_again(on, from),
                () = self.desk.closed().cancelled(), if !on.cancelled => Self::cancel(on).await?,
                () = &mut gathered, if !open => {}
                _ = look.tick() => {
                    if !on.stands() {
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

    /// A queue has answered that had been silent. A late refusal changes nothing: it will be made anew.
    fn hear(&self, on: &mut Serving<'_>, answered: Answered) -> Result<(), Trouble> {
        let queue = answered.0.queue(on.names);
        match on.answered(answered) {
            Ok(true) => tracing::info!(queue, "the queue answers again"),
            Ok(false) => {}
            Err(trouble) if on.link.stands() => tracing::debug!(queue, %trouble, "it refuses to answer"),
            Err(trouble) => return Err(trouble),
        }
        self.count_silent(on);
        Ok(())
    }

    /// Patience with a queue is lost, unless it has answered meanwhile.
    fn ask_again(&self, on: &mut Serving<'_>, from: Origin) {
        if on.channels[from.channel()].is_none() {
            on.rounds[from.channel()] += 1;
            on.ask(from, self.prefetch);
            on.go_on_without(from, ANEW + PATIENCE);
        }
    }

    fn take_in(&self, on: &mut Serving<'_>, item: Item) -> Result<(), Trouble> {
        match item {
            (from, Some(Ok(delivery))) => self.deliver(on, from, delivery),
            (_, Some(Err(error))) => return Err(error.into()),
            // Nothing comes any more, as we wished; there are still answers to give.
            (_, None) if on.cancelled => {}
            (from, None) => return Err(Trouble::Cancelled(tag_of(from))),
        }
        Ok(())
    }

    fn deliver(&self, on: &mut Serving<'_>, from: Origin, delivery: Delivery) {
        let tag = Tag { channel: from.channel(), number: delivery.delivery_tag };
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
    fn set_aside(&self, tag: Tag, body: Vec<u8>) -> BoxFuture<'static, (Tag, End)> {
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
    async fn cancel(on: &mut Serving<'_>) -> Result<(), Trouble> {
        on.cancelled = true;
        for from in Origin::ALL {
            if let Some(channel) = &on.channels[from.channel()] {
                channel.basic_cancel(tag_of(from).into(), BasicCancelOptions::default()).await?;
            }
        }
        Ok(())
    }

    async fn last(&self, on: &mut Serving<'_>) -> Result<(), Trouble> {
        if !on.cancelled {
            Self::cancel(on).await?;
        }
        while let Some(item) = on.items.next().await {
            self.take_in(on, item)?;
        }
        tell(&on.channels, self.desk.answers()).await?;
        while let Some((tag, end)) = on.asides.next().await {
            self.desk.aside(tag, end);
        }
        tell(&on.channels, self.desk.answers()).await
    }
}
