//! Runs the conformance suites of the ports.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tally_contract::StoreFixture;
use tally_contract::doubles::{CountedIds, HandClock};
use tally_jobs::ports::JobArchive;
use tally_mongo::{Options, connect};
use tally_tests::services::mongodb::{shared, with_database};

async fn fixture(clock: Arc<HandClock>) -> StoreFixture {
    with_archive(clock).await.0
}

/// A database of its own for every check.
async fn with_archive(clock: Arc<HandClock>) -> (StoreFixture, Arc<dyn JobArchive>) {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = shared().await;
    let fixture = DATABASES.fetch_add(1, Ordering::Relaxed);
    let uri = with_database(&server.uri, &format!("contract_{}_{fixture}", std::process::id()));
    let mongo = connect(Options::at(uri), clock, Arc::new(CountedIds::default())).await.expect("an address");
    mongo.key_secret().await.expect("its format is known");
    let archive = mongo.archive();
    let (store, catalogue, blobs) = (mongo.store(), mongo.catalogue(), mongo.blobs());
    (StoreFixture { store, catalogue, blobs, queue: None, keeper: Box::new((mongo, server)) }, archive)
}

#[tokio::test(flavor = "multi_thread")]
async fn archive() {
    tally_contract::archive(with_archive).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn job_store() {
    tally_contract::job_store(fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn job_catalogue() {
    tally_contract::job_catalogue(fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs() {
    tally_contract::blobs(fixture).await;
}
