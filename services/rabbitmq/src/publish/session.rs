//! Sends tickets and waits for the broker's word, many at a time on one channel.
//!
//! Runs the breaker: what is refused, and when the broker is asked whether it is well again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Event};
use tally_kernel::{Fault, FaultKind};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::company::{Company, Party};
use super::{AT_MOST, Answer, Goal, Request, refuse};
use crate::breaker::Breaker;
use crate::codec;
use crate::connect::Link;
use crate::error::{Lost, Shut, Trouble};
use crate::figures::Counters;
use crate::flights;
use crate::supervise::Session;
use crate::topology::Names;

/// How often lateness and the state of the connection are looked at: what an offer may wait beyond its limit, and the
/// longest that a ticket waits for company.
const LOOK: Duration = Duration::from_millis(250);
/// How long the declarations of a fresh connection may take.
const SET_UP: Duration = Duration::from_secs(15);
/// A probe that is unanswered for so long was lost with its connection, whatever the library thinks.
const MUTE: Duration = Duration::from_secs(30);
/// How long messages in flight are waited for at the end.
const LAST: Duration = Duration::from_secs(1);

/// Messages in flight, each with those who wait for it.
type Flights = flights::Flights<Vec<oneshot::Sender<Answer>>>;
type Round = flights::Round<Vec<oneshot::Sender<Answer>>>;

/// The far side: what serves on a connection.
pub(crate) struct Publishing {
    requests: mpsc::Receiver<Request>,
    shut: watch::Sender<Option<Shut>>,
    breaker: Breaker,
    company: Company,
    names: Arc<Names>,
    counters: Arc<Counters>,
    confirm_timeout: Duration,
    /// Whether the last connection ended because the probe was not answered: it may be its queue that does not answer.
    was_mute: bool,
}

impl Session for Publishing {
    const WHAT: &'static str = "publish";

    async fn serve(&mut self, link: &Link, stop: &CancellationToken) -> Result<(), Trouble> {
        let channel =
            timeout(SET_UP, self.set_up(link)).await.map_err(|_| Trouble::Slow("declaring queues"))??;
        self.breaker.connected();
        let mut flights = Flights::new();
        let served = self.serve_on(link, &channel, &mut flights, stop).await;
        self.breaker.disconnected();
        self.show();
        self.refuse_company();
        self.lose(flights.release(), Lost::Interrupted);
        served
    }

    /// Refuses those who asked just before the connection broke.
    async fn without(&mut self) -> Infallible {
        loop {
            match self.requests.recv().await {
                Some(request) => refuse(request.answer, Shut::Disconnected),
                None => return std::future::pending().await,
            }
        }
    }
}

impl Publishing {
    /// Not connected yet.
    pub(super) fn new(
        requests: mpsc::Receiver<Request>,
        shut: watch::Sender<Option<Shut>>,
        names: Arc<Names>,
        counters: Arc<Counters>,
        confirm_timeout: Duration,
    ) -> Self {
        Self {
            requests,
            shut,
            breaker: Breaker::default(),
            company: Company::default(),
            names,
            counters,
            confirm_timeout,
            was_mute: false,
        }
    }

