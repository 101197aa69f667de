//! The publishing task: sends messages on one channel and matches the broker's confirms, many in flight at a time.
//!
//! It feeds the circuit breaker, and probes the broker while the breaker is open.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Channel, Confirmation, Event};
use tally_kernel::{Fault, FaultKind};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::in_flight_publishes::{ConfirmBatch, InFlightPublishes};
use super::message_batcher::{MessageBatch, MessageBatcher};
use super::{MAX_PENDING, PublishRequest, PublishResult, PublishTarget};
use crate::broker_connection::BrokerConnection;
use crate::circuit_breaker::CircuitBreaker;
use crate::error::{BreakerOpen, ConnectionError, PublishError};
use crate::message_codec;
use crate::rabbit_stats::SharedStats;
use crate::reconnect_loop::BrokerSession;
use crate::topology::Topology;

/// How often deadlines and the connection are checked. A publish may wait this long past its time limit, and a ticket
/// this long for others to share its message.
const CHECK_EVERY: Duration = Duration::from_millis(250);
/// How long a new connection may take to declare the queues.
const SET_UP_TIMEOUT: Duration = Duration::from_secs(15);
/// A probe that is unconfirmed for this long was lost with its connection, whatever the library reports.
const PROBE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a shutdown waits for messages in flight.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

type Waiter = oneshot::Sender<PublishResult>;

/// Serves a [`super::Publisher`] on one connection after another.
pub(crate) struct PublishSession {
    requests: mpsc::Receiver<PublishRequest>,
    /// What publishers see of the breaker.
    shown: watch::Sender<Option<BreakerOpen>>,
    breaker: CircuitBreaker,
    batcher: MessageBatcher,
    topology: Arc<Topology>,
    stats: Arc<SharedStats>,
    confirm_timeout: Duration,
    /// The last connection ended with an unconfirmed probe: the probe's queue may have no leader.
    recreate_probe: bool,
}

/// A channel in confirm mode, with what is in flight on it.
struct PublishChannel<'a> {
    connection: &'a BrokerConnection,
    channel: Channel,
    in_flight: InFlightPublishes<Vec<Waiter>>,
    probe_sent: Option<Instant>,
}

impl PublishChannel<'_> {
    fn is_open(&self) -> bool {
        self.connection.is_open() && self.channel.status().connected()
    }

    fn send(&mut self, queue: &str, body: Vec<u8>, waiters: Vec<Waiter>, deadline: Instant) {
        self.in_flight.add(send(self.channel.clone(), queue, body, true), Some(waiters), deadline);
    }

    fn send_probe(&mut self, queue: &str, now: Instant) {
        self.probe_sent = Some(now);
        self.in_flight.add(send(self.channel.clone(), queue, Vec::new(), false), None, now);
    }
}

impl BrokerSession for PublishSession {
    const PURPOSE: &'static str = "publish";

    async fn serve(
        &mut self,
        connection: &Arc<BrokerConnection>,
        stop: &CancellationToken,
    ) -> Result<(), ConnectionError> {
        let set_up = timeout(SET_UP_TIMEOUT, self.set_up(connection)).await;
        let channel = set_up.map_err(|_| ConnectionError::Timeout("declaring queues"))??;
        self.breaker.connected();
        let in_flight = InFlightPublishes::new();
        let mut channel = PublishChannel { connection, channel, in_flight, probe_sent: None };
        let served = self.run(&mut channel, stop).await;
        self.breaker.disconnected();
        self.show_breaker();
        self.refuse_batched();
        self.fail(channel.in_flight.take_all(), PublishError::ConnectionLost);
        served
    }

    /// Refuses the requests that were sent just before the connection broke.
    async fn while_disconnected(&mut self) -> Infallible {
        while let Some(request) = self.requests.recv().await {
            refuse(request.waiter, BreakerOpen::Disconnected);
        }
        std::future::pending().await
    }
}

