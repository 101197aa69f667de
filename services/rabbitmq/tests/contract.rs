//! The queue on RabbitMQ keeps to the suite of its port.

use std::sync::Arc;

use tally_contract::QueuePlace;
use tally_contract::doubles::{CountedIds, HandClock};
use tally_rabbitmq::{Options, QueueOnRabbit};
use tally_tests::services::rabbitmq::{namespace, rabbitmq};

async fn place() -> QueuePlace {
    let broker = rabbitmq().await;
    let options = Options { namespace: namespace(), ..Options::default() };
    let (clock, ids) = (Arc::<HandClock>::default(), Arc::<CountedIds>::default());
    let queue = Arc::new(QueueOnRabbit::connect(&broker.uri, options, clock, ids).expect("an address"));
    queue.well().await;
    QueuePlace { queue, keeper: Box::new(broker) }
}

#[tokio::test(flavor = "multi_thread")]
async fn job_queue() {
    tally_contract::job_queue(place).await;
}
