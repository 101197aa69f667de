//! Holding jobs: renewing, and giving back.

use std::sync::Arc;

use tally_jobs::ports::StillHeld;
use tally_jobs::state::{JobAction, JobState};
use tally_kernel::{Lease, OwnerId};

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_renewed_hold_outlives_its_first_lease", |g| Box::pin(outlives(g))),
    StoreCheck::new("a_hold_that_is_over_is_gone", |g| Box::pin(gone(g))),
    StoreCheck::new("a_released_job_is_not_charged_and_runs_elsewhere_at_once", |g| Box::pin(released(g))),
    StoreCheck::new("a_job_given_back_for_later_is_not_handed_out_before_that_and_is_not_charged", |g| {
        Box::pin(released_for_later(g))
    }),
    StoreCheck::new("a_release_that_comes_too_late_changes_nothing", |g| Box::pin(released_late(g))),
];

async fn outlives(ground: Arc<Ground>) {
    let job = ground.running(1).await.job;
    for _ in 0..8 {
        ground.clock.advance(SECOND * 11);
        let now = ground.now();
        assert_eq!(ground.store().renew(&job, now, Lease::from(now)).await.unwrap(), StillHeld::Yes);
        // At once again, as a heart beats: there is nothing to write.
        assert_eq!(ground.store().renew(&job, now, Lease::from(now)).await.unwrap(), StillHeld::Yes);
        assert!(ground.try_claim(job.ticket()).await.is_none());
        assert_eq!(ground.overdue().await, []);
    }
    assert_eq!(ground.found(job.id).await.lease, Some(Lease::from(ground.now())));
    ground.clock.advance(Lease::LASTS);
    assert_eq!(ground.overdue().await, [job.ticket()]);
    ground.claim(job.ticket()).await;
}

async fn gone(ground: Arc<Ground>) {
    let renew = async |job: &_| {
        let now = ground.now();
        ground.store().renew(job, now, Lease::from(now)).await.unwrap()
    };
    let cancelled = ground.running(1).await.job;
    ground.store().apply(&OwnerId::LOCAL, cancelled.id, JobAction::Cancel, ground.now()).await.unwrap();
    assert_eq!(renew(&cancelled).await, StillHeld::No);
    let settled = ground.running(2).await.job;
    ground.store().complete(&settled, samples::success(1, 1), ground.now()).await.unwrap();
    assert_eq!(renew(&settled).await, StillHeld::No);
    let lost = ground.running(3).await.job;
    ground.clock.advance(Lease::LASTS);
    let taker = ground.claim(lost.ticket()).await.job;
    assert_eq!(renew(&lost).await, StillHeld::No);
    assert_eq!(renew(&taker).await, StillHeld::Yes);
    assert_eq!(renew(&samples::small(9).into_job()).await, StillHeld::No);
}

async fn released(ground: Arc<Ground>) {
    let hold = ground.running(1).await;
    ground.clock.advance(SECOND);
    ground.store().release(&hold.job, ground.now()).await.unwrap();
    let back = ground.found(hold.job.id).await;
    assert_eq!((back.state, back.attempts, back.crashes), (JobState::Queued, 0, 0));
    assert_eq!((back.due_at, back.lease, back.started_at), (ground.now(), None, None));
    assert!(ground.is_handed_out(back.ticket()).await);
    let next = ground.claim(back.ticket()).await;
    assert_eq!((next.job.attempts, next.content), (1, hold.content));
    assert_eq!(next.job.started_at, Some(ground.now()), "it begins only now");
}

async fn released_for_later(ground: Arc<Ground>) {
    let hold = ground.running(1).await;
    let from = later(ground.now(), 30);
    ground.store().release(&hold.job, from).await.unwrap();
    let back = ground.found(hold.job.id).await;
    assert_eq!((back.state, back.attempts, back.crashes), (JobState::Queued, 0, 0));
    assert_eq!((back.due_at, back.lease, &back.failure), (from, None, &None));
    assert!(!ground.is_handed_out(back.ticket()).await);
    ground.clock.advance(SECOND * 29);
    assert_eq!(ground.overdue().await, []);
    assert!(!ground.is_handed_out(back.ticket()).await);
    assert!(ground.try_claim(back.ticket()).await.is_none());
    ground.clock.advance(SECOND);
    assert_eq!(ground.overdue().await, [back.ticket()]);
    let next = ground.claim(back.ticket()).await;
    assert_eq!((next.job.attempts, next.job.crashes, next.content), (1, 1, hold.content));
    // Again and again, as a job whose host stays busy.
    ground.store().release(&next.job, later(ground.now(), 30)).await.unwrap();
    let back = ground.found(hold.job.id).await;
    assert_eq!((back.state, back.attempts, back.due_at), (JobState::Queued, 0, later(ground.now(), 30)));
    assert_eq!(ground.overdue().await, []);
}

async fn released_late(ground: Arc<Ground>) {
    let job = ground.running(1).await.job;
    ground.store().release(&job, ground.now()).await.unwrap();
    ground.store().release(&job, ground.now()).await.unwrap();
    let next = ground.claim(ground.found(job.id).await.ticket()).await.job;
    ground.store().release(&job, ground.now()).await.unwrap();
    assert_eq!(ground.found(job.id).await, next);
    ground.store().release(&samples::small(9).into_job(), ground.now()).await.unwrap();
}
