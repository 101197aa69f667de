//! The doubles in memory keep to the suites that the adapters keep to.

use std::sync::Arc;

use tally_contract::doubles::{HandClock, ParserInProcess};
use tally_contract::memory::{MemoryBlobs, MemoryQueue, MemoryStore};
use tally_contract::{QueueFixture, StoreFixture};

async fn fixture(clock: Arc<HandClock>) -> StoreFixture {
    let blobs = MemoryBlobs::new(clock);
    let store = MemoryStore::new(Arc::clone(&blobs));
    StoreFixture { catalogue: Arc::clone(&store) as _, store, blobs, queue: None, keeper: Box::new(()) }
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

#[tokio::test(flavor = "multi_thread")]
async fn job_queue() {
    tally_contract::job_queue(|| async {
        QueueFixture { queue: Arc::new(MemoryQueue::default()), keeper: Box::new(()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parser() {
    tally_contract::parser(|| Arc::new(ParserInProcess)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engine() {
    tally_contract::engine(|clock| async {
        let queue = Some(Arc::new(MemoryQueue::default()) as _);
        StoreFixture { queue, ..fixture(clock).await }
    })
    .await;
}
