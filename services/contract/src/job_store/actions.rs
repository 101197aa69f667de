//! What clients do to jobs: cancel, retry, delete.

use std::sync::Arc;

use tally_jobs::ports::{ActionResult, CompleteResult, Lookup};
use tally_jobs::record::Job;
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::OwnerId;
use tokio::task::JoinSet;

use super::{StoreCheck, done};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_waiting_job_is_cancelled", |g| Box::pin(cancel_waiting(g))),
    StoreCheck::new("a_running_job_is_cancelled_and_its_worker_fenced", |g| Box::pin(cancel_running(g))),
    StoreCheck::new("a_failed_or_cancelled_job_runs_again", |g| Box::pin(retry(g))),
    StoreCheck::new("a_deleted_job_is_gone_with_its_body", |g| Box::pin(delete(g))),
    StoreCheck::new("a_forbidden_action_changes_nothing", |g| Box::pin(forbidden(g))),
    StoreCheck::new("actions_on_unknown_jobs_say_so", |g| Box::pin(unknown(g))),
    StoreCheck::new("either_the_completion_or_the_cancel_wins", |g| Box::pin(complete_or_cancel(g))),
];

impl Fixture {
    async fn order(&self, id: tally_jobs::id::JobId, order: JobAction) -> ActionResult {
        self.store().apply(&OwnerId::LOCAL, id, order, self.now()).await.unwrap()
    }

    async fn ended(&self, number: u64, ending: AttemptOutcome) -> Job {
        let hold = self.running(number).await.job;
        match self.store().complete(&hold, ending, self.now()).await.unwrap() {
            CompleteResult::Written(job) => job,
            CompleteResult::Fenced => panic!("the hold was over"),
        }
    }
}

async fn cancel_waiting(fixture: Arc<Fixture>) {
    let before = fixture.admit(samples::small(1)).await;
    let (job, pending) = done(fixture.order(before.id, JobAction::Cancel).await);
    assert_eq!((job.state, pending), (JobState::Cancelled, None));
    assert_eq!(job.finished_at, Some(fixture.now()));
    assert_eq!(fixture.found(job.id).await, job);
    assert!(fixture.try_claim(before.ticket()).await.is_none());
    assert!(fixture.try_claim(job.ticket()).await.is_none());
}

async fn cancel_running(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    let (job, _) = done(fixture.order(hold.id, JobAction::Cancel).await);
    assert_eq!((job.state, job.crashes, job.lease), (JobState::Cancelled, 0, None));
    let late = fixture.store().complete(&hold, samples::success(3, 3), fixture.now()).await.unwrap();
    assert!(matches!(late, CompleteResult::Fenced));
    fixture.store().release(&hold, fixture.now()).await.unwrap();
    assert_eq!(fixture.found(hold.id).await, job);
}

async fn retry(fixture: Arc<Fixture>) {
    let failed = fixture.ended(1, AttemptOutcome::Failed(samples::failure())).await;
    let cancelled = fixture.running(2).await.job;
    let (cancelled, _) = done(fixture.order(cancelled.id, JobAction::Cancel).await);
    fixture.clock.advance(super::SECOND);
    for ended in [failed, cancelled] {
        let (job, pending) = done(fixture.order(ended.id, JobAction::Retry).await);
        assert_eq!((job.state, job.due_at, job.epoch), (JobState::Queued, fixture.now(), ended.epoch));
        assert_eq!((job.finished_at, &job.failure), (None, &None));
        assert_eq!(fixture.found(job.id).await, job);
        assert!(pending.is_none_or(|ticket| ticket == job.ticket()));
        assert!(fixture.is_published(job.ticket()).await);
        let hold = fixture.claim(job.ticket()).await;
        assert!(hold.content.is_some(), "what was handed in was kept");
        let end = fixture.store().complete(&hold.job, samples::success(3, 3), fixture.now()).await.unwrap();
        assert!(matches!(end, CompleteResult::Written(_)));
    }
}

async fn delete(fixture: Arc<Fixture>) {
    let waiting = fixture.admit(samples::small(1)).await;
    let succeeded = fixture.ended(2, samples::success(500, 5)).await;
    let failed = fixture.ended(3, AttemptOutcome::Failed(samples::failure())).await;
    for job in [waiting, succeeded, failed] {
        let (last, pending) = done(fixture.order(job.id, JobAction::Delete).await);
        assert_eq!((last, pending), (job.clone(), None));
        assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, job.id).await.unwrap(), Lookup::Gone);
        assert_eq!(fixture.attachment(job.id).await.unwrap(), Lookup::Gone);
        assert!(fixture.try_claim(job.ticket()).await.is_none());
        assert!(matches!(fixture.order(job.id, JobAction::Delete).await, ActionResult::Gone));
    }
    let (body, _) = samples::body(1, 70_000);
    let blob = fixture.blobs().keep(body).await.unwrap().id;
    let content = Some(tally_jobs::content::Content::Stored(blob.into()));
    let job = fixture.admit(tally_jobs::record::NewJob { content, ..samples::full(4) }).await;
    done(fixture.order(job.id, JobAction::Delete).await);
    assert!(fixture.blobs().open(blob).await.unwrap().is_none(), "its body went with it");
}

async fn forbidden(fixture: Arc<Fixture>) {
    let waiting = fixture.admit(samples::small(1)).await;
    let running = fixture.running(2).await.job;
    let succeeded = fixture.ended(3, samples::success(3, 3)).await;
    let failed = fixture.ended(4, AttemptOutcome::Failed(samples::failure())).await;
    for (job, order) in [
        (&waiting, JobAction::Retry),
        (&running, JobAction::Retry),
        (&running, JobAction::Delete),
        (&succeeded, JobAction::Cancel),
        (&succeeded, JobAction::Retry),
        (&failed, JobAction::Cancel),
    ] {
        let carried = fixture.order(job.id, order).await;
        assert!(matches!(&carried, ActionResult::Forbidden(now) if now == job), "{order:?}: {carried:?}");
        assert_eq!(fixture.found(job.id).await, *job);
    }
}

async fn unknown(fixture: Arc<Fixture>) {
    for order in [JobAction::Cancel, JobAction::Retry, JobAction::Delete] {
        assert!(matches!(fixture.order(samples::stranger(), order).await, ActionResult::Unknown));
    }
}

async fn complete_or_cancel(fixture: Arc<Fixture>) {
    for number in 0..32 {
        let hold = fixture.running(number).await.job;
        let mut tasks = JoinSet::new();
        let (ender, canceller, job) = (Arc::clone(&fixture), Arc::clone(&fixture), hold.clone());
        tasks.spawn(async move {
            let end = ender.store().complete(&job, samples::success(3, 3), ender.now()).await;
            matches!(end.unwrap(), CompleteResult::Written(_))
        });
        tasks.spawn(async move {
            matches!(canceller.order(hold.id, JobAction::Cancel).await, ActionResult::Done { .. })
        });
        let won = tasks.join_all().await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    }
}
