//! Connections and queues that break.

use std::time::Duration;

use tally_jobs::ports::JobQueue;
use tally_kernel::FaultKind;
use tally_tests::services::rabbitmq::rabbitmq;
use tokio::time::Instant;

use crate::ground::{
    Meddler, behind_proxy, connect, eventually, in_time, offer_until_taken, options, take, take_epoch, ticket,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_deleted_under_its_consumer_comes_back() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    queue.offer(ticket(1)).await.unwrap();
    let (_, receipt) = take(&queue).await;
    queue.done(receipt).await.unwrap();
    let before = queue.figures().connections;
    Meddler::new(&broker.uri, &options).await.delete("normal").await;
    eventually(|| queue.figures().connections > before).await;
    in_time(queue.well()).await;
    offer_until_taken(&queue, ticket(2)).await;
    assert_eq!(take(&queue).await.0.epoch, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_without_its_queue_is_a_fault_and_the_queue_comes_back() {
    let (broker, options) = (rabbitmq().await, options());
    // Never asks for a ticket, so nothing but the offer notices.
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    Meddler::new(&broker.uri, &options).await.delete("normal").await;
    let fault = queue.offer(ticket(1)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unknown, "{fault}");
    offer_until_taken(&queue, ticket(1)).await;
    assert_eq!(take(&queue).await.0, ticket(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_loses_tickets_and_nothing_else() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    for number in 0..10 {
        queue.offer(ticket(number)).await.unwrap();
    }
    assert_eq!(Meddler::new(&broker.uri, &options).await.purge("normal").await, 10);
    queue.offer(ticket(10)).await.unwrap();
    assert_eq!(take(&queue).await.0.epoch, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_come_back_with_what_was_in_work() {
    let (broker, options) = (rabbitmq().await, options());
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    queue.offer(ticket(1)).await.unwrap();
    let (first, stale) = take(&queue).await;
    assert!(!first.redelivered);
    let before = proxy.connections();
    proxy.cut();
    in_time(proxy.connected(before + 2)).await;
    let (again, receipt) = take(&queue).await;
    assert_eq!(again, tally_jobs::model::Ticket { redelivered: true, ..first });
    queue.done(stale).await.unwrap();
    queue.done(receipt).await.unwrap();
    offer_until_taken(&queue, ticket(2)).await;
    let (next, _) = take_epoch(&queue, 2).await;
    assert!(!next.redelivered, "the stale receipt settled nothing of the new connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stalls_costs_an_offer_its_limit_and_the_next_nothing() {
    let (broker, options) = (rabbitmq().await, options());
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    queue.offer(ticket(0)).await.unwrap();
    proxy.stall();
    let began = Instant::now();
    let (one, two) = tokio::join!(queue.offer(ticket(1)), queue.offer(ticket(2)));
    assert!(began.elapsed() < options.confirm_timeout * 3, "{:?}", began.elapsed());
    assert_eq!([one.unwrap_err().kind, two.unwrap_err().kind], [FaultKind::Unknown; 2]);
    let began = Instant::now();
    let refused = queue.offer(ticket(3)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
    assert_eq!(refused.kind, FaultKind::Unavailable);
    assert!(queue.probe().probe().await.is_err());
    proxy.heal();
    offer_until_taken(&queue, ticket(4)).await;
    take_epoch(&queue, 4).await;
}

/// The library would wait for ever for the greeting of a server that takes the connection and says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_never_greets_is_left_after_the_limit() {
    let broker = rabbitmq().await;
    let options = tally_rabbitmq::Options { connect_timeout: Duration::from_millis(300), ..options() };
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    proxy.stall();
    let before = proxy.connections();
    proxy.cut();
    in_time(proxy.connected(before + 3)).await;
    assert!(queue.probe().probe().await.is_err());
    proxy.heal();
    in_time(queue.well()).await;
    queue.offer(ticket(1)).await.unwrap();
}
