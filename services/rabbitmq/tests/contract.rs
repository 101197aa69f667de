//! The contract suite of the port `JobQueue`, on RabbitMQ.

use std::sync::Arc;

use tally_contract::QueueFixture;
use tally_contract::doubles::{CountedIds, HandClock};
use tally_rabbitmq::{RabbitOptions, RabbitQueue};
use tally_tests::services::rabbitmq::{namespace, rabbitmq};

async fn fixture() -> QueueFixture {
    let broker = rabbitmq().await;
    let options = RabbitOptions { namespace: namespace(), ..RabbitOptions::default() };
    let (clock, ids) = (Arc::<HandClock>::default(), Arc::<CountedIds>::default());
    let queue = Arc::new(RabbitQueue::connect(&broker.uri, options, clock, ids).expect("an address"));
    queue.wait_ready().await;
    QueueFixture { queue, keeper: Box::new(broker) }
}

#[tokio::test(flavor = "multi_thread")]
async fn job_queue() {
    tally_contract::job_queue(fixture).await;
}
