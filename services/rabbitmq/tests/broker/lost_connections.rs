//! Lost connections and deleted queues.

use std::time::Duration;

use tally_jobs::ports::JobQueue;
use tally_kernel::FaultKind;
use tally_tests::services::rabbitmq::rabbitmq;
use tokio::time::Instant;

use crate::harness::{
    OtherClient, behind_proxy, connect, eventually, in_time, options, publish_until_confirmed, take,
    take_epoch, ticket,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_deleted_under_its_consumer_comes_back() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    queue.publish(ticket(1)).await.unwrap();
    let (_, receipt) = take(&queue).await;
    queue.ack(receipt).await.unwrap();
    let before = queue.stats().connections;
    OtherClient::new(&broker.uri, &options).await.delete("normal").await;
    eventually(|| queue.stats().connections > before).await;
    in_time(queue.wait_ready()).await;
    publish_until_confirmed(&queue, ticket(2)).await;
    assert_eq!(take(&queue).await.0.epoch, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publish_without_its_queue_fails_and_the_queue_comes_back() {
    let (broker, options) = (rabbitmq().await, options());
    // It never asks for a ticket, so only the publish notices.
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    OtherClient::new(&broker.uri, &options).await.delete("normal").await;
    let fault = queue.publish(ticket(1)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    publish_until_confirmed(&queue, ticket(1)).await;
    assert_eq!(take(&queue).await.0, ticket(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_loses_only_the_tickets_in_the_queue() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    for number in 0..10 {
        queue.publish(ticket(number)).await.unwrap();
    }
    assert_eq!(OtherClient::new(&broker.uri, &options).await.purge("normal").await, 10);
    queue.publish(ticket(10)).await.unwrap();
    assert_eq!(take(&queue).await.0.epoch, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_come_back_with_the_tickets_in_work() {
    let (broker, options) = (rabbitmq().await, options());
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    queue.publish(ticket(1)).await.unwrap();
    let (first, stale) = take(&queue).await;
    assert!(!first.redelivered);
    let before = proxy.connections();
    proxy.cut();
    in_time(proxy.connected(before + 2)).await;
    let (again, receipt) = take(&queue).await;
    assert_eq!(again, tally_jobs::record::Ticket { redelivered: true, ..first });
    queue.ack(stale).await.unwrap();
    queue.ack(receipt).await.unwrap();
    publish_until_confirmed(&queue, ticket(2)).await;
    let (next, _) = take_epoch(&queue, 2).await;
    assert!(!next.redelivered, "the stale receipt settled nothing on the new connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_broker_costs_one_publish_its_time_limit_and_the_next_one_nothing() {
    let (broker, options) = (rabbitmq().await, options());
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    queue.publish(ticket(0)).await.unwrap();
    proxy.stall();
    let began = Instant::now();
    let (one, two) = tokio::join!(queue.publish(ticket(1)), queue.publish(ticket(2)));
    assert!(began.elapsed() < options.confirm_timeout * 3, "{:?}", began.elapsed());
    assert_eq!([one.unwrap_err().kind, two.unwrap_err().kind], [FaultKind::Unknown; 2]);
    let began = Instant::now();
    let refused = queue.publish(ticket(3)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
    assert_eq!(refused.kind, FaultKind::Unavailable);
    assert!(queue.probe().probe().await.is_err());
    proxy.heal();
    publish_until_confirmed(&queue, ticket(4)).await;
    take_epoch(&queue, 4).await;
}

/// The library alone would wait for ever for a server that accepts the connection and sends nothing.
#[tokio::test(flavor = "multi_thread")]
async fn gives_up_an_opening_handshake_after_its_time_limit() {
    let broker = rabbitmq().await;
    let options = tally_rabbitmq::RabbitOptions { connect_timeout: Duration::from_millis(300), ..options() };
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    proxy.stall();
    let before = proxy.connections();
    proxy.cut();
    in_time(proxy.connected(before + 3)).await;
    assert!(queue.probe().probe().await.is_err());
    proxy.heal();
    in_time(queue.wait_ready()).await;
    queue.publish(ticket(1)).await.unwrap();
}
