//! What clients do to jobs: cancel, retry, delete.

use std::sync::Arc;

use tally_jobs::model::{Ending, Job};
use tally_jobs::ports::{Carried, Lookup, Settled};
use tally_jobs::state::{Order, State};
use tokio::task::JoinSet;

use super::{StoreCheck, done};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_waiting_job_is_cancelled", |g| Box::pin(cancel_waiting(g))),
    StoreCheck::new("a_running_job_is_cancelled_and_its_worker_fenced", |g| Box::pin(cancel_running(g))),
    StoreCheck::new("a_failed_or_cancelled_job_runs_again", |g| Box::pin(retry(g))),
    StoreCheck::new("a_deleted_job_is_gone_with_its_body", |g| Box::pin(delete(g))),
    StoreCheck::new("what_a_state_forbids_changes_nothing", |g| Box::pin(forbidden(g))),
    StoreCheck::new("orders_for_nothing_say_so", |g| Box::pin(for_nothing(g))),
    StoreCheck::new("either_the_end_or_the_cancel_wins", |g| Box::pin(end_or_cancel(g))),
];

impl Ground {
    async fn order(&self, id: tally_jobs::model::JobId, order: Order) -> Carried {
        self.store().amend(id, order, self.now()).await.unwrap()
    }

    async fn ended(&self, number: u64, ending: Ending) -> Job {
        let hold = self.running(number).await.job;
        match self.store().settle(&hold, ending, self.now()).await.unwrap() {
            Settled::Written(job) => job,
            Settled::Gone => panic!("the hold was over"),
        }
    }
}

async fn cancel_waiting(ground: Arc<Ground>) {
    let before = ground.admit(samples::text(1)).await;
    let (job, pending) = done(ground.order(before.id, Order::Cancel).await);
    assert_eq!((job.state, pending), (State::Cancelled, None));
    assert_eq!(job.finished_at, Some(ground.now()));
    assert_eq!(ground.found(job.id).await, job);
    assert!(ground.try_claim(before.ticket()).await.is_none());
    assert!(ground.try_claim(job.ticket()).await.is_none());
}

async fn cancel_running(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let (job, _) = done(ground.order(hold.id, Order::Cancel).await);
    assert_eq!((job.state, job.crashes, job.lease), (State::Cancelled, 0, None));
    let late = ground.store().settle(&hold, samples::success(3, 3), ground.now()).await.unwrap();
    assert!(matches!(late, Settled::Gone));
    ground.store().release(&hold, ground.now()).await.unwrap();
    assert_eq!(ground.found(hold.id).await, job);
}

async fn retry(ground: Arc<Ground>) {
    let failed = ground.ended(1, Ending::Failed(samples::failure())).await;
    let cancelled = ground.running(2).await.job;
    let (cancelled, _) = done(ground.order(cancelled.id, Order::Cancel).await);
    ground.clock.advance(super::SECOND);
    for ended in [failed, cancelled] {
        let (job, pending) = done(ground.order(ended.id, Order::Retry).await);
        assert_eq!((job.state, job.due_at, job.epoch), (State::Queued, ground.now(), ended.epoch));
        assert_eq!((job.finished_at, &job.failure), (None, &None));
        assert_eq!(ground.found(job.id).await, job);
        assert!(pending.is_none_or(|ticket| ticket == job.ticket()));
        assert!(ground.is_handed_out(job.ticket()).await);
        let hold = ground.claim(job.ticket()).await;
        assert!(hold.content.is_some(), "what was handed in was kept");
        let end = ground.store().settle(&hold.job, samples::success(3, 3), ground.now()).await.unwrap();
        assert!(matches!(end, Settled::Written(_)));
    }
}

async fn delete(ground: Arc<Ground>) {
    let waiting = ground.admit(samples::text(1)).await;
    let succeeded = ground.ended(2, samples::success(500, 5)).await;
    let failed = ground.ended(3, Ending::Failed(samples::failure())).await;
    for job in [waiting, succeeded, failed] {
        let (last, pending) = done(ground.order(job.id, Order::Delete).await);
        assert_eq!((last, pending), (job.clone(), None));
        assert_eq!(ground.catalogue().find(job.id).await.unwrap(), Lookup::Gone);
        assert_eq!(ground.catalogue().words(job.id).await.unwrap(), Lookup::Gone);
        assert!(ground.try_claim(job.ticket()).await.is_none());
        assert!(matches!(ground.order(job.id, Order::Delete).await, Carried::Gone));
    }
    let (body, _) = samples::body(1, 70_000);
    let blob = ground.blobs().keep(body).await.unwrap().id;
    let content = Some(tally_jobs::model::Content::Stored(blob));
    let job = ground.admit(tally_jobs::model::NewJob { content, ..samples::file(4) }).await;
    done(ground.order(job.id, Order::Delete).await);
    assert!(ground.blobs().open(blob).await.unwrap().is_none(), "its body went with it");
}

async fn forbidden(ground: Arc<Ground>) {
    let waiting = ground.admit(samples::text(1)).await;
    let running = ground.running(2).await.job;
    let succeeded = ground.ended(3, samples::success(3, 3)).await;
    let failed = ground.ended(4, Ending::Failed(samples::failure())).await;
    for (job, order) in [
        (&waiting, Order::Retry),
        (&running, Order::Retry),
        (&running, Order::Delete),
        (&succeeded, Order::Cancel),
        (&succeeded, Order::Retry),
        (&failed, Order::Cancel),
    ] {
        let carried = ground.order(job.id, order).await;
        assert!(matches!(&carried, Carried::Forbidden(now) if now == job), "{order:?}: {carried:?}");
        assert_eq!(ground.found(job.id).await, *job);
    }
}

async fn for_nothing(ground: Arc<Ground>) {
    for order in [Order::Cancel, Order::Retry, Order::Delete] {
        assert!(matches!(ground.order(samples::stranger(), order).await, Carried::Unknown));
    }
}

async fn end_or_cancel(ground: Arc<Ground>) {
    for number in 0..32 {
        let hold = ground.running(number).await.job;
        let mut tasks = JoinSet::new();
        let (ender, canceller, job) = (Arc::clone(&ground), Arc::clone(&ground), hold.clone());
        tasks.spawn(async move {
            let end = ender.store().settle(&job, samples::success(3, 3), ender.now()).await;
            matches!(end.unwrap(), Settled::Written(_))
        });
        tasks.spawn(
            async move { matches!(canceller.order(hold.id, Order::Cancel).await, Carried::Done { .. }) },
        );
        let won = tasks.join_all().await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    }
}
