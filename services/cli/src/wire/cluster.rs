//! The boxes of a cluster: MongoDB behind the store and the blobs, RabbitMQ behind the queue.
//!
//! Both connect by themselves, for as long as it takes: a process starts whether they are there or not.

use std::sync::{Arc, OnceLock};

use tally_boot::config::sections::Addresses;
use tally_jobs::key::SecretCell;
use tally_jobs::ports::JobQueue;
use tally_jobs::query::Looks;
use tally_mongo::Mongo;
use tally_rabbitmq::QueueOnRabbit;

use super::{Basics, Boxes, House, Tokens};

/// The adapters of a process of a cluster.
pub(crate) struct Members {
    pub(crate) mongo: Mongo,
    pub(crate) rabbit: Arc<QueueOnRabbit>,
}

/// Why they cannot be made: only what is wrong with an address in itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    #[error("MONGODB_URI: {0}")]
    Mongo(#[from] tally_mongo::ConnectError),
    #[error("AMQP_URL: {0}")]
    Rabbit(#[from] tally_rabbitmq::ConnectError),
}

impl Members {
    /// Tells the broker what is done, and waits for the last writes.
    pub(crate) async fn close(self) {
        self.rabbit.shut_down().await;
        self.mongo.close().await;
    }
}

/// Begins to connect to both. `name` is how the broker lists this process.
pub(crate) async fn cluster(
    addresses: Addresses<'_>,
    name: &str,
    tokens: &Tokens,
) -> Result<(House, Members), ClusterError> {
    let basics = Basics::of_the_system();
    let (clock, ids) = (Arc::clone(&basics.clock), Arc::clone(&basics.ids));
    let options = tally_mongo::Options::at(addresses.mongodb);
    let mongo = tally_mongo::connect(options, Arc::clone(&clock), Arc::clone(&ids)).await?;
    let options = tally_rabbitmq::Options { service: name.to_owned(), ..tally_rabbitmq::Options::default() };
    let rabbit = Arc::new(QueueOnRabbit::connect(addresses.amqp, options, clock, ids)?);
    let secret = SecretCell::default();
    let mut probes = mongo.probes();
    probes.push(rabbit.probe());
    let boxes = Boxes {
        store: mongo.store(),
        catalogue: mongo.catalogue(),
        queue: Arc::clone(&rabbit) as Arc<dyn JobQueue>,
        blobs: mongo.blobs(),
        probes,
        secret: Arc::clone(&secret),
        looks: Looks::ELSEWHERE,
    };
    let house = House::of(basics, boxes, tokens);
    Ok((house, Members { mongo, rabbit }))
}

/// Reads the secret of idempotency keys as soon as the store gives it, unless the process drains first.
pub(crate) async fn learn_secret(
    mongo: &Mongo,
    secret: &OnceLock<tally_jobs::key::KeySecret>,
    tokens: &Tokens,
) {
    if let Some(read) = tokens.drain.run_until_cancelled(mongo.key_secret()).await {
        // Nobody else sets it.
        let _ = secret.set(read);
    }
}