    async fn set_up(&mut self, link: &Link) -> Result<Channel, Trouble> {
        let channel = link.channel().await?;
        self.names.declare(&channel).await?;
        if std::mem::take(&mut self.was_mute) {
            self.names.make_anew(link, &self.names.probe).await?;
        }
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    async fn serve_on(
        &mut self,
        link: &Link,
        channel: &Channel,
        flights: &mut Flights,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let mut events = Box::pin(link.connection().events_listener());
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut probe_since = None;
        let mut batch = Vec::new();
        loop {
            let room = AT_MOST.saturating_sub(flights.len() + self.company.len());
            let departure = self.company.departure();
            tokio::select! {
                round = flights.round() => self.settle(round)?,
                event = next(&mut events) => self.hear(event, flights),
                _ = self.requests.recv_many(&mut batch, room), if room > 0 => {
                    batch.drain(..).for_each(|request| self.dispatch(channel, flights, request));
                }
                () = at(departure) => {}
                _ = look.tick() => self.look(link, channel, flights, &mut probe_since)?,
                () = stop.cancelled() => {
                    self.last(flights).await;
                    return Ok(());
                }
            }
            if self.breaker.shut().is_some() {
                self.refuse_company();
            }
            let now = Instant::now();
            while let Some(party) = self.company.leaving(now) {
                self.send_party(channel, flights, party);
            }
            self.show();
        }
    }

    fn dispatch(&mut self, channel: &Channel, flights: &mut Flights, request: Request) {
        if let Some(shut) = self.breaker.shut() {
            return refuse(request.answer, shut);
        }
        let (queue, body) = match request.goal {
            Goal::Light(ticket) => return self.company.join(ticket, request.answer),
            Goal::Line(ticket) => (self.names.line(ticket.priority), codec::encode(&[ticket])),
            Goal::Parked(body) => (self.names.parked.as_str(), body),
        };
        let until = Instant::now() + self.confirm_timeout;
        flights.add(send(channel.clone(), queue.to_owned(), body, true), Some(vec![request.answer]), until);
    }

    fn send_party(&self, channel: &Channel, flights: &mut Flights, party: Party) {
        let Party { tickets, askers, under_way } = party;
        let queue = self.names.line(tickets[0].priority).to_owned();
        let sending = send(channel.clone(), queue, codec::encode(&tickets), true);
        let until = Instant::now() + self.confirm_timeout;
        flights.add(sending.inspect(move |_| drop(under_way)), Some(askers), until);
    }

    /// Nobody leaves any more.
    fn refuse_company(&mut self) {
        let now = Instant::now();
        while let Some(party) = self.company.next(now) {
            let shut = self.breaker.shut().unwrap_or(Shut::Ended);
            party.askers.into_iter().for_each(|asker| refuse(asker, shut));
        }
    }

    /// Tells those whose messages were answered.
    fn settle(&mut self, round: Round) -> Result<(), Trouble> {
        let returned = round.has_returned();
        for (whom, outcome) in round.answered {
            let answer = match outcome {
                Ok(Confirmation::Ack(_)) if !returned => {
                    self.breaker.confirmed();
                    Ok(())
                }
                Ok(Confirmation::Nack(_)) if !returned => Err((FaultKind::Overloaded, Lost::Refused)),
                Ok(_) => Err((FaultKind::Unknown, Lost::Returned)),
                Err(error) => {
                    self.lose(whom.into_iter().collect(), Lost::Interrupted);
                    return Err(error.into());
                }
            };
            let Some(whom) = whom else { continue };
            let counter = if answer.is_ok() { &self.counters.confirmed } else { &self.counters.unconfirmed };
            Counters::add(counter, whom.len());
            for whom in whom {
                let answer = answer.map_err(|(kind, lost)| Fault::because(kind, "offer a ticket", lost));
                // Who does not wait any more needs no answer.
                let _ = whom.send(answer);
            }
        }
        if returned { Err(Trouble::Returned) } else { Ok(()) }
    }

    fn hear(&mut self, event: Event, flights: &mut Flights) {
        match event {
            Event::ConnectionBlocked(reason) => {
                tracing::warn!(reason, "the broker takes no messages; tickets wait in the store");
                self.breaker.blocked();
                self.lose(flights.release(), Lost::Unconfirmed);
            }
            Event::ConnectionUnblocked => {
                tracing::info!("the broker takes messages again");
                self.breaker.unblocked();
            }
            _ => {}
        }
    }

    /// Looks at the clock: what is late, whether the connection stands, whether the broker should be asked.
    fn look(
        &mut self,
        link: &Link,
        channel: &Channel,
        flights: &mut Flights,
        probe_since: &mut Option<Instant>,
    ) -> Result<(), Trouble> {
        if !link.stands() || !channel.status().connected() {
            return Err(Trouble::Closed);
        }
        let now = Instant::now();
        let late = flights.late(now);
        late.iter().for_each(|_| self.breaker.unconfirmed());
        self.lose(late, Lost::Unconfirmed);
        if self.breaker.shut().is_some() {
            self.lose(flights.release(), Lost::Unconfirmed);
        } else {
            while let Some(party) = self.company.next(now) {
                self.send_party(channel, flights, party);
            }
        }
        if !self.breaker.wants_probe() {
            *probe_since = None;
        } else if probe_since.is_none() {
            *probe_since = Some(now);
            flights.add(send(channel.clone(), self.names.probe.clone(), Vec::new(), false), None, now);
        } else if probe_since.is_some_and(|since| now.duration_since(since) > MUTE) {
            self.was_mute = true;
            return Err(Trouble::Mute);
        }
        Ok(())
    }

    /// What is in flight at the end may still be confirmed.
    async fn last(&mut self, flights: &mut Flights) {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            refuse(request.answer, Shut::Ended);
        }
        self.refuse_company();
        let all = async {
            while flights.len() > 0 {
                let round = flights.round().await;
                if self.settle(round).is_err() {
                    break;
                }
            }
        };
        // Who is not confirmed by then is told so.
        let _ = timeout(LAST, all).await;
    }

    fn lose(&self, whom: Vec<Vec<oneshot::Sender<Answer>>>, lost: Lost) {
        for whom in whom.into_iter().flatten() {
            Counters::add(&self.counters.unconfirmed, 1);
            let _ = whom.send(Err(Fault::because(FaultKind::Unknown, "offer a ticket", lost)));
        }
    }

    /// Shows the breaker to those who offer, when it changed.
    fn show(&self) {
        let now = self.breaker.shut();
        self.shut.send_if_modified(|shown| std::mem::replace(shown, now) != now);
    }
}

/// Sends a message, durable, through the default exchange; ends with its confirmation.
async fn send(
    channel: Channel,
    queue: String,
    body: Vec<u8>,
    mandatory: bool,
) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
    let properties =
        BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
    channel.basic_publish("".into(), queue.into(), options, &body, properties).await?.await
}

/// Returns at this moment; never, when there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// The next event; never, when there are no more.
async fn next(events: &mut (impl Stream<Item = Event> + Unpin)) -> Event {
    match events.next().await {
        Some(event) => event,
        None => std::future::pending().await,
    }
}
