//! Runs the conformance suites of the ports on a data folder.

use std::sync::Arc;

use tally_contract::doubles::{CountedIds, HandClock};
use tally_contract::{QueueFixture, StoreFixture};
use tally_embedded::{Embedded, FolderOptions, open};

async fn fixture(clock: Arc<HandClock>) -> StoreFixture {
    let (embedded, folder) = fresh(clock);
    place_of(embedded, folder)
}

fn place_of(embedded: Embedded, folder: tempfile::TempDir) -> StoreFixture {
    let (store, catalogue, blobs) = (embedded.store(), embedded.catalogue(), embedded.blobs());
    StoreFixture {
        store,
        catalogue,
        blobs,
        queue: Some(embedded.queue()),
        keeper: Box::new((embedded, folder)),
    }
}

fn fresh(clock: Arc<HandClock>) -> (Embedded, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let opened = open(folder.path(), FolderOptions::default(), clock, Arc::new(CountedIds::default()));
    (opened.expect("a fresh folder opens"), folder)
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
async fn archive() {
    tally_contract::archive(|clock| async {
        let (embedded, folder) = fresh(clock);
        let archive = embedded.archive();
        (place_of(embedded, folder), archive)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs() {
    tally_contract::blobs(fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn job_queue() {
    tally_contract::job_queue(|| async {
        let (embedded, folder) = fresh(Arc::default());
        QueueFixture { queue: embedded.queue(), keeper: Box::new((embedded, folder)) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engine() {
    tally_contract::engine(fixture).await;
}
