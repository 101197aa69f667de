//! Finding tickets that should be handed out (again).

use std::sync::Arc;

use tally_jobs::ports::CompleteResult;
use tally_jobs::record::{NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction};
use tally_kernel::{Lease, OwnerId, Timestamp};

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("tries_whose_time_has_come_are_overdue_oldest_first", |g| Box::pin(oldest_first(g))),
    StoreCheck::new("a_published_ticket_is_not_overdue", |g| Box::pin(published(g))),
    StoreCheck::new("a_silent_holders_job_is_overdue", |g| Box::pin(silent_holder(g))),
    StoreCheck::new("what_changed_is_not_overdue", |g| Box::pin(changed(g))),
    StoreCheck::new("what_the_queue_forgot_is_overdue_again", |g| Box::pin(forgotten(g))),
];

impl Ground {
    /// A job that waits for its next try at this moment.
    async fn tried(&self, number: u64, at: Timestamp) -> Ticket {
        let hold = self.running(number).await.job;
        let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
        match self.store().complete(&hold, retry, self.now()).await.unwrap() {
            CompleteResult::Written(job) => job.ticket(),
            CompleteResult::Fenced => panic!("the hold was over"),
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

async fn published(ground: Arc<Ground>) {
    let at = later(ground.now(), 10);
    let (first, second) = (ground.tried(1, at).await, ground.tried(2, later(at, 1)).await);
    ground.clock.advance(SECOND * 20);
    assert_eq!(ground.overdue().await, [first, second], "asking changes nothing");
    assert_eq!(ground.overdue().await, [first, second]);
    ground.store().published(&[first], ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, [second]);
    ground.store().published(&[first, second], ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, []);
    ground.claim(first).await;
    ground.claim(second).await;
    let unknown = Ticket { id: samples::stranger(), ..first };
    ground.store().published(&[unknown], ground.now()).await.unwrap();
}

async fn silent_holder(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    ground.clock.advance(Lease::LASTS - SECOND);
    assert_eq!(ground.overdue().await, []);
    ground.clock.advance(SECOND);
    assert_eq!(ground.overdue().await, [hold.ticket()]);
    ground.store().published(&[hold.ticket()], ground.now()).await.unwrap();
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
    ground.claim(claimed).await;
    ground.store().apply(&OwnerId::LOCAL, cancelled.id, JobAction::Cancel, ground.now()).await.unwrap();
    ground.store().apply(&OwnerId::LOCAL, deleted.id, JobAction::Delete, ground.now()).await.unwrap();
    assert_eq!(ground.overdue().await, []);
}

async fn forgotten(ground: Arc<Ground>) {
    if ground.place.queue.is_some() {
        // A store that is its own queue forgets nothing that the other remembers.
        return;
    }
    let new = NewJob { created_at: ground.now(), ..samples::small(1) };
    let ticket = ground.admit(new).await.ticket();
    for minutes in [1, 1, 2, 4] {
        ground.clock.advance(SECOND * (60 * minutes - 1));
        assert_eq!(ground.overdue().await, [], "the queue may have it still");
        ground.clock.advance(SECOND);
        assert_eq!(ground.overdue().await, [ticket], "it waits too long for that");
        ground.store().published(&[ticket], ground.now()).await.unwrap();
    }
    ground.claim(ticket).await;
    assert_eq!(ground.overdue().await, []);
}
