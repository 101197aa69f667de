//! Messages that are not tickets, share tickets, or were delivered too often.

use std::collections::HashSet;

use futures_util::future::join_all;
use tally_jobs::ports::JobQueue;
use tally_rabbitmq::QueueDepth;
use tally_tests::services::rabbitmq::rabbitmq;

use crate::harness::{OtherClient, connect, eventually, in_time, options, take, ticket};

/// The most tickets of small jobs in one message, as in OPERATIONS.md.
const MAX_TICKETS: u64 = 32;

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_not_tickets_are_parked_and_the_queue_goes_on() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    let other = OtherClient::new(&broker.uri, &options).await;
    other.publish("normal", b"hello").await;
    other.publish("normal", br#"{"v":3,"ids":[]}"#).await;
    other.publish("normal", &[0xff; 5000]).await;
    queue.publish(ticket(1)).await.unwrap();
    let (handed, receipt) = take(&queue).await;
    assert_eq!(handed, ticket(1));
    queue.ack(receipt).await.unwrap();
    in_time(async { while queue.depth().await.unwrap().parked != 3 {} }).await;
    assert_eq!(queue.stats().foreign, 3);
    queue.shut_down().await;
    // None of them comes again.
    let later = connect(&broker.uri, &options);
    in_time(later.wait_ready()).await;
    assert_eq!(later.depth().await.unwrap(), QueueDepth { parked: 3, ..QueueDepth::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_requeued_too_often_becomes_a_dead_letter_and_is_dropped() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    queue.publish(ticket(1)).await.unwrap();
    queue.publish(ticket(2)).await.unwrap();
    let mut given_back = 0;
    let mut others = 0;
    while given_back < 51 {
        let (ticket, receipt) = take(&queue).await;
        if ticket.epoch == 1 {
            given_back += 1;
            queue.nack(receipt).await.unwrap();
        } else {
            others += 1;
            queue.ack(receipt).await.unwrap();
        }
    }
    eventually(|| queue.stats().dead == 1).await;
    assert_eq!(others, 1, "the other ticket is delivered once");
    queue.publish(ticket(3)).await.unwrap();
    assert_eq!(take(&queue).await.0.epoch, 3, "the dead letter does not come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn bundled_tickets_share_messages_and_are_acked_with_the_last_of_them() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    for offered in join_all((0..100).map(|number| queue.publish_bundled(ticket(number)))).await {
        offered.unwrap();
    }
    assert_eq!(queue.stats().confirmed, 100);
    let depth = queue.depth().await.unwrap();
    assert!((100_u64.div_ceil(MAX_TICKETS)..50).contains(&depth.normal), "{depth:?}");

    let mut receipts = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let (ticket, receipt) = take(&queue).await;
        seen.insert(ticket.epoch);
        receipts.push(receipt);
    }
    assert_eq!(seen.len(), 100);
    // One is requeued: all tickets of its message come again, and no others.
    let last = receipts.pop().expect("the last one");
    for receipt in receipts {
        queue.ack(receipt).await.unwrap();
    }
    queue.nack(last).await.unwrap();
    queue.shut_down().await;
    let later = connect(&broker.uri, &options);
    let (again, receipt) = take(&later).await;
    assert!(again.redelivered);
    later.ack(receipt).await.unwrap();
    let came = later.stats().delivered;
    assert!((1..=MAX_TICKETS).contains(&came), "{came}");
    for _ in 1..came {
        let (_, receipt) = take(&later).await;
        later.ack(receipt).await.unwrap();
    }
    later.shut_down().await;
    let after = connect(&broker.uri, &options);
    in_time(after.wait_ready()).await;
    assert_eq!(after.depth().await.unwrap(), QueueDepth::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn depth_counts_ready_messages_and_a_process_that_never_asks_takes_none() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.wait_ready()).await;
    for number in 0..5 {
        queue.publish(ticket(number)).await.unwrap();
    }
    in_time(async {
        while queue.depth().await.unwrap() != (QueueDepth { normal: 5, ..QueueDepth::default() }) {}
    })
    .await;
}
