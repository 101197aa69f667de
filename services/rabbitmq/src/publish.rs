//! Sends tickets and waits for the broker's word, many at a time on one channel.
//!
//! One task owns the channel: the library numbers a message and queues its frames in two steps, so two tasks on one
//! channel could get each other's confirmations. Knows nothing of those who consume.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Event};
use tally_jobs::model::Ticket;
use tally_kernel::{Fault, FaultKind};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::breaker::Breaker;
use crate::codec;
use crate::connect::Link;
use crate::error::{Lost, Shut, Trouble};
use crate::figures::Counters;
use crate::flights::{Flights, Round};
use crate::supervise::Session;
use crate::topology::Names;

/// The most messages that wait to be sent, and the most that wait for their confirmation.
const AT_MOST: usize = 1024;
/// How often lateness and the state of the connection are looked at: what an offer may wait beyond its limit.
const LOOK: Duration = Duration::from_millis(250);
/// How long the declarations of a fresh connection may take.
const SET_UP: Duration = Duration::from_secs(15);
/// A probe that is unanswered for so long was lost with its connection, whatever the library thinks.
const MUTE: Duration = Duration::from_secs(30);
/// How long messages in flight are waited for at the end.
const LAST: Duration = Duration::from_secs(1);

/// What is said to one who offers.
type Answer = Result<(), Fault>;

/// Where a message goes.
enum Goal {
    Line(Ticket),
    Parked(Vec<u8>),
}

/// A message to be sent.
struct Request {
    goal: Goal,
    answer: oneshot::Sender<Answer>,
}

/// The near side: what callers hold.
#[derive(Clone)]
pub(crate) struct Publisher {
    requests: mpsc::Sender<Request>,
    shut: watch::Receiver<Option<Shut>>,
}

/// The far side: what serves on a connection.
pub(crate) struct Publishing {
    requests: mpsc::Receiver<Request>,
    shut: watch::Sender<Option<Shut>>,
    breaker: Breaker,
    names: Arc<Names>,
    counters: Arc<Counters>,
    confirm_timeout: Duration,
}

/// Both sides.
pub(crate) fn publisher(
    names: Arc<Names>,
    counters: Arc<Counters>,
    confirm_timeout: Duration,
) -> (Publisher, Publishing) {
    let (sender, requests) = mpsc::channel(AT_MOST);
    let breaker = Breaker::default();
    let (shut, seen) = watch::channel(breaker.shut());
    let near = Publisher { requests: sender, shut: seen };
    (near, Publishing { requests, shut, breaker, names, counters, confirm_timeout })
}

impl Publisher {
    /// Sends a ticket to its line. Ok only when the broker has it.
    pub(crate) async fn offer(&self, ticket: Ticket) -> Answer {
        self.send(Goal::Line(ticket), "offer a ticket").await
    }

    /// Sends what is no ticket to the parked messages.
    pub(crate) async fn park(&self, body: Vec<u8>) -> Answer {
        self.send(Goal::Parked(body), "park a message").await
    }

    /// Why offers are refused just now, and a way to wait for a change.
    pub(crate) fn shut(&self) -> watch::Receiver<Option<Shut>> {
        self.shut.clone()
    }

    async fn send(&self, goal: Goal, during: &'static str) -> Answer {
        let refused = *self.shut.borrow();
        if let Some(shut) = refused {
            return Err(Fault::because(FaultKind::Unavailable, during, shut));
        }
        let (answer, answered) = oneshot::channel();
        match self.requests.try_send(Request { goal, answer }) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                return Err(Fault::because(FaultKind::Overloaded, during, "too many offers wait already"));
            }
            Err(mpsc::error::TrySendError::Closed(_)) => {
                return Err(Fault::because(FaultKind::Unavailable, during, Shut::Ended));
            }
        }
        answered.await.unwrap_or_else(|_| Err(Fault::because(FaultKind::Unknown, during, Lost::Interrupted)))
    }
}

impl Session for Publishing {
    const WHAT: &'static str = "publish";

    async fn serve(&mut self, link: &Link, stop: &CancellationToken) -> Result<(), Trouble> {
        let channel = timeout(SET_UP, self.set_up(link)).await.map_err(|_| Trouble::Slow("declaring queues"))??;
        self.breaker.connected();
        let mut flights = Flights::new();
        let served = self.serve_on(link, &channel, &mut flights, stop).await;
        self.breaker.disconnected();
        self.show();
        self.lose(flights.release(), Lost::Interrupted);
        served
    }

