//! Sweeping finished jobs.

use std::sync::Arc;
use std::time::Duration;

use tally_jobs::content::Content;
use tally_jobs::options::JobOptions;
use tally_jobs::ports::Lookup;
use tally_jobs::record::NewJob;
use tally_jobs::state::AttemptOutcome;
use tally_kernel::{OwnerId, Timestamp};

use super::{SECOND, StoreCheck};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("sweeps_a_job_after_its_retention", |g| Box::pin(after_retention(g))),
    StoreCheck::new("a_key_stays_bound_for_a_day", |g| Box::pin(keyed(g))),
    StoreCheck::new("a_sweep_is_limited", |g| Box::pin(limited(g))),
    StoreCheck::new("an_unfinished_job_is_never_swept", |g| Box::pin(unfinished(g))),
    StoreCheck::new("bodies_are_swept_with_their_jobs", |g| Box::pin(bodies(g))),
    StoreCheck::new("sweeps_orphaned_bodies_after_a_day", |g| Box::pin(orphans(g))),
];

const DAY: Duration = Duration::from_secs(24 * 3600);

fn retaining(retention: Duration, new: NewJob) -> NewJob {
    NewJob { options: JobOptions { retention, ..new.options.clone() }, ..new }
}

impl Fixture {
    async fn sweep(&self, limit: usize) -> usize {
        self.store().sweep(self.now(), limit).await.unwrap()
    }

    async fn end(&self, new: NewJob, ending: AttemptOutcome) {
        let job = self.admit(new).await;
        let hold = self.claim(job.ticket()).await.job;
        self.store().complete(&hold, ending, self.now()).await.unwrap();
    }
}

async fn after_retention(fixture: Arc<Fixture>) {
    fixture.end(retaining(SECOND * 10, samples::small(1)), samples::success(500, 5)).await;
    fixture.end(retaining(SECOND * 20, samples::at(2, "example.com", "/")), samples::success(3, 3)).await;
    fixture.clock.advance(SECOND * 9);
    assert_eq!(fixture.sweep(100).await, 0);
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.sweep(100).await, 1);
    assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, samples::id(1)).await.unwrap(), Lookup::Gone);
    assert_eq!(fixture.attachment(samples::id(1)).await.unwrap(), Lookup::Gone);
    fixture.found(samples::id(2)).await;
    assert_eq!(fixture.sweep(100).await, 0);
}

async fn keyed(fixture: Arc<Fixture>) {
    fixture.end(retaining(SECOND, samples::keyed(1, 7)), samples::success(3, 3)).await;
    let bound_until = samples::keyed(1, 7).created_at.after(DAY);
    fixture.clock.jump_to(Timestamp::from_ms(bound_until.as_ms() - 1));
    assert_eq!(fixture.sweep(100).await, 0);
    fixture.clock.jump_to(bound_until);
    assert_eq!(fixture.sweep(100).await, 1);
}

async fn limited(fixture: Arc<Fixture>) {
    for number in 0..7 {
        let retain = SECOND * (20 - u32::try_from(number).unwrap());
        fixture.end(retaining(retain, samples::small(number)), samples::success(3, 3)).await;
    }
    fixture.clock.advance(SECOND * 60);
    assert_eq!(fixture.sweep(3).await, 3);
    assert_eq!(fixture.sweep(3).await, 3);
    assert_eq!(fixture.sweep(3).await, 1);
    assert_eq!(fixture.sweep(3).await, 0);
}

async fn unfinished(fixture: Arc<Fixture>) {
    let waiting = fixture.admit(retaining(Duration::ZERO, samples::small(1))).await;
    let running = fixture.admit(retaining(Duration::ZERO, samples::small(2))).await;
    let running = fixture.claim(running.ticket()).await.job;
    fixture.clock.advance(DAY * 400);
    assert_eq!(fixture.sweep(100).await, 0);
    assert_eq!(fixture.found(waiting.id).await, waiting);
    assert_eq!(fixture.found(running.id).await, running);
}

async fn bodies(fixture: Arc<Fixture>) {
    let (body, _) = samples::body(2, 70_000);
    let blob = fixture.blobs().keep(body).await.unwrap().id;
    let new = NewJob { content: Some(Content::Stored(blob.into())), ..samples::full(1) };
    fixture.end(retaining(SECOND, new), AttemptOutcome::Failed(samples::failure())).await;
    assert!(fixture.blobs().open(blob).await.unwrap().is_some(), "it may be run again");
    fixture.clock.advance(SECOND * 2);
    assert_eq!(fixture.sweep(100).await, 1);
    assert!(fixture.blobs().open(blob).await.unwrap().is_none());
}

async fn orphans(fixture: Arc<Fixture>) {
    let (orphan, _) = samples::body(1, 70_000);
    let orphan = fixture.blobs().keep(orphan).await.unwrap().id;
    let (owned, _) = samples::body(1, 70_000);
    let owned = fixture.blobs().keep(owned).await.unwrap().id;
    fixture.admit(NewJob { content: Some(Content::Stored(owned.into())), ..samples::full(1) }).await;
    fixture.clock.advance(DAY - SECOND);
    fixture.sweep(100).await;
    assert!(fixture.blobs().open(orphan).await.unwrap().is_some(), "a day is left to own it");
    fixture.clock.advance(Duration::from_secs(2 * 3600));
    fixture.sweep(100).await;
    assert!(fixture.blobs().open(orphan).await.unwrap().is_none());
    assert!(fixture.blobs().open(owned).await.unwrap().is_some());
}
