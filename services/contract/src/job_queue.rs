//! The contract of every job queue.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tally_jobs::options::Priority;
use tally_jobs::ports::{Delivery, JobQueue, Receipt};
use tally_jobs::record::Ticket;
use tokio::task::JoinSet;

use crate::samples;
use crate::suite::{Check, QueueFixture, run_all};

/// Runs every check, each on a queue that `make` makes.
///
/// Needs a runtime of several threads: part of it tests waiting consumers.
pub async fn job_queue<F>(make: impl Fn() -> F)
where
    F: Future<Output = QueueFixture>,
{
    let checks: &[Check<QueueFixture>] = &[
        Check::new("delivers_a_published_ticket_once", |q| Box::pin(delivers_once(q))),
        Check::new("keeps_the_order_within_a_priority", |q| Box::pin(keeps_its_order(q))),
        Check::new("no_priority_starves", |q| Box::pin(no_priority_starves(q))),
        Check::new("wakes_a_waiting_consumer", |q| Box::pin(wakes_a_waiting_consumer(q))),
        Check::new("a_dropped_next_loses_no_ticket", |q| Box::pin(dropped_next(q))),
        Check::new("a_nacked_ticket_is_delivered_again", |q| Box::pin(given_back(q))),
        Check::new("small_tickets_are_acked_one_by_one", |q| Box::pin(light(q))),
        Check::new("a_closed_queue_tells_every_consumer", |q| Box::pin(closed(q))),
    ];
    run_all(checks, make).await;
}

/// How long to wait for what a healthy queue does at once.
const PATIENCE: Duration = Duration::from_secs(10);

fn ticket(number: u64, priority: Priority) -> Ticket {
    Ticket { id: samples::id(number), epoch: number, priority, redelivered: false }
}

async fn take(queue: &dyn JobQueue) -> (Ticket, Receipt) {
    match tokio::time::timeout(PATIENCE, queue.next()).await.expect("a ticket in time").expect("next") {
        Delivery::Ticket(ticket, receipt) => (ticket, receipt),
        Delivery::Closed => panic!("the queue is open"),
    }
}

async fn delivers_once(fixture: Arc<QueueFixture>) {
    let queue = &*fixture.queue;
    for number in 0..50 {
        queue.publish(ticket(number, Priority::Normal)).await.unwrap();
    }
    let mut seen = HashMap::new();
    for _ in 0..50 {
        let (handed, receipt) = take(queue).await;
        assert_eq!(handed, ticket(handed.epoch, Priority::Normal), "as it was offered");
        *seen.entry(handed.epoch).or_insert(0) += 1;
        queue.ack(receipt).await.unwrap();
    }
    assert!(seen.len() == 50 && seen.values().all(|times| *times == 1), "{seen:?}");
}

async fn keeps_its_order(fixture: Arc<QueueFixture>) {
    let queue = &*fixture.queue;
    for number in 0..20 {
        queue.publish(ticket(number, Priority::Normal)).await.unwrap();
    }
    for number in 0..20 {
        let (handed, receipt) = take(queue).await;
        assert_eq!(handed.epoch, number);
        queue.ack(receipt).await.unwrap();
    }
}

async fn no_priority_starves(fixture: Arc<QueueFixture>) {
    let queue = &*fixture.queue;
    for number in 0..60 {
        for priority in Priority::ALL {
            queue.publish(ticket(number, priority)).await.unwrap();
        }
    }
    let mut taken: HashMap<Priority, u32> = HashMap::new();
    for _ in 0..60 {
        let (handed, receipt) = take(queue).await;
        *taken.entry(handed.priority).or_default() += 1;
        queue.ack(receipt).await.unwrap();
    }
    let of = |priority| taken.get(&priority).copied().unwrap_or(0);
    let (high, normal, low) = (of(Priority::High), of(Priority::Normal), of(Priority::Low));
    assert!(high > normal && normal > low && low >= 2, "{high}:{normal}:{low}");
}

async fn wakes_a_waiting_consumer(fixture: Arc<QueueFixture>) {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let fixture = Arc::clone(&fixture);
        tasks.spawn(async move {
            let (handed, receipt) = take(&*fixture.queue).await;
            fixture.queue.ack(receipt).await.unwrap();
            handed.epoch
        });
    }
    for number in 0..16 {
        fixture.queue.publish(ticket(number, Priority::High)).await.unwrap();
    }
    let mut woken = tasks.join_all().await;
    woken.sort_unstable();
    assert_eq!(woken, (0..16).collect::<Vec<_>>());
}

async fn dropped_next(fixture: Arc<QueueFixture>) {
    let queue = &*fixture.queue;
    for number in 0..30 {
        {
            let mut next = std::pin::pin!(queue.next());
            assert!((&mut next).now_or_never().is_none(), "nothing was offered");
            queue.publish(ticket(number, Priority::Normal)).await.unwrap();
            // Dropped just when it might have taken the ticket.
        }
        let (handed, receipt) = take(queue).await;
        assert_eq!(handed.epoch, number);
        queue.ack(receipt).await.unwrap();
    }
}

async fn given_back(fixture: Arc<QueueFixture>) {
    let queue = &*fixture.queue;
    for number in 0..3 {
        queue.publish(ticket(number, Priority::Normal)).await.unwrap();
    }
    let (first, receipt) = take(queue).await;
    queue.nack(receipt).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (handed, receipt) = take(queue).await;
        seen.push(handed.id);
        queue.ack(receipt).await.unwrap();
    }
    assert!(seen.contains(&first.id), "it came again");
    assert_eq!(seen.len(), 3);
}

async fn light(fixture: Arc<QueueFixture>) {
    let queue = &*fixture.queue;
    let offers = (0..60).map(|number| queue.publish_bundled(ticket(number, Priority::Low)));
    for offered in join_all(offers).await {
        offered.unwrap();
    }
    let (mut seen, mut redelivered) = (HashSet::new(), false);
    while seen.len() < 60 || !redelivered {
        let (handed, receipt) = take(queue).await;
        let is_first = seen.insert(handed.epoch);
        if is_first {
            let expected = Ticket { redelivered: handed.redelivered, ..ticket(handed.epoch, Priority::Low) };
            assert_eq!(handed, expected, "as it was offered");
        }
        // Others may come back with it.
        redelivered |= handed.epoch == 30 && !is_first;
        match handed.epoch == 30 && is_first {
            true => queue.nack(receipt).await.unwrap(),
            false => queue.ack(receipt).await.unwrap(),
        }
    }
}

async fn closed(fixture: Arc<QueueFixture>) {
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let fixture = Arc::clone(&fixture);
        tasks.spawn(async move { fixture.queue.next().await.unwrap() });
    }
    tokio::task::yield_now().await;
    fixture.queue.close();
    for handed in tasks.join_all().await {
        assert!(matches!(handed, Delivery::Closed), "{handed:?}");
    }
    // An offer may still come in at a drain; it is not handed out here any more.
    let _ = fixture.queue.publish(ticket(1, Priority::Normal)).await;
    assert!(matches!(fixture.queue.next().await.unwrap(), Delivery::Closed));
}
