//! The boxes of a cluster: MongoDB behind the store and the blobs, RabbitMQ behind the queue.
//!
//! Both connect by themselves, for as long as it takes: a process starts whether they are there or not.

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

use super::{Basics, Boxes, House};
use crate::observe::{Counts, Depth, Members as Counted};

/// How often the broker is asked what lies on it.
const DEPTH_EVERY: Duration = Duration::from_secs(5);

/// The adapters of a process of a cluster.
pub(crate) struct Members {
    pub(crate) mongo: Mongo,
    pub(crate) rabbit: Arc<RabbitQueue>,
    depth: Arc<Mutex<Option<Depth>>>,
}

/// Why they cannot be made: only what is wrong with an address in itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    #[error("MONGODB_URI: {0}")]
    Mongo(#[from] tally_mongo::ConnectError),
    #[error("AMQP_URL: {0}")]
    Rabbit(#[from] tally_rabbitmq::RabbitConfigError),
}

impl Members {
    /// Asks the broker again and again what lies on it, for the metrics.
    pub(crate) fn watch_depth(&self, clock: Arc<dyn Clock>) -> impl Future<Output = ()> + Send + use<> {
        let (rabbit, shown) = (Arc::clone(&self.rabbit), Arc::clone(&self.depth));
        async move {
            loop {
                let depth = rabbit.depth().await.ok().map(shown_depth);
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = depth;
                clock.sleep(DEPTH_EVERY).await;
            }
        }
    }

    /// Tells the broker what is done, and waits for the last writes.
    pub(crate) async fn close(self) {
        self.rabbit.shut_down().await;
        self.mongo.close().await;
    }
}

fn shown_depth(depth: QueueDepth) -> Depth {
    let lines = [("high", depth.high), ("normal", depth.normal), ("low", depth.low)];
    Depth { lines, parked: depth.parked }
}

/// What the two have counted, to be read at each scrape.
fn counted(mongo: &Mongo, rabbit: &Arc<RabbitQueue>, depth: &Arc<Mutex<Option<Depth>>>) -> Counted {
    let (aside, rabbit, depth) = (mongo.set_aside(), Arc::clone(rabbit), Arc::clone(depth));
    Counted(Arc::new(move || {
        let stats = rabbit.stats();
        Counts {
            depth: *depth.lock().unwrap_or_else(PoisonError::into_inner),
            confirmed: stats.confirmed,
            unconfirmed: stats.unconfirmed,
            redelivered: stats.redelivered,
            dead: stats.dead,
            messages_aside: stats.foreign,
            documents_aside: aside(),
            connections: stats.connections,
            silent: stats.silent,
        }
    }))
}

/// Begins to connect to both. `name` is how the broker lists this process, `slots` how many tickets it works on at once.
pub(crate) async fn cluster(
    addresses: ClusterAddresses<'_>,
    name: &str,
    slots: usize,
    tokens: &ShutdownTokens,
) -> Result<(House, Members), ClusterError> {
    let basics = Basics::of_the_system();
    let (clock, ids) = (Arc::clone(&basics.clock), Arc::clone(&basics.ids));
    let options = tally_mongo::Options {
        max_queued_jobs: addresses.max_queued_jobs,
        ..tally_mongo::Options::at(addresses.mongodb)
    };
    let mongo = tally_mongo::connect(options, Arc::clone(&clock), Arc::clone(&ids)).await?;
    let usual = RabbitOptions::default();
    // Fewer would leave slots idle, more would hoard (its documentation has the measurement).
    let prefetch = u16::try_from(slots).unwrap_or(u16::MAX).max(usual.prefetch);
    let options = RabbitOptions { service: name.to_owned(), prefetch, ..usual };
    let rabbit = Arc::new(RabbitQueue::connect(addresses.amqp, options, clock, ids)?);
    let (secret, depth) = (SecretCell::default(), Arc::default());
    let mut probes = mongo.probes();
    probes.push(rabbit.probe());
    let boxes = Boxes {
        store: mongo.store(),
        catalogue: mongo.catalogue(),
        queue: Arc::clone(&rabbit) as Arc<dyn JobQueue>,
        blobs: mongo.blobs(),
        probes,
        secret: Arc::clone(&secret),
        polls: PollSchedule::OTHER_PROCESSES,
        counted: Some(counted(&mongo, &rabbit, &depth)),
    };
    let house = House::of(basics, boxes, tokens);
    Ok((house, Members { mongo, rabbit, depth }))
}

/// Waits until the process drains, and sets the secret of idempotency keys as soon as the store returns it.
///
/// # Errors
/// The jobs in the database have another format.
pub(crate) async fn until_drain(
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
