//! The job queue on RabbitMQ, its start and its shutdown.
//!
//! It uses two connections. A broker that is short of memory or disk stops reading from a connection that publishes, and
//! with it acknowledgements and heartbeats that share it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tally_jobs::ports::{Delivery, JobQueue, Receipt};
use tally_jobs::record::Ticket;
use tally_kernel::{Clock, Fault, FaultKind, Ids, Probe};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ack_tracker::Settlement;
use crate::broker_address::BrokerAddress;
use crate::delivery_buffer::DeliveryBuffer;
use crate::error::{ConnectionError, RabbitConfigError};
use crate::publisher::{Publisher, publisher};
use crate::rabbit_options::RabbitOptions;
use crate::rabbit_probe::RabbitProbe;
use crate::rabbit_stats::{QueueDepth, RabbitStats, SharedStats};
use crate::reconnect_loop::{CurrentConnection, ReconnectLoop};
use crate::ticket_consumer::TicketConsumer;
use crate::topology::Topology;

const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
const DEPTH_TIMEOUT: Duration = Duration::from_secs(2);

/// The job queue on one broker. It reconnects by itself for as long as it lives. Dropping it ends its tasks.
pub struct RabbitQueue {
    publisher: Publisher,
    buffer: Arc<DeliveryBuffer>,
    probe: Arc<RabbitProbe>,
    topology: Arc<Topology>,
    stats: Arc<SharedStats>,
    publishing: CurrentConnection,
    consuming: CurrentConnection,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl RabbitQueue {
    /// Starts to connect to the broker at `uri` (`amqp://user:password@host:5672/vhost`, or `amqps://…`), and keeps
    /// trying. [`RabbitQueue::probe`] tells whether a broker is there and accepts us. Nothing is consumed before the
    /// first [`JobQueue::next`].
    ///
    /// `clock` and `ids` serve the pauses between connections. Must be called on a tokio runtime.
    pub fn connect(
        uri: &str,
        options: RabbitOptions,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, RabbitConfigError> {
        let address = Arc::new(BrokerAddress::parse(uri)?);
        let topology = Arc::new(Topology::new(valid_namespace(&options.namespace)?));
        let (stats, buffer) = (Arc::<SharedStats>::default(), Arc::new(DeliveryBuffer::new()));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (publisher, publish_session) =
            publisher(Arc::clone(&topology), Arc::clone(&stats), options.confirm_timeout);
        let (consuming, is_consuming) = watch::channel(false);
        let consumer = TicketConsumer {
            buffer: Arc::clone(&buffer),
            topology: Arc::clone(&topology),
            stats: Arc::clone(&stats),
            publisher: publisher.clone(),
            prefetch: options.prefetch.max(1),
            consuming,
            tasks: tasks.clone(),
        };
        let demand = buffer.demand().clone();
        let probe =
            RabbitProbe { breaker: publisher.breaker(), consuming: is_consuming, demand: demand.clone() };
        let reconnect = ReconnectLoop {
            address,
            options: Arc::new(options),
            stats: Arc::clone(&stats),
            clock,
            ids,
            stop: stop.clone(),
        };
        let (publishing, consuming) = <(CurrentConnection, CurrentConnection)>::default();
        tasks.spawn(reconnect.clone().run(publish_session, publishing.clone()));
        let consume = reconnect.run(consumer, consuming.clone());
        let stopped = stop.clone();
        tasks.spawn(async move {
            if stopped.run_until_cancelled(demand.cancelled()).await.is_some() {
                consume.await;
            }
        });
        tasks.close();
        let probe = Arc::new(probe);
        Ok(Self { publisher, buffer, probe, topology, stats, publishing, consuming, tasks, stop })
    }

    /// The health probe.
    #[must_use]
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::clone(&self.probe) as _
    }

    /// Waits until publishes are accepted and, once tickets were asked for, they come in.
    pub async fn wait_ready(&self) {
        self.probe.wait_ready().await;
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> RabbitStats {
        self.stats.read()
    }

    /// How many messages are ready on the broker. Takes a few round trips: ask every few seconds, not for every request.
    pub async fn depth(&self) -> Result<QueueDepth, Fault> {
        let counted = timeout(DEPTH_TIMEOUT, self.count_messages()).await;
        let counted = counted.unwrap_or(Err(ConnectionError::Timeout("counting messages")));
        counted.map_err(|error| Fault::because(FaultKind::Unavailable, "count messages on the broker", error))
    }

    async fn count_messages(&self) -> Result<QueueDepth, ConnectionError> {
        // The consuming connection is the better one: it works while the broker is in alarm.
        let connection = self.consuming.get().or_else(|| self.publishing.get());
        let connection = connection.ok_or(ConnectionError::Closed)?;
        // A channel of its own, because the broker closes it when a queue is missing.
        let channel = connection.open_channel().await?;
        let depth = self.topology.depth(&channel).await?;
        channel.close(200, "OK".into()).await?;
        Ok(depth)
    }

    /// Graceful shutdown: closes the queue, requeues what no slot has taken, sends the last acks and disconnects. Tickets
    /// still in work are delivered again. Takes five seconds at most.
    pub async fn shut_down(&self) {
        self.close();
        self.stop.cancel();
        if timeout(SHUTDOWN_TIMEOUT, self.tasks.wait()).await.is_err() {
            tracing::warn!("the connections to the broker did not close in time");
        }
    }
}

#[async_trait]
impl JobQueue for RabbitQueue {
    async fn publish(&self, ticket: Ticket) -> Result<(), Fault> {
        self.publisher.publish(ticket).await
    }

    async fn publish_bundled(&self, ticket: Ticket) -> Result<(), Fault> {
        self.publisher.publish_bundled(ticket).await
    }

    fn can_publish(&self) -> bool {
        self.publisher.breaker().borrow().is_none()
    }

    async fn next(&self) -> Result<Delivery, Fault> {
        Ok(self.buffer.next().await)
    }

    async fn ack(&self, receipt: Receipt) -> Result<(), Fault> {
        self.buffer.complete(&receipt, Settlement::Ack);
        Ok(())
    }

    async fn nack(&self, receipt: Receipt) -> Result<(), Fault> {
        self.buffer.complete(&receipt, Settlement::Requeue);
        Ok(())
    }

    fn close(&self) {
        self.buffer.close();
    }
}

impl Drop for RabbitQueue {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn valid_namespace(namespace: &str) -> Result<&str, RabbitConfigError> {
    let fits = (1..=RabbitOptions::LONGEST_NAMESPACE).contains(&namespace.len());
    let plain = namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if fits && plain { Ok(namespace) } else { Err(RabbitConfigError::BadNamespace) }
}