    /// Refuses those who asked just before the connection broke.
    async fn without(&mut self) -> Infallible {
        loop {
            match self.requests.recv().await {
                Some(request) => refuse(request, Shut::Disconnected),
                None => return std::future::pending().await,
            }
        }
    }
}

impl Publishing {
    async fn set_up(&self, link: &Link) -> Result<Channel, Trouble> {
        let channel = link.channel().await?;
        self.names.declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    async fn serve_on(
        &mut self,
        link: &Link,
        channel: &Channel,
        flights: &mut Flights<oneshot::Sender<Answer>>,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let mut events = Box::pin(link.connection().events_listener());
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut probe_since = None;
        let mut batch = Vec::new();
        loop {
            let room = AT_MOST.saturating_sub(flights.len());
            tokio::select! {
                round = flights.round() => self.settle(round)?,
                event = next(&mut events) => self.hear(event, flights),
                _ = self.requests.recv_many(&mut batch, room), if room > 0 => {
                    batch.drain(..).for_each(|request| self.dispatch(channel, flights, request));
                }
                _ = look.tick() => self.look(link, channel, flights, &mut probe_since)?,
                () = stop.cancelled() => {
                    self.last(flights).await;
                    return Ok(());
                }
            }
            self.show();
        }
    }

    fn dispatch(&self, channel: &Channel, flights: &mut Flights<oneshot::Sender<Answer>>, request: Request) {
        if let Some(shut) = self.breaker.shut() {
            return refuse(request, shut);
        }
        let (queue, body) = match request.goal {
            Goal::Line(ticket) => (self.names.line(ticket.priority), codec::encode(&ticket)),
            Goal::Parked(body) => (self.names.parked.as_str(), body),
        };
        let until = Instant::now() + self.confirm_timeout;
        flights.add(send(channel.clone(), queue.to_owned(), body, true), Some(request.answer), until);
    }

    /// Tells those whose messages were answered.
    fn settle(&mut self, round: Round<oneshot::Sender<Answer>>) -> Result<(), Trouble> {
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
            Counters::add(if answer.is_ok() { &self.counters.confirmed } else { &self.counters.unconfirmed });
            // Who does not wait any more needs no answer.
            let _ = whom.send(answer.map_err(|(kind, lost)| Fault::because(kind, "offer a ticket", lost)));
        }
        if returned { Err(Trouble::Returned) } else { Ok(()) }
    }

    fn hear(&mut self, event: Event, flights: &mut Flights<oneshot::Sender<Answer>>) {
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
        flights: &mut Flights<oneshot::Sender<Answer>>,
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
        }
        if !self.breaker.wants_probe() {
            *probe_since = None;
        } else if probe_since.is_none() {
            *probe_since = Some(now);
            flights.add(send(channel.clone(), self.names.probe.clone(), Vec::new(), false), None, now);
        } else if probe_since.is_some_and(|since| now.duration_since(since) > MUTE) {
            return Err(Trouble::Mute);
        }
        Ok(())
    }

    /// What is in flight at the end may still be confirmed.
    async fn last(&mut self, flights: &mut Flights<oneshot::Sender<Answer>>) {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            refuse(request, Shut::Ended);
        }
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

    fn lose(&self, whom: Vec<oneshot::Sender<Answer>>, lost: Lost) {
        for whom in whom {
            Counters::add(&self.counters.unconfirmed);
            let _ = whom.send(Err(Fault::because(FaultKind::Unknown, "offer a ticket", lost)));
        }
    }

    /// Shows the breaker to those who offer, when it changed.
    fn show(&self) {
        let now = self.breaker.shut();
        self.shut.send_if_modified(|shown| std::mem::replace(shown, now) != now);
    }
}

fn refuse(request: Request, shut: Shut) {
    // Who does not wait any more needs no answer.
    let _ = request.answer.send(Err(Fault::because(FaultKind::Unavailable, "offer a ticket", shut)));
}

/// Sends a message, durable, through the default exchange; ends with its confirmation.
async fn send(channel: Channel, queue: String, body: Vec<u8>, mandatory: bool) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
    let properties = BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
    channel.basic_publish("".into(), queue.into(), options, &body, properties).await?.await
}

/// The next event; never, when there are no more.
async fn next(events: &mut (impl Stream<Item = Event> + Unpin)) -> Event {
    match events.next().await {
        Some(event) => event,
        None => std::future::pending().await,
    }
}
