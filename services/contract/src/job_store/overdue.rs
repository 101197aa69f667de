//! Finding tickets that should be handed out (again).

use std::sync::Arc;

use tally_jobs::model::{Ending, NewJob, Ticket};
use tally_jobs::ports::Settled;
use tally_kernel::{Lease, Timestamp};

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("tries_whose_time_has_come_are_overdue_oldest_first", |g| Box::pin(oldest_first(g))),
    StoreCheck::new("what_was_offered_is_not_overdue", |g| Box::pin(offered(g))),
    StoreCheck::new("a_silent_holders_job_is_overdue", |g| Box::pin(silent_holder(g))),
    StoreCheck::new("what_changed_is_not_overdue", |g| Box::pin(changed(g))),
    StoreCheck::new("what_the_queue_forgot_is_overdue_again", |g| Box::pin(forgotten(g))),
];

impl Ground {
    /// A job that waits for its next try at this moment.
    async fn tried(&self, number: u64, at: Timestamp) -> Ticket {
        let hold = self.running(number).await.job;
        let retry = Ending::Retry { failure: samples::failure(), at };
        match self.store().settle(&hold, retry, self.now()).await.unwrap() {
            Settled::Written(job) => job.ticket(),
            Settled::Gone => panic!("the hold was over"),
        }
    }
}

async fn oldest_first(ground: Arc<Ground>) {
    let start = ground.now();
    let mut tickets = Vec::new();
    for (number, seconds) in [(1, 20), (2, 10), (3, 40), (4, 30)] {
        tickets.push(ground.tried(number, later(start, seconds)).await);
    }
    assert_eq!(ground.overdue().await, []);
    ground.clock.advance(SECOND * 9);
    assert_eq!(ground.overdue().await, []);
    ground.clock.advance(SECOND);
    assert_eq!(ground.overdue().await, [tickets[1]]);
    ground.clock.advance(SECOND * 30);
    let ordered = [tickets[1], tickets[0], tickets[3], tickets[2]];
    assert_eq!(ground.overdue().await, ordered);
    assert_eq!(ground.store().overdue(ground.now(), 2).await.unwrap(), ordered[..2]);
    assert_eq!(ground.store().overdue(ground.now(), 0).await.unwrap(), []);
}

async fn offered(ground: Arc<Ground>) {
    let at = later(ground.now(), 10);
    let (first, second) = (ground.tried(1, at).await, ground.tried(2, later(at, 1)).await);
    ground.clock.advance(SECOND * 20);
    assert_eq!(ground.overdue().await, [first, second], "asking changes nothing");
    assert_eq!(ground.overdue().await, [first, second]);
    ground.store().offered(&[first], ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, [second]);
    ground.store().offered(&[first, second], ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, []);
    ground.claim(first).await;
    ground.claim(second).await;
    let unknown = Ticket { id: samples::stranger(), ..first };
    ground.store().offered(&[unknown], ground.now()).await.unwrap();
}

async fn silent_holder(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    ground.clock.advance(Lease::LASTS - SECOND);
    assert_eq!(ground.overdue().await, []);
    ground.clock.advance(SECOND);
    assert_eq!(ground.overdue().await, [hold.ticket()]);
    ground.store().offered(&[hold.ticket()], ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, [], "somebody was sent");
    let next = ground.claim(hold.ticket()).await.job;
    assert_eq!(ground.overdue().await, []);
    ground.clock.advance(Lease::LASTS);
    assert_eq!(ground.overdue().await, [next.ticket()], "the next one went silent too");
}

async fn changed(ground: Arc<Ground>) {
    let at = later(ground.now(), 10);
    let (claimed, cancelled, deleted) =
        (ground.tried(1, at).await, ground.tried(2, at).await, ground.tried(3, at).await);
    ground.clock.advance(SECOND * 10);
    assert_eq!(ground.overdue().await.len(), 3);
    use tally_jobs::state::Order;
    ground.claim(claimed).await;
    ground.store().amend(cancelled.id, Order::Cancel, ground.now()).await.unwrap();
    ground.store().amend(deleted.id, Order::Delete, ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, []);
}

async fn forgotten(ground: Arc<Ground>) {
    if ground.place.queue.is_some() {
        // A store that is its own queue forgets nothing that the other remembers.
        return;
    }
    let new = NewJob { created_at: ground.now(), ..samples::text(1) };
    let ticket = ground.admit(new).await.ticket();
    for minutes in [1, 1, 2, 4] {
        ground.clock.advance(SECOND * (60 * minutes - 1));
        assert_eq!(ground.overdue().await, [], "the queue may have it still");
        ground.clock.advance(SECOND);
        assert_eq!(ground.overdue().await, [ticket], "it waits too long for that");
        ground.store().offered(&[ticket], ground.now()).await.unwrap();
    }
    ground.claim(ticket).await;
    assert_eq!(ground.overdue().await, []);
}
