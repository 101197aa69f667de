//! Graceful shutdown, and crashes.

use std::collections::BTreeSet;

use tally_jobs::ports::{Delivery, JobQueue};
use tally_tests::services::rabbitmq::rabbitmq;

use crate::harness::{behind_proxy, connect, in_time, options, take, ticket};

#[tokio::test(flavor = "multi_thread")]
async fn a_close_requeues_waiting_tickets_and_lets_work_finish() {
    let (broker, options) = (rabbitmq().await, options());
    let leaving = connect(&broker.uri, &options);
    in_time(leaving.wait_ready()).await;
    for number in 0..20 {
        leaving.publish(ticket(number)).await.unwrap();
    }
    let (done, receipt) = take(&leaving).await;
    leaving.ack(receipt).await.unwrap();
    let (in_work, receipt) = take(&leaving).await;
    leaving.close();
    assert!(matches!(leaving.next().await.unwrap(), Delivery::Closed));

    let staying = connect(&broker.uri, &options);
    let mut left: BTreeSet<u64> = (0..20).collect();
    left.remove(&done.epoch);
    left.remove(&in_work.epoch);
    while !left.is_empty() {
        let (ticket, receipt) = take(&staying).await;
        assert!(left.remove(&ticket.epoch), "{ticket:?} was delivered again");
        staying.ack(receipt).await.unwrap();
    }
    leaving.ack(receipt).await.unwrap();
    in_time(leaving.shut_down()).await;
    in_time(staying.shut_down()).await;
    let later = connect(&broker.uri, &options);
    in_time(later.wait_ready()).await;
    assert_eq!(later.depth().await.unwrap().normal, 0, "all tickets were settled before the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_a_crashed_consumer_are_redelivered_to_another() {
    let (broker, options) = (rabbitmq().await, options());
    let (crashing, proxy) = behind_proxy(&broker.uri, &options).await;
    crashing.publish(ticket(1)).await.unwrap();
    let (held, _receipt) = take(&crashing).await;
    assert!(!held.redelivered);
    proxy.refuse();
    let other = connect(&broker.uri, &options);
    let (again, _) = take(&other).await;
    assert!(again.redelivered && again.id == held.id, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shuts_down_in_time_while_the_broker_is_silent() {
    let (broker, options) = (rabbitmq().await, options());
    let (queue, proxy) = behind_proxy(&broker.uri, &options).await;
    queue.publish(ticket(1)).await.unwrap();
    let (_, receipt) = take(&queue).await;
    queue.ack(receipt).await.unwrap();
    proxy.stall();
    let began = tokio::time::Instant::now();
    queue.shut_down().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(6), "{:?}", began.elapsed());
    assert!(queue.publish(ticket(2)).await.is_err());
}
