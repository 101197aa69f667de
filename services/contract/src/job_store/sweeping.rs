//! Forgetting what is over.

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
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_job_is_forgotten_when_its_time_is_over", |g| Box::pin(in_its_time(g))),
    StoreCheck::new("a_key_stays_bound_for_a_day", |g| Box::pin(keyed(g))),
    StoreCheck::new("a_sweep_takes_no_more_than_it_may", |g| Box::pin(limited(g))),
    StoreCheck::new("what_has_not_ended_is_never_swept", |g| Box::pin(not_ended(g))),
    StoreCheck::new("bodies_go_with_their_jobs", |g| Box::pin(bodies(g))),
    StoreCheck::new("bodies_without_a_job_go_after_a_day", |g| Box::pin(orphans(g))),
];

const DAY: Duration = Duration::from_secs(24 * 3600);

fn retaining(retention: Duration, new: NewJob) -> NewJob {
    NewJob { options: JobOptions { retention, ..new.options.clone() }, ..new }
}

impl Ground {
    async fn sweep(&self, limit: usize) -> usize {
        self.store().sweep(self.now(), limit).await.unwrap()
    }

    async fn end(&self, new: NewJob, ending: AttemptOutcome) {
        let job = self.admit(new).await;
        let hold = self.claim(job.ticket()).await.job;
        self.store().complete(&hold, ending, self.now()).await.unwrap();
    }
}

async fn in_its_time(ground: Arc<Ground>) {
    ground.end(retaining(SECOND * 10, samples::small(1)), samples::success(500, 5)).await;
    ground.end(retaining(SECOND * 20, samples::at(2, "example.com", "/")), samples::success(3, 3)).await;
    ground.clock.advance(SECOND * 9);
    assert_eq!(ground.sweep(100).await, 0);
    ground.clock.advance(SECOND);
    assert_eq!(ground.sweep(100).await, 1);
    assert_eq!(ground.catalogue().find(&OwnerId::LOCAL, samples::id(1)).await.unwrap(), Lookup::Gone);
    assert_eq!(ground.attachment(samples::id(1)).await.unwrap(), Lookup::Gone);
    ground.found(samples::id(2)).await;
    assert_eq!(ground.sweep(100).await, 0);
}

async fn keyed(ground: Arc<Ground>) {
    ground.end(retaining(SECOND, samples::keyed(1, 7)), samples::success(3, 3)).await;
    let bound_until = samples::keyed(1, 7).created_at.after(DAY);
    ground.clock.jump_to(Timestamp::from_ms(bound_until.as_ms() - 1));
    assert_eq!(ground.sweep(100).await, 0);
    ground.clock.jump_to(bound_until);
    assert_eq!(ground.sweep(100).await, 1);
}

async fn limited(ground: Arc<Ground>) {
    for number in 0..7 {
        let retain = SECOND * (20 - u32::try_from(number).unwrap());
        ground.end(retaining(retain, samples::small(number)), samples::success(3, 3)).await;
    }
    ground.clock.advance(SECOND * 60);
    assert_eq!(ground.sweep(3).await, 3);
    assert_eq!(ground.sweep(3).await, 3);
    assert_eq!(ground.sweep(3).await, 1);
    assert_eq!(ground.sweep(3).await, 0);
}

async fn not_ended(ground: Arc<Ground>) {
    let waiting = ground.admit(retaining(Duration::ZERO, samples::small(1))).await;
    let running = ground.admit(retaining(Duration::ZERO, samples::small(2))).await;
    let running = ground.claim(running.ticket()).await.job;
    ground.clock.advance(DAY * 400);
    assert_eq!(ground.sweep(100).await, 0);
    assert_eq!(ground.found(waiting.id).await, waiting);
    assert_eq!(ground.found(running.id).await, running);
}

async fn bodies(ground: Arc<Ground>) {
    let (body, _) = samples::body(2, 70_000);
    let blob = ground.blobs().keep(body).await.unwrap().id;
    let new = NewJob { content: Some(Content::Stored(blob)), ..samples::full(1) };
    ground.end(retaining(SECOND, new), AttemptOutcome::Failed(samples::failure())).await;
    assert!(ground.blobs().open(blob).await.unwrap().is_some(), "it may be run again");
    ground.clock.advance(SECOND * 2);
    assert_eq!(ground.sweep(100).await, 1);
    assert!(ground.blobs().open(blob).await.unwrap().is_none());
}

async fn orphans(ground: Arc<Ground>) {
    let (orphan, _) = samples::body(1, 70_000);
    let orphan = ground.blobs().keep(orphan).await.unwrap().id;
    let (owned, _) = samples::body(1, 70_000);
    let owned = ground.blobs().keep(owned).await.unwrap().id;
    ground.admit(NewJob { content: Some(Content::Stored(owned)), ..samples::full(1) }).await;
    ground.clock.advance(DAY - SECOND);
    ground.sweep(100).await;
    assert!(ground.blobs().open(orphan).await.unwrap().is_some(), "a day is left to own it");
    ground.clock.advance(Duration::from_secs(2 * 3600));
    ground.sweep(100).await;
    assert!(ground.blobs().open(orphan).await.unwrap().is_none());
    assert!(ground.blobs().open(owned).await.unwrap().is_some());
}
