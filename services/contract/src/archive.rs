//! The contract of every archive: a job is imported as it was exported, once.

use std::future::Future;
use std::sync::Arc;

use tally_jobs::content::Content;
use tally_jobs::export::ExportedJob;
use tally_jobs::export::Tombstone;
use tally_jobs::ports::{JobArchive, Lookup};
use tally_jobs::record::Job;
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::OwnerId;

use crate::doubles::HandClock;
use crate::samples;
use crate::suite::{Check, Fixture, StoreFixture, run_all};

/// Two stores, each with its archive.
struct Journey {
    from: Fixture,
    exports: Arc<dyn JobArchive>,
    to: Fixture,
    imports: Arc<dyn JobArchive>,
}

/// Runs every check, each between two stores that `make` makes with the clock it is given.
pub async fn archive<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = (StoreFixture, Arc<dyn JobArchive>)>,
{
    let checks: &[Check<Journey>] = &[
        Check::new("imports_every_job_as_it_was_exported", |j| Box::pin(as_exported(j))),
        Check::new("imports_a_job_once", |j| Box::pin(once(j))),
        Check::new("an_imported_waiting_job_runs", |j| Box::pin(runs(j))),
        Check::new("does_not_import_a_job_that_was_deleted_here", |j| Box::pin(forgotten(j))),
        Check::new("exports_in_the_order_of_ids", |j| Box::pin(pages(j))),
        Check::new("exports_and_imports_tombstones", |j| Box::pin(tombstones(j))),
    ];
    run_all(checks, || async {
        let clock = Arc::new(HandClock::default());
        let (from, exports) = make(Arc::clone(&clock)).await;
        let (to, imports) = make(Arc::clone(&clock)).await;
        let (from, to) = (Fixture { stores: from, clock: Arc::clone(&clock) }, Fixture { stores: to, clock });
        Journey { from, exports, to, imports }
    })
    .await;
}

impl Journey {
    /// A job of every kind, in every state.
    async fn populate(&self) {
        let from = &self.from;
        from.put(samples::keyed(1, 7)).await;
        from.put(samples::at(2, "example.com", "/a")).await;
        from.running(3).await;
        from.put_and_end(samples::full(4), samples::success(500, 5)).await;
        from.put_and_end(samples::small(5), samples::success(0, 5)).await;
        from.put_and_end(samples::small(6), AttemptOutcome::Failed(samples::failure())).await;
        let retried = AttemptOutcome::Retry {
            failure: samples::failure(),
            at: from.now().after(std::time::Duration::from_secs(60)),
        };
        from.put_and_end(samples::at(7, "example.com", "/b"), retried).await;
        from.put(samples::small(8)).await;
        from.store().apply(&OwnerId::LOCAL, samples::id(8), JobAction::Cancel, from.now()).await.unwrap();
    }

    async fn move_all(&self) -> Vec<ExportedJob> {
        let jobs = self.exports.export(None, 100).await.unwrap();
        for exported in jobs.clone() {
            assert!(self.imports.import(exported).await.unwrap());
        }
        jobs
    }
}

async fn as_exported(journey: Arc<Journey>) {
    journey.populate().await;
    let jobs = journey.move_all().await;
    assert_eq!(jobs.len(), 8);
    for ExportedJob { job, content, .. } in &jobs {
        let left = journey.from.found(job.id).await;
        let expected = left.clone().released(left.epoch, journey.from.now()).unwrap_or(left);
        assert_eq!(*job, expected);
        assert_eq!(journey.to.found(job.id).await, expected);
        assert_eq!(content.is_some(), job.state != JobState::Succeeded && job.content_bytes > 0, "{job:?}");
        let words = journey.from.attachment(job.id).await.unwrap();
        assert_eq!(journey.to.attachment(job.id).await.unwrap(), words);
    }
    assert_eq!(journey.imports.export(None, 100).await.unwrap(), jobs, "and so it would leave again");
}

async fn once(journey: Arc<Journey>) {
    journey.populate().await;
    let jobs = journey.move_all().await;
    let hold = journey.to.claim(jobs[0].job.ticket()).await;
    for exported in jobs {
        assert!(!journey.imports.import(exported).await.unwrap());
    }
    assert_eq!(journey.to.found(hold.job.id).await, hold.job, "what happened since stands");
}

async fn runs(journey: Arc<Journey>) {
    journey.from.put(samples::small(1)).await;
    let [exported] = &journey.move_all().await[..] else { panic!("one job") };
    let due = journey.to.store().overdue(journey.to.now(), 10).await.unwrap();
    assert_eq!(due.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [exported.job.id]);
    let hold = journey.to.claim(due[0]).await;
    assert!(matches!(&hold.content, Some(Content::Inline(_))), "{hold:?}");
    assert_eq!(hold.content, exported.content);
    journey.to.store().complete(&hold.job, samples::success(3, 3), journey.to.now()).await.unwrap();
    let Job { state, .. } = journey.to.found(hold.job.id).await;
    assert_eq!(state, JobState::Succeeded);
}

async fn forgotten(journey: Arc<Journey>) {
    journey.from.put_and_end(samples::small(1), samples::success(3, 3)).await;
    let [exported] = &journey.move_all().await[..] else { panic!("one job") };
    journey
        .to
        .store()
        .apply(&OwnerId::LOCAL, exported.job.id, JobAction::Delete, journey.to.now())
        .await
        .unwrap();
    assert!(!journey.imports.import(exported.clone()).await.unwrap());
    assert_eq!(journey.to.catalogue().find(&OwnerId::LOCAL, exported.job.id).await.unwrap(), Lookup::Gone);
}

async fn pages(journey: Arc<Journey>) {
    for number in [5, 3, 1, 4, 2] {
        journey.from.put(samples::small(number)).await;
    }
    let (mut after, mut ids) = (None, Vec::new());
    loop {
        let page = journey.exports.export(after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.job.id);
        ids.extend(page.iter().map(|exported| exported.job.id));
    }
    assert_eq!(ids, [1, 2, 3, 4, 5].map(samples::id));
}

async fn tombstones(journey: Arc<Journey>) {
    for number in [3, 1, 2] {
        journey.from.put(samples::small(number)).await;
        let now = journey.from.now();
        journey
            .from
            .store()
            .apply(&OwnerId::LOCAL, samples::id(number), JobAction::Delete, now)
            .await
            .unwrap();
    }
    let first = journey.exports.export_tombstones(None, 2).await.unwrap();
    let rest = journey.exports.export_tombstones(Some(first[1].id), 2).await.unwrap();
    let all: Vec<Tombstone> = [first, rest].concat();
    assert_eq!(all.iter().map(|one| one.id).collect::<Vec<_>>(), [1, 2, 3].map(samples::id));
    journey.to.put(samples::small(2)).await;
    for tombstone in &all {
        let is_new = tombstone.id != samples::id(2);
        assert_eq!(journey.imports.import_tombstone(*tombstone).await.unwrap(), is_new);
        assert!(!journey.imports.import_tombstone(*tombstone).await.unwrap(), "it is known now");
    }
    let found =
        async |number| journey.to.catalogue().find(&OwnerId::LOCAL, samples::id(number)).await.unwrap();
    assert_eq!(found(1).await, Lookup::Gone);
    assert!(matches!(found(2).await, Lookup::Found(_)));
    let arrived = journey.imports.export_tombstones(None, 10).await.unwrap();
    assert_eq!(arrived, [all[0], all[2]]);
}