impl PublishSession {
    pub(super) fn new(
        requests: mpsc::Receiver<PublishRequest>,
        shown: watch::Sender<Option<BreakerOpen>>,
        topology: Arc<Topology>,
        stats: Arc<SharedStats>,
        confirm_timeout: Duration,
    ) -> Self {
        let (breaker, batcher) = (CircuitBreaker::default(), MessageBatcher::default());
        Self { requests, shown, breaker, batcher, topology, stats, confirm_timeout, recreate_probe: false }
    }

    async fn set_up(&mut self, connection: &BrokerConnection) -> Result<Channel, ConnectionError> {
        let channel = connection.open_channel().await?;
        self.topology.declare(&channel).await?;
        if std::mem::take(&mut self.recreate_probe) {
            self.topology.recreate(connection, &self.topology.probe).await?;
        }
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    async fn run(
        &mut self,
        channel: &mut PublishChannel<'_>,
        stop: &CancellationToken,
    ) -> Result<(), ConnectionError> {
        let mut events = Box::pin(channel.connection.inner().events_listener());
        let mut check = interval(CHECK_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut requests = Vec::new();
        loop {
            // Backpressure: requests wait in their queue, which is bounded, while too many are in flight.
            let room = MAX_PENDING.saturating_sub(channel.in_flight.len() + self.batcher.len());
            tokio::select! {
                confirms = channel.in_flight.confirms() => self.handle_confirms(confirms)?,
                Some(event) = events.next() => self.handle_event(event, channel),
                _ = self.requests.recv_many(&mut requests, room), if room > 0 => {
                    requests.drain(..).for_each(|request| self.dispatch(channel, request));
                }
                _ = check.tick() => self.check(channel)?,
                () = stop.cancelled() => {
                    self.drain(channel).await;
                    return Ok(());
                }
            }
            if self.breaker.open().is_some() {
                self.refuse_batched();
            }
            while let Some(batch) = self.batcher.next_due() {
                self.send_batch(channel, batch);
            }
            self.show_breaker();
        }
    }

    fn dispatch(&mut self, channel: &mut PublishChannel<'_>, request: PublishRequest) {
        if let Some(open) = self.breaker.open() {
            return refuse(request.waiter, open);
        }
        let deadline = Instant::now() + self.confirm_timeout;
        match request.target {
            PublishTarget::Batched(ticket) => self.batcher.add(ticket, request.waiter),
            PublishTarget::Single(ticket) => {
                let queue = self.topology.ticket_queue(ticket.priority);
                channel.send(queue, message_codec::encode(&[ticket]), vec![request.waiter], deadline);
            }
            PublishTarget::Parked(body) => {
                channel.send(&self.topology.parked, body, vec![request.waiter], deadline);
            }
        }
    }

    fn send_batch(&self, channel: &mut PublishChannel<'_>, batch: MessageBatch) {
        let MessageBatch { tickets, waiters, in_flight } = batch;
        let queue = self.topology.ticket_queue(tickets[0].priority);
        let sending = send(channel.channel.clone(), queue, message_codec::encode(&tickets), true);
        let deadline = Instant::now() + self.confirm_timeout;
        channel.in_flight.add(sending.inspect(move |_| drop(in_flight)), Some(waiters), deadline);
    }

    /// Refuses all tickets that wait in the batcher.
    fn refuse_batched(&mut self) {
        let open = self.breaker.open().unwrap_or(BreakerOpen::ShutDown);
        while let Some(batch) = self.batcher.flush() {
            batch.waiters.into_iter().for_each(|waiter| refuse(waiter, open));
        }
    }

    /// Answers the requests that wait for these confirms.
    fn handle_confirms(&mut self, batch: ConfirmBatch<Vec<Waiter>>) -> Result<(), ConnectionError> {
        let returned = batch.has_returned();
        for (waiters, outcome) in batch.confirms {
            let waiters = waiters.unwrap_or_default();
            match outcome {
                Ok(Confirmation::Ack(_)) if !returned => {
                    self.breaker.confirmed();
                    self.stats.update(|stats| stats.confirmed += waiters.len() as u64);
                    for waiter in waiters {
                        // It may have given up.
                        let _ = waiter.send(Ok(()));
                    }
                }
                Ok(Confirmation::Nack(_)) if !returned => {
                    self.fail_with(waiters, FaultKind::Overloaded, PublishError::Nacked);
                }
                Ok(_) => self.fail_with(waiters, FaultKind::Unknown, PublishError::Returned),
                Err(error) => {
                    self.fail_with(waiters, FaultKind::Unknown, PublishError::ConnectionLost);
                    return Err(error.into());
                }
            }
        }
        if returned { Err(ConnectionError::Returned) } else { Ok(()) }
    }

    fn handle_event(&mut self, event: Event, channel: &mut PublishChannel<'_>) {
        match event {
            Event::ConnectionBlocked(reason) => {
                tracing::warn!(reason, "the broker accepts no messages; tickets wait in the store");
                self.breaker.blocked();
                self.fail(channel.in_flight.take_all(), PublishError::Timeout);
            }
            Event::ConnectionUnblocked => {
                tracing::info!("the broker accepts messages again");
                self.breaker.unblocked();
            }
            _ => {}
        }
    }

    /// Checks deadlines and the connection, and sends a probe when the breaker wants one.
    fn check(&mut self, channel: &mut PublishChannel<'_>) -> Result<(), ConnectionError> {
        if !channel.is_open() {
            return Err(ConnectionError::Closed);
        }
        let now = Instant::now();
        let late = channel.in_flight.take_late(now);
        late.iter().for_each(|_| self.breaker.confirm_late());
        self.fail(late, PublishError::Timeout);
        if self.breaker.open().is_some() {
            self.fail(channel.in_flight.take_all(), PublishError::Timeout);
        } else {
            while let Some(batch) = self.batcher.flush() {
                self.send_batch(channel, batch);
            }
        }
        if !self.breaker.wants_probe() {
            channel.probe_sent = None;
        } else if channel.probe_sent.is_none() {
            channel.send_probe(&self.topology.probe, now);
        } else if channel.probe_sent.is_some_and(|sent| now.duration_since(sent) > PROBE_TIMEOUT) {
            self.recreate_probe = true;
            return Err(ConnectionError::ProbeUnconfirmed);
        }
        Ok(())
    }

    /// Refuses what was not sent, and waits for the confirms of what was.
    async fn drain(&mut self, channel: &mut PublishChannel<'_>) {
        self.requests.close();
        while let Ok(request) = self.requests.try_recv() {
            refuse(request.waiter, BreakerOpen::ShutDown);
        }
        self.refuse_batched();
        let confirmed = async {
            while channel.in_flight.len() > 0 {
                let confirms = channel.in_flight.confirms().await;
                if self.handle_confirms(confirms).is_err() {
                    break;
                }
            }
        };
        // The caller fails those without a confirm.
        let _ = timeout(DRAIN_TIMEOUT, confirmed).await;
    }

    fn fail(&self, waiters: Vec<Vec<Waiter>>, error: PublishError) {
        self.fail_with(waiters.into_iter().flatten().collect(), FaultKind::Unknown, error);
    }

    fn fail_with(&self, waiters: Vec<Waiter>, kind: FaultKind, error: PublishError) {
        self.stats.update(|stats| stats.unconfirmed += waiters.len() as u64);
        for waiter in waiters {
            let _ = waiter.send(Err(Fault::because(kind, "publish a ticket", error)));
        }
    }

    /// Shows the breaker to publishers when it changed.
    fn show_breaker(&self) {
        let open = self.breaker.open();
        self.shown.send_if_modified(|shown| std::mem::replace(shown, open) != open);
    }
}

/// Sends a durable message through the default exchange. Ends with its confirm.
fn send(
    channel: Channel,
    queue: &str,
    body: Vec<u8>,
    mandatory: bool,
) -> impl Future<Output = lapin::Result<Confirmation>> + Send + 'static {
    let queue = queue.into();
    async move {
        let options = BasicPublishOptions { mandatory, ..BasicPublishOptions::default() };
        let properties =
            BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
        channel.basic_publish("".into(), queue, options, &body, properties).await?.await
    }
}

/// Answers a request of which nothing was sent.
fn refuse(waiter: Waiter, open: BreakerOpen) {
    let _ = waiter.send(Err(Fault::because(FaultKind::Unavailable, "publish a ticket", open)));
}
