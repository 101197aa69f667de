//! What every job queue keeps to.

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
use crate::suite::{Check, QueuePlace, run_all};

/// Runs every check, each on a queue that `make` makes.
///
/// Needs a runtime of several threads: part of it is about those who wait.
pub async fn job_queue<F>(make: impl Fn() -> F)
where
    F: Future<Output = QueuePlace>,
{
    let checks: &[Check<QueuePlace>] = &[
        Check::new("what_was_offered_is_handed_out_once", |q| Box::pin(handed_out_once(q))),
        Check::new("a_line_keeps_its_order", |q| Box::pin(keeps_its_order(q))),
        Check::new("no_line_starves", |q| Box::pin(no_line_starves(q))),
        Check::new("who_waits_is_woken", |q| Box::pin(who_waits_is_woken(q))),
        Check::new("a_dropped_next_loses_no_ticket", |q| Box::pin(dropped_next(q))),
        Check::new("what_is_given_back_goes_to_somebody_else", |q| Box::pin(given_back(q))),
        Check::new("light_tickets_are_settled_one_by_one", |q| Box::pin(light(q))),
        Check::new("a_closed_queue_says_so_to_all", |q| Box::pin(closed(q))),
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
        Delivery::Closed => panic!("nobody closed the queue"),
    }
}

async fn handed_out_once(place: Arc<QueuePlace>) {
    let queue = &*place.queue;
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

async fn keeps_its_order(place: Arc<QueuePlace>) {
    let queue = &*place.queue;
    for number in 0..20 {
        queue.publish(ticket(number, Priority::Normal)).await.unwrap();
    }
    for number in 0..20 {
        let (handed, receipt) = take(queue).await;
        assert_eq!(handed.epoch, number);
        queue.ack(receipt).await.unwrap();
    }
}

async fn no_line_starves(place: Arc<QueuePlace>) {
    let queue = &*place.queue;
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

async fn who_waits_is_woken(place: Arc<QueuePlace>) {
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let place = Arc::clone(&place);
        tasks.spawn(async move {
            let (handed, receipt) = take(&*place.queue).await;
            place.queue.ack(receipt).await.unwrap();
            handed.epoch
        });
    }
    for number in 0..16 {
        place.queue.publish(ticket(number, Priority::High)).await.unwrap();
    }
    let mut woken = tasks.join_all().await;
    woken.sort_unstable();
    assert_eq!(woken, (0..16).collect::<Vec<_>>());
}

async fn dropped_next(place: Arc<QueuePlace>) {
    let queue = &*place.queue;
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

async fn given_back(place: Arc<QueuePlace>) {
    let queue = &*place.queue;
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

async fn light(place: Arc<QueuePlace>) {
    let queue = &*place.queue;
    let offers = (0..60).map(|number| queue.publish_bundled(ticket(number, Priority::Low)));
    for offered in join_all(offers).await {
        offered.unwrap();
    }
    let (mut seen, mut came_back) = (HashSet::new(), false);
    while seen.len() < 60 || !came_back {
        let (handed, receipt) = take(queue).await;
        let is_first = seen.insert(handed.epoch);
        if is_first {
            let expected = Ticket { redelivered: handed.redelivered, ..ticket(handed.epoch, Priority::Low) };
            assert_eq!(handed, expected, "as it was offered");
        }
        // Others may come back with it.
        came_back |= handed.epoch == 30 && !is_first;
        match handed.epoch == 30 && is_first {
            true => queue.nack(receipt).await.unwrap(),
            false => queue.ack(receipt).await.unwrap(),
        }
    }
}

async fn closed(place: Arc<QueuePlace>) {
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let place = Arc::clone(&place);
        tasks.spawn(async move { place.queue.next().await.unwrap() });
    }
    tokio::task::yield_now().await;
    place.queue.close();
    for handed in tasks.join_all().await {
        assert!(matches!(handed, Delivery::Closed), "{handed:?}");
    }
    // An offer may still come in at a drain; it is not handed out here any more.
    let _ = place.queue.publish(ticket(1, Priority::Normal)).await;
    assert!(matches!(place.queue.next().await.unwrap(), Delivery::Closed));
}
