//! Leases: renewing and releasing them.

use std::sync::Arc;

use tally_jobs::ports::StillHeld;
use tally_jobs::state::{JobAction, JobState};
use tally_kernel::{Lease, OwnerId};

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_renewed_claim_outlives_its_first_lease", |g| Box::pin(outlives(g))),
    StoreCheck::new("an_expired_claim_is_lost", |g| Box::pin(gone(g))),
    StoreCheck::new("a_released_job_is_not_charged_and_runs_elsewhere_at_once", |g| Box::pin(released(g))),
    StoreCheck::new("a_deferred_job_is_not_claimed_before_it_is_due_and_is_not_charged", |g| {
        Box::pin(deferred(g))
    }),
    StoreCheck::new("a_late_release_changes_nothing", |g| Box::pin(released_late(g))),
];

async fn outlives(fixture: Arc<Fixture>) {
    let job = fixture.running(1).await.job;
    for _ in 0..8 {
        fixture.clock.advance(SECOND * 11);
        let now = fixture.now();
        assert_eq!(fixture.store().renew(&job, now, Lease::from(now)).await.unwrap(), StillHeld::Yes);
        // At once again, as a heart beats: there is nothing to write.
        assert_eq!(fixture.store().renew(&job, now, Lease::from(now)).await.unwrap(), StillHeld::Yes);
        assert!(fixture.try_claim(job.ticket()).await.is_none());
        assert_eq!(fixture.overdue().await, []);
    }
    assert_eq!(fixture.found(job.id).await.lease, Some(Lease::from(fixture.now())));
    fixture.clock.advance(Lease::LASTS);
    assert_eq!(fixture.overdue().await, [job.ticket()]);
    fixture.claim(job.ticket()).await;
}

async fn gone(fixture: Arc<Fixture>) {
    let renew = async |job: &_| {
        let now = fixture.now();
        fixture.store().renew(job, now, Lease::from(now)).await.unwrap()
    };
    let cancelled = fixture.running(1).await.job;
    fixture.store().apply(&OwnerId::LOCAL, cancelled.id, JobAction::Cancel, fixture.now()).await.unwrap();
    assert_eq!(renew(&cancelled).await, StillHeld::No);
    let settled = fixture.running(2).await.job;
    fixture.store().complete(&settled, samples::success(1, 1), fixture.now()).await.unwrap();
    assert_eq!(renew(&settled).await, StillHeld::No);
    let lost = fixture.running(3).await.job;
    fixture.clock.advance(Lease::LASTS);
    let taker = fixture.claim(lost.ticket()).await.job;
    assert_eq!(renew(&lost).await, StillHeld::No);
    assert_eq!(renew(&taker).await, StillHeld::Yes);
    assert_eq!(renew(&samples::small(9).into_job()).await, StillHeld::No);
}

async fn released(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await;
    fixture.clock.advance(SECOND);
    fixture.store().release(&hold.job, fixture.now()).await.unwrap();
    let back = fixture.found(hold.job.id).await;
    assert_eq!((back.state, back.attempts, back.crashes), (JobState::Queued, 0, 0));
    assert_eq!((back.due_at, back.lease, back.started_at), (fixture.now(), None, None));
    assert!(fixture.is_published(back.ticket()).await);
    let next = fixture.claim(back.ticket()).await;
    assert_eq!((next.job.attempts, next.content), (1, hold.content));
    assert_eq!(next.job.started_at, Some(fixture.now()), "it begins only now");
}

async fn deferred(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await;
    let from = later(fixture.now(), 30);
    fixture.store().release(&hold.job, from).await.unwrap();
    let back = fixture.found(hold.job.id).await;
    assert_eq!((back.state, back.attempts, back.crashes), (JobState::Queued, 0, 0));
    assert_eq!((back.due_at, back.lease, &back.failure), (from, None, &None));
    assert!(!fixture.is_published(back.ticket()).await);
    fixture.clock.advance(SECOND * 29);
    assert_eq!(fixture.overdue().await, []);
    assert!(!fixture.is_published(back.ticket()).await);
    assert!(fixture.try_claim(back.ticket()).await.is_none());
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.overdue().await, [back.ticket()]);
    let next = fixture.claim(back.ticket()).await;
    assert_eq!((next.job.attempts, next.job.crashes, next.content), (1, 1, hold.content));
    // Again and again, as a job whose host stays busy.
    fixture.store().release(&next.job, later(fixture.now(), 30)).await.unwrap();
    let back = fixture.found(hold.job.id).await;
    assert_eq!((back.state, back.attempts, back.due_at), (JobState::Queued, 0, later(fixture.now(), 30)));
    assert_eq!(fixture.overdue().await, []);
}

async fn released_late(fixture: Arc<Fixture>) {
    let job = fixture.running(1).await.job;
    fixture.store().release(&job, fixture.now()).await.unwrap();
    fixture.store().release(&job, fixture.now()).await.unwrap();
    let next = fixture.claim(fixture.found(job.id).await.ticket()).await.job;
    fixture.store().release(&job, fixture.now()).await.unwrap();
    assert_eq!(fixture.found(job.id).await, next);
    fixture.store().release(&samples::small(9).into_job(), fixture.now()).await.unwrap();
}
