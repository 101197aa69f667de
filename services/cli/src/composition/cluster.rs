//! The adapters of a cluster: MongoDB for the store and the blobs, RabbitMQ for the queue.
//!
//! Both connect in the background and retry without end, so a process also starts while they are down.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tally_boot::config::sections::ClusterAddresses;
use tally_jobs::key::{KeySecret, SecretCell};
use tally_jobs::ports::JobQueue;
use tally_jobs::query::PollSchedule;
use tally_mongo::{FormatError, Mongo};
use tally_rabbitmq::{QueueDepth, RabbitOptions, RabbitQueue};

use tally_kernel::Clock;
use tally_worker::ShutdownTokens;

use super::{Adapters, App, SystemDeps};
use crate::observe::{ClusterMetrics, ClusterStats, MessageDepth};

/// The interval between two queries of the queue depth.
const DEPTH_INTERVAL: Duration = Duration::from_secs(5);

/// The connections of a process of a cluster.
pub(crate) struct ClusterAdapters {
    pub(crate) mongo: Mongo,
    pub(crate) rabbit: Arc<RabbitQueue>,
    depth: Arc<Mutex<Option<MessageDepth>>>,
}

/// An address is invalid. An outage is not an error here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    #[error("MONGODB_URI: {0}")]
    Mongo(#[from] tally_mongo::ConnectError),
    #[error("AMQP_URL: {0}")]
    Rabbit(#[from] tally_rabbitmq::RabbitConfigError),
}

impl ClusterAdapters {
    /// Queries the queue depth periodically, for the metrics. Never returns.
    pub(crate) fn poll_depth(&self, clock: Arc<dyn Clock>) -> impl Future<Output = ()> + Send + use<> {
        let (rabbit, shared) = (Arc::clone(&self.rabbit), Arc::clone(&self.depth));
        async move {
            loop {
                let depth = rabbit.depth().await.ok().map(message_depth);
                *shared.lock().unwrap_or_else(PoisonError::into_inner) = depth;
                clock.sleep(DEPTH_INTERVAL).await;
            }
        }
    }

    /// Sends the last acks to the broker, and waits for the last writes.
    pub(crate) async fn close(self) {
        self.rabbit.shut_down().await;
        self.mongo.close().await;
    }
}

fn message_depth(depth: QueueDepth) -> MessageDepth {
    let by_priority = [("high", depth.high), ("normal", depth.normal), ("low", depth.low)];
    MessageDepth { by_priority, parked: depth.parked }
}

/// The counters of both, to be read at each scrape.
fn metrics(
    mongo: &Mongo,
    rabbit: &Arc<RabbitQueue>,
    depth: &Arc<Mutex<Option<MessageDepth>>>,
) -> ClusterMetrics {
    let (quarantined, rabbit, depth) = (mongo.quarantined(), Arc::clone(rabbit), Arc::clone(depth));
    ClusterMetrics(Arc::new(move || {
        let stats = rabbit.stats();
        ClusterStats {
            depth: *depth.lock().unwrap_or_else(PoisonError::into_inner),
            confirmed: stats.confirmed,
            unconfirmed: stats.unconfirmed,
            redelivered: stats.redelivered,
            dead_lettered: stats.dead,
            foreign_messages: stats.foreign,
            quarantined: quarantined(),
            connections: stats.connections,
            unavailable: stats.unavailable,
        }
    }))
}

/// Starts to connect to both. The broker lists this process as `name`. `slots` is the number of its worker slots.
pub(crate) async fn cluster(
    addresses: ClusterAddresses<'_>,
    name: &str,
    slots: usize,
    tokens: &ShutdownTokens,
) -> Result<(App, ClusterAdapters), ClusterError> {
    let system = SystemDeps::new();
    let (clock, ids) = (Arc::clone(&system.clock), Arc::clone(&system.ids));
    let options = tally_mongo::Options {
        max_queued_jobs: addresses.max_queued_jobs,
        ..tally_mongo::Options::at(addresses.mongodb)
    };
    let mongo = tally_mongo::connect(options, Arc::clone(&clock), Arc::clone(&ids)).await?;
    let defaults = RabbitOptions::default();
    // Fewer would leave slots idle; more would keep tickets from other workers (see `RabbitOptions::prefetch`).
    let prefetch = u16::try_from(slots).unwrap_or(u16::MAX).max(defaults.prefetch);
    let options = RabbitOptions { service: name.to_owned(), prefetch, ..defaults };
    let rabbit = Arc::new(RabbitQueue::connect(addresses.amqp, options, clock, ids)?);
    let (secret, depth) = (SecretCell::default(), Arc::default());
    let mut probes = mongo.probes();
    probes.push(rabbit.probe());
    let adapters = Adapters {
        store: mongo.store(),
        catalogue: mongo.catalogue(),
        queue: Arc::clone(&rabbit) as Arc<dyn JobQueue>,
        blobs: mongo.blobs(),
        probes,
        secret: Arc::clone(&secret),
        polls: PollSchedule::OTHER_PROCESSES,
        cluster_metrics: Some(metrics(&mongo, &rabbit, &depth)),
    };
    let app = App::new(system, adapters, tokens);
    Ok((app, ClusterAdapters { mongo, rabbit, depth }))
}

/// Waits until the process drains, and sets the secret of idempotency keys as soon as the store returns it.
///
/// # Errors
/// The jobs in the database have another format.
pub(crate) async fn wait_for_drain(
    mongo: &Mongo,
    secret: &OnceLock<KeySecret>,
    tokens: &ShutdownTokens,
) -> Result<(), FormatError> {
    if let Some(read) = tokens.drain.run_until_cancelled(mongo.key_secret()).await {
        // Nothing else sets it.
        let _ = secret.set(read?);
    }
    tokens.drain.cancelled().await;
    Ok(())
}
