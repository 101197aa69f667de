//! Finding tickets that should be published (again).

use std::sync::Arc;

use tally_jobs::ports::CompleteResult;
use tally_jobs::record::{NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction};
use tally_kernel::{Lease, OwnerId, Timestamp};

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("due_attempts_are_overdue_oldest_first", |g| Box::pin(oldest_first(g))),
    StoreCheck::new("a_published_ticket_is_not_overdue", |g| Box::pin(published(g))),
    StoreCheck::new("a_job_with_an_expired_lease_is_overdue", |g| Box::pin(expired_lease(g))),
    StoreCheck::new("a_changed_job_is_not_overdue", |g| Box::pin(changed(g))),
    StoreCheck::new("a_ticket_that_the_queue_lost_is_overdue_again", |g| Box::pin(forgotten(g))),
];

impl Fixture {
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

async fn oldest_first(fixture: Arc<Fixture>) {
    let start = fixture.now();
    let mut tickets = Vec::new();
    for (number, seconds) in [(1, 20), (2, 10), (3, 40), (4, 30)] {
        tickets.push(fixture.tried(number, later(start, seconds)).await);
    }
    assert_eq!(fixture.overdue().await, []);
    fixture.clock.advance(SECOND * 9);
    assert_eq!(fixture.overdue().await, []);
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.overdue().await, [tickets[1]]);
    fixture.clock.advance(SECOND * 30);
    let ordered = [tickets[1], tickets[0], tickets[3], tickets[2]];
    assert_eq!(fixture.overdue().await, ordered);
    assert_eq!(fixture.store().overdue(fixture.now(), 2).await.unwrap(), ordered[..2]);
    assert_eq!(fixture.store().overdue(fixture.now(), 0).await.unwrap(), []);
}

async fn published(fixture: Arc<Fixture>) {
    let at = later(fixture.now(), 10);
    let (first, second) = (fixture.tried(1, at).await, fixture.tried(2, later(at, 1)).await);
    fixture.clock.advance(SECOND * 20);
    assert_eq!(fixture.overdue().await, [first, second], "asking changes nothing");
    assert_eq!(fixture.overdue().await, [first, second]);
    fixture.store().published(&[first], fixture.now()).await.unwrap();
    assert_eq!(fixture.overdue().await, [second]);
    fixture.store().published(&[first, second], fixture.now()).await.unwrap();
    assert_eq!(fixture.overdue().await, []);
    fixture.claim(first).await;
    fixture.claim(second).await;
    let unknown = Ticket { id: samples::stranger(), ..first };
    fixture.store().published(&[unknown], fixture.now()).await.unwrap();
}

async fn expired_lease(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    fixture.clock.advance(Lease::LASTS - SECOND);
    assert_eq!(fixture.overdue().await, []);
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.overdue().await, [hold.ticket()]);
    fixture.store().published(&[hold.ticket()], fixture.now()).await.unwrap();
    assert_eq!(fixture.overdue().await, [], "no ticket is overdue");
    let next = fixture.claim(hold.ticket()).await.job;
    assert_eq!(fixture.overdue().await, []);
    fixture.clock.advance(Lease::LASTS);
    assert_eq!(fixture.overdue().await, [next.ticket()], "the next one went silent too");
}

async fn changed(fixture: Arc<Fixture>) {
    let at = later(fixture.now(), 10);
    let (claimed, cancelled, deleted) =
        (fixture.tried(1, at).await, fixture.tried(2, at).await, fixture.tried(3, at).await);
    fixture.clock.advance(SECOND * 10);
    assert_eq!(fixture.overdue().await.len(), 3);
    fixture.claim(claimed).await;
    fixture.store().apply(&OwnerId::LOCAL, cancelled.id, JobAction::Cancel, fixture.now()).await.unwrap();
    fixture.store().apply(&OwnerId::LOCAL, deleted.id, JobAction::Delete, fixture.now()).await.unwrap();
    assert_eq!(fixture.overdue().await, []);
}

async fn forgotten(fixture: Arc<Fixture>) {
    if fixture.stores.queue.is_some() {
        // A store that is its own queue forgets nothing that the other remembers.
        return;
    }
    let new = NewJob { created_at: fixture.now(), ..samples::small(1) };
    let ticket = fixture.admit(new).await.ticket();
    for minutes in [1, 1, 2, 4] {
        fixture.clock.advance(SECOND * (60 * minutes - 1));
        assert_eq!(fixture.overdue().await, [], "the queue may have it still");
        fixture.clock.advance(SECOND);
        assert_eq!(fixture.overdue().await, [ticket], "it waits too long for that");
        fixture.store().published(&[ticket], fixture.now()).await.unwrap();
    }
    fixture.claim(ticket).await;
    assert_eq!(fixture.overdue().await, []);
}
