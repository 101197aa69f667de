//! The engine end to end over the cluster's store and queue, MongoDB and RabbitMQ.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tally_contract::StoreFixture;
use tally_contract::doubles::{CountedIds, HandClock};
use tally_jobs::ports::JobQueue;
use tally_mongo::{Options, connect};
use tally_rabbitmq::{RabbitOptions, RabbitQueue};
use tally_tests::services::mongodb::{shared, with_database};
use tally_tests::services::rabbitmq::{namespace, rabbitmq};

/// A database and a namespace of queues of its own for every check.
async fn fixture(clock: Arc<HandClock>) -> StoreFixture {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let (server, broker) = (shared().await, rabbitmq().await);
    let fixture = DATABASES.fetch_add(1, Ordering::Relaxed);
    let uri = with_database(&server.uri, &format!("engine_{}_{fixture}", std::process::id()));
    let ids = Arc::<CountedIds>::default();
    let mongo =
        connect(Options::at(uri), Arc::clone(&clock) as _, Arc::clone(&ids) as _).await.expect("an address");
    mongo.key_secret().await.expect("its format is known");
    let options = RabbitOptions { namespace: namespace(), ..RabbitOptions::default() };
    let queue = RabbitQueue::connect(&broker.uri, options, clock, ids).expect("an address");
    queue.wait_ready().await;
    let queue: Arc<dyn JobQueue> = Arc::new(queue);
    let (store, catalogue, blobs) = (mongo.store(), mongo.catalogue(), mongo.blobs());
    StoreFixture { store, catalogue, blobs, queue: Some(queue), keeper: Box::new((mongo, server, broker)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn engine() {
    tally_contract::engine(fixture).await;
}
