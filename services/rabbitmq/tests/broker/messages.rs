//! Messages that are not what they should be, or came too often.

use std::collections::HashSet;

use futures_util::future::join_all;
use tally_jobs::ports::JobQueue;
use tally_rabbitmq::Depth;
use tally_tests::services::rabbitmq::rabbitmq;

use crate::ground::{Meddler, connect, eventually, in_time, options, take, ticket};

/// The most tickets of light jobs that share a message, as OPERATIONS.md says it.
const MOST_TICKETS: u64 = 32;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ticket_is_set_aside_and_the_line_goes_on() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    let meddler = Meddler::new(&broker.uri, &options).await;
    meddler.publish("normal", b"hello").await;
    meddler.publish("normal", br#"{"v":3,"ids":[]}"#).await;
    meddler.publish("normal", &[0xff; 5000]).await;
    queue.offer(ticket(1)).await.unwrap();
    let (handed, receipt) = take(&queue).await;
    assert_eq!(handed, ticket(1));
    queue.done(receipt).await.unwrap();
    in_time(async { while queue.depth().await.unwrap().parked != 3 {} }).await;
    assert_eq!(queue.figures().foreign, 3);
    queue.shut_down().await;
    // Nothing of it comes again.
    let later = connect(&broker.uri, &options);
    in_time(later.well()).await;
    assert_eq!(later.depth().await.unwrap(), Depth { parked: 3, ..Depth::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_comes_back_too_often_is_counted_and_dropped() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    queue.offer(ticket(1)).await.unwrap();
    queue.offer(ticket(2)).await.unwrap();
    let mut given_back = 0;
    let mut others = 0;
    while given_back < 51 {
        let (ticket, receipt) = take(&queue).await;
        if ticket.epoch == 1 {
            given_back += 1;
            queue.give_back(receipt).await.unwrap();
        } else {
            others += 1;
            queue.done(receipt).await.unwrap();
        }
    }
    eventually(|| queue.figures().dead == 1).await;
    assert_eq!(others, 1, "its neighbour is no worse for it");
    queue.offer(ticket(3)).await.unwrap();
    assert_eq!(take(&queue).await.0.epoch, 3, "it does not come again");
}

#[tokio::test(flavor = "multi_thread")]
async fn light_tickets_share_messages_and_are_acknowledged_with_the_last_of_them() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    for offered in join_all((0..100).map(|number| queue.offer_light(ticket(number)))).await {
        offered.unwrap();
    }
    assert_eq!(queue.figures().confirmed, 100);
    let depth = queue.depth().await.unwrap();
    assert!((100_u64.div_ceil(MOST_TICKETS)..50).contains(&depth.normal), "{depth:?}");

    let mut receipts = Vec::new();
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let (ticket, receipt) = take(&queue).await;
        seen.insert(ticket.epoch);
        receipts.push(receipt);
    }
    assert_eq!(seen.len(), 100);
    // One goes back: all of its message come again, and none of the others.
    let last = receipts.pop().expect("the last one");
    for receipt in receipts {
        queue.done(receipt).await.unwrap();
    }
    queue.give_back(last).await.unwrap();
    queue.shut_down().await;
    let later = connect(&broker.uri, &options);
    let (again, receipt) = take(&later).await;
    assert!(again.redelivered);
    later.done(receipt).await.unwrap();
    let came = later.figures().delivered;
    assert!((1..=MOST_TICKETS).contains(&came), "{came}");
    for _ in 1..came {
        let (_, receipt) = take(&later).await;
        later.done(receipt).await.unwrap();
    }
    later.shut_down().await;
    let after = connect(&broker.uri, &options);
    in_time(after.well()).await;
    assert_eq!(after.depth().await.unwrap(), Depth::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn depth_says_what_waits_and_who_never_asks_takes_nothing() {
    let (broker, options) = (rabbitmq().await, options());
    let queue = connect(&broker.uri, &options);
    in_time(queue.well()).await;
    for number in 0..5 {
        queue.offer(ticket(number)).await.unwrap();
    }
    in_time(async { while queue.depth().await.unwrap() != (Depth { normal: 5, ..Depth::default() }) {} })
        .await;
}
