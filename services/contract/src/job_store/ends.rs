//! Ending attempts: once, by who holds the job, with everything that was found.

use std::sync::Arc;

use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::model::{Content, Ending, Job, NewJob};
use tally_jobs::ports::{Lookup, Settled};
use tally_jobs::state::State;

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_success_keeps_everything_that_was_found", |g| Box::pin(success(g))),
    StoreCheck::new("a_histogram_is_kept_whole_and_shown_in_part", |g| Box::pin(histogram(g))),
    StoreCheck::new("a_failure_keeps_its_reason", |g| Box::pin(failed(g))),
    StoreCheck::new("a_retry_waits_for_its_time", |g| Box::pin(retried(g))),
    StoreCheck::new("a_retry_keeps_what_was_handed_in", |g| Box::pin(content_stays(g))),
    StoreCheck::new("an_attempt_ends_once", |g| Box::pin(once(g))),
    StoreCheck::new("only_who_holds_a_job_ends_it", |g| Box::pin(only_the_holder(g))),
];

fn written(settled: Settled) -> Job {
    match settled {
        Settled::Written(job) => job,
        Settled::Gone => panic!("the hold was over"),
    }
}

async fn success(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    ground.clock.advance(SECOND);
    let findings = samples::findings(40, 12);
    let job = written(ground.store().settle(&hold, samples::success(40, 12), ground.now()).await.unwrap());
    let mut expected = hold;
    expected.state = State::Succeeded;
    expected.crashes = 0;
    expected.lease = None;
    expected.finished_at = Some(ground.now());
    let words = findings.histogram();
    expected.report = Some(findings.report);
    assert_eq!(job, expected);
    assert_eq!(ground.found(job.id).await, expected);
    assert_eq!(ground.catalogue().words(job.id).await.unwrap(), Lookup::Found(Some(words)));
}

async fn histogram(ground: Arc<Ground>) {
    for (number, words, top) in [(1, 5_000, 10), (2, 0, 100), (3, 50, 0), (4, 100, 100), (5, 3, 100)] {
        let hold = ground.running(number).await.job;
        assert_eq!(ground.catalogue().words(hold.id).await.unwrap(), Lookup::Found(None));
        let findings = samples::findings(words, top);
        ground.store().settle(&hold, samples::success(words, top), ground.now()).await.unwrap();
        let shown = ground.found(hold.id).await.report.unwrap().top_words.clone();
        assert_eq!(shown.iter().collect::<Vec<_>>(), findings.histogram().top(top));
        let kept = ground.catalogue().words(hold.id).await.unwrap();
        assert_eq!(kept, Lookup::Found(Some(findings.histogram())));
    }
}

async fn failed(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let reason = Failure::new(FailureKind::SourceRefused, "it said 404: \"not\\here\"");
    let job =
        written(ground.store().settle(&hold, Ending::Failed(reason.clone()), ground.now()).await.unwrap());
    assert_eq!((job.state, &job.failure), (State::Failed, &Some(reason)));
    assert_eq!(job.finished_at, Some(ground.now()));
    assert_eq!(ground.found(job.id).await, job);
    assert_eq!(ground.catalogue().words(job.id).await.unwrap(), Lookup::Found(None));
}

async fn retried(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let at = later(ground.now(), 30);
    let retry = Ending::Retry { failure: samples::failure(), at };
    let job = written(ground.store().settle(&hold, retry, ground.now()).await.unwrap());
    assert_eq!((job.state, job.due_at, job.crashes), (State::Queued, at, 0));
    assert_eq!((job.lease, job.finished_at), (None, None));
    assert_eq!(job.failure, Some(samples::failure()));
    assert_eq!(ground.found(job.id).await, job);
    ground.clock.advance(SECOND * 30);
    let again = ground.claim(job.ticket()).await.job;
    assert_eq!(again.failure, Some(samples::failure()), "the last failure is told while it runs");
    let end = written(ground.store().settle(&again, samples::success(3, 3), ground.now()).await.unwrap());
    assert_eq!(end.failure, None);
    assert_eq!(ground.found(job.id).await, end);
}

async fn content_stays(ground: Arc<Ground>) {
    let (body, _) = samples::body(1, 70_000);
    let blob = ground.blobs().keep(body).await.unwrap().id;
    for content in [Content::Inline("small".into()), Content::Stored(blob)] {
        let number = if matches!(content, Content::Stored(_)) { 1 } else { 2 };
        let job = ground.admit(NewJob { content: Some(content.clone()), ..samples::file(number) }).await;
        let first = ground.claim(job.ticket()).await.job;
        let retry = Ending::Retry { failure: samples::failure(), at: ground.now() };
        let waiting = written(ground.store().settle(&first, retry, ground.now()).await.unwrap());
        assert!(ground.is_handed_out(waiting.ticket()).await, "due at once");
        assert_eq!(ground.claim(waiting.ticket()).await.content, Some(content));
    }
    assert!(ground.blobs().open(blob).await.unwrap().is_some());
}

async fn once(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let end = written(ground.store().settle(&hold, samples::success(9, 9), ground.now()).await.unwrap());
    for ending in [samples::success(3, 3), Ending::Failed(samples::failure())] {
        let again = ground.store().settle(&hold, ending, ground.now()).await.unwrap();
        assert!(matches!(again, Settled::Gone), "{again:?}");
    }
    assert_eq!(ground.found(hold.id).await, end);
}

async fn only_the_holder(ground: Arc<Ground>) {
    let waiting = ground.admit(samples::text(1)).await;
    let stranger = samples::text(9).into_job();
    for job in [waiting.clone(), Job { epoch: 1, state: State::Running, ..waiting.clone() }, stranger] {
        let settled = ground.store().settle(&job, samples::success(3, 3), ground.now()).await.unwrap();
        assert!(matches!(settled, Settled::Gone), "{settled:?}");
    }
    assert_eq!(ground.found(waiting.id).await, waiting);
}
