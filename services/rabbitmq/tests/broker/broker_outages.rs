//! Outages of the whole broker: alarms, kills, wiped data.

use std::collections::BTreeSet;
use std::time::Duration;

use tally_jobs::options::Priority;
use tally_jobs::ports::JobQueue;
use tally_jobs::record::Ticket;
use tally_kernel::FaultKind;
use tally_tests::services::rabbitmq::LocalBroker;
use tokio::time::Instant;

use crate::harness::{
    connect, eventually, in_time, options, publish_until_confirmed, take, take_epoch, ticket,
};

/// One test, because a broker takes seconds to start.
#[tokio::test(flavor = "multi_thread")]
async fn survives_alarms_kills_wiped_data_and_a_queue_without_a_leader() {
    let mut broker = LocalBroker::start().await.expect("a broker that is installed here");
    let options = options();
    let queue = connect(broker.uri(), &options);
    in_time(queue.wait_ready()).await;

    // In alarm: publishes are refused at once, work goes on.
    for number in 0..3 {
        queue.publish(ticket(number)).await.unwrap();
    }
    let (_, receipt) = take(&queue).await;
    broker.ctl(&["set_vm_memory_high_watermark", "0"]).await;
    let first = in_time(async {
        let mut number = 100;
        loop {
            match queue.publish(ticket(number)).await {
                Ok(()) => number += 1,
                Err(fault) => return fault,
            }
        }
    })
    .await;
    assert!(matches!(first.kind, FaultKind::Unknown | FaultKind::Unavailable), "{first}");
    let began = Instant::now();
    assert_eq!(queue.publish(ticket(9)).await.unwrap_err().kind, FaultKind::Unavailable);
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
    queue.ack(receipt).await.unwrap();
    for _ in 0..2 {
        let (_, receipt) = take(&queue).await;
        queue.ack(receipt).await.unwrap();
    }
    // A process that connects during the alarm notices it too.
    let newcomer = connect(broker.uri(), &options);
    let refused = newcomer.publish(ticket(9)).await.unwrap_err();
    assert_eq!(refused.kind, FaultKind::Unavailable);
    broker.ctl(&["set_vm_memory_high_watermark", "0.4"]).await;
    in_time(queue.wait_ready()).await;
    in_time(newcomer.wait_ready()).await;
    newcomer.shut_down().await;
    queue.publish(ticket(10)).await.unwrap();
    take_epoch(&queue, 10).await;

    // Killed: every confirmed ticket is still there.
    let mut confirmed = BTreeSet::new();
    for number in 1000..1100 {
        queue.publish(ticket(number)).await.unwrap();
        confirmed.insert(number);
    }
    broker.kill().await;
    assert!(queue.publish(ticket(9)).await.is_err());
    broker.start_again().await.unwrap();
    while !confirmed.is_empty() {
        let (ticket, receipt) = take(&queue).await;
        confirmed.remove(&ticket.epoch);
        queue.ack(receipt).await.unwrap();
    }

    // The operator closes all connections.
    let before = queue.stats().connections;
    broker.ctl(&["close_all_connections", "maintenance"]).await;
    publish_until_confirmed(&queue, ticket(2000)).await;
    take_epoch(&queue, 2000).await;
    eventually(|| queue.stats().connections >= before + 2).await;

    // A queue without a leader does not answer. It stops no other queue, and is recreated.
    let low = Ticket { priority: Priority::Low, ..ticket(2500) };
    let process = format!("whereis(list_to_atom(\"%2F_{}.jobs.low\"))", options.namespace);
    broker.ctl(&["eval", &format!("sys:suspend({process}).")]).await;
    broker.ctl(&["close_all_connections", "maintenance"]).await;
    publish_until_confirmed(&queue, ticket(2600)).await;
    take_epoch(&queue, 2600).await;
    assert_eq!(queue.stats().unavailable, 1, "the other queues are consumed meanwhile");
    publish_until_confirmed(&queue, low).await;
    take_epoch(&queue, low.epoch).await;
    assert_eq!(queue.stats().unavailable, 0);

    // Wiped: the queues are declared again.
    broker.stop().await;
    broker.wipe();
    broker.start_again().await.unwrap();
    publish_until_confirmed(&queue, ticket(3000)).await;
    take_epoch(&queue, 3000).await;
    queue.shut_down().await;
}
