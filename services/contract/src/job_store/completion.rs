//! Completing attempts: once, by the worker that claimed the job, with the whole outcome.

use std::sync::Arc;

use tally_jobs::content::Content;
use tally_jobs::failure::{Failure, FailureType};
use tally_jobs::history::{AttemptEnd, AttemptRecord, History};
use tally_jobs::parts::Parts;
use tally_jobs::ports::{CompleteResult, Lookup};
use tally_jobs::record::{Job, NewJob};
use tally_jobs::state::{AttemptOutcome, JobState};

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_success_keeps_the_whole_outcome", |g| Box::pin(success(g))),
    StoreCheck::new("an_attachment_is_kept_whole", |g| Box::pin(attachments(g))),
    StoreCheck::new("a_failure_keeps_its_reason", |g| Box::pin(failed(g))),
    StoreCheck::new("a_retry_waits_until_it_is_due", |g| Box::pin(retried(g))),
    StoreCheck::new("a_retry_keeps_the_submitted_content", |g| Box::pin(content_stays(g))),
    StoreCheck::new("an_attempt_ends_once", |g| Box::pin(once(g))),
    StoreCheck::new("only_the_worker_with_the_claim_completes_a_job", |g| Box::pin(only_the_claimer(g))),
];

fn written(settled: CompleteResult) -> Job {
    match settled {
        CompleteResult::Written(job) => job,
        CompleteResult::Fenced => panic!("the hold was over"),
    }
}

async fn success(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    fixture.clock.advance(SECOND);
    let job =
        written(fixture.store().complete(&hold, samples::success(40, 12), fixture.now()).await.unwrap());
    let output = samples::output(40, 12);
    let mut expected = hold.clone();
    expected.state = JobState::Succeeded;
    expected.crashes = 0;
    expected.lease = None;
    expected.event_seq = 3;
    expected.finished_at = Some(fixture.now());
    expected.parts = Parts { summary: output.summary, detail: output.detail, ..hold.parts };
    let ended = Some((fixture.now(), AttemptEnd::Succeeded));
    expected.history = History::of(vec![AttemptRecord { ended, ..hold.history.attempts()[0].clone() }]);
    assert_eq!(job, expected);
    assert_eq!(fixture.found(job.id).await, expected);
    let attachment = output.attachments.into_iter().next().map(|one| one.bytes);
    assert_eq!(fixture.attachment(job.id).await.unwrap(), Lookup::Found(attachment));
}

async fn attachments(fixture: Arc<Fixture>) {
    for (number, words, top) in [(1, 5_000, 10), (2, 0, 100), (3, 50, 0), (4, 100, 100), (5, 3, 100)] {
        let hold = fixture.running(number).await.job;
        assert_eq!(fixture.attachment(hold.id).await.unwrap(), Lookup::Found(None));
        let output = samples::output(words, top);
        fixture.store().complete(&hold, samples::success(words, top), fixture.now()).await.unwrap();
        assert_eq!(fixture.found(hold.id).await.parts.detail, output.detail);
        let attachment = output.attachments.into_iter().next().map(|one| one.bytes);
        assert_eq!(fixture.attachment(hold.id).await.unwrap(), Lookup::Found(attachment));
    }
}

async fn failed(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    let reason = Failure::new(FailureType::CONTENT_LOST, "it said 404: \"not\\here\"");
    let job = written(
        fixture.store().complete(&hold, AttemptOutcome::Failed(reason.clone()), fixture.now()).await.unwrap(),
    );
    assert_eq!((job.state, &job.failure), (JobState::Failed, &Some(reason)));
    assert_eq!(job.finished_at, Some(fixture.now()));
    assert_eq!(fixture.found(job.id).await, job);
    assert_eq!(fixture.attachment(job.id).await.unwrap(), Lookup::Found(None));
}

async fn retried(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    let at = later(fixture.now(), 30);
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
    let job = written(fixture.store().complete(&hold, retry, fixture.now()).await.unwrap());
    assert_eq!((job.state, job.due_at, job.crashes), (JobState::Queued, at, 0));
    assert_eq!((job.lease, job.finished_at), (None, None));
    assert_eq!(job.failure, Some(samples::failure()));
    assert_eq!(fixture.found(job.id).await, job);
    fixture.clock.advance(SECOND * 30);
    let again = fixture.claim(job.ticket()).await.job;
    assert_eq!(again.failure, Some(samples::failure()), "the last failure is told while it runs");
    let end = written(fixture.store().complete(&again, samples::success(3, 3), fixture.now()).await.unwrap());
    assert_eq!(end.failure, None);
    assert_eq!(fixture.found(job.id).await, end);
}

async fn content_stays(fixture: Arc<Fixture>) {
    let (body, _) = samples::body(1, 70_000);
    let blob = fixture.blobs().keep(body).await.unwrap().id;
    for content in [Content::Inline("small".into()), Content::Stored(blob.into())] {
        let number = if matches!(content, Content::Stored(_)) { 1 } else { 2 };
        let job = fixture.admit(NewJob { content: Some(content.clone()), ..samples::full(number) }).await;
        let first = fixture.claim(job.ticket()).await.job;
        let retry = AttemptOutcome::Retry { failure: samples::failure(), at: fixture.now() };
        let waiting = written(fixture.store().complete(&first, retry, fixture.now()).await.unwrap());
        assert!(fixture.is_published(waiting.ticket()).await, "due at once");
        assert_eq!(fixture.claim(waiting.ticket()).await.content, Some(content));
    }
    assert!(fixture.blobs().open(blob).await.unwrap().is_some());
}

async fn once(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    let end = written(fixture.store().complete(&hold, samples::success(9, 9), fixture.now()).await.unwrap());
    for ending in [samples::success(3, 3), AttemptOutcome::Failed(samples::failure())] {
        let again = fixture.store().complete(&hold, ending, fixture.now()).await.unwrap();
        assert!(matches!(again, CompleteResult::Fenced), "{again:?}");
    }
    assert_eq!(fixture.found(hold.id).await, end);
}

async fn only_the_claimer(fixture: Arc<Fixture>) {
    let waiting = fixture.admit(samples::small(1)).await;
    let stranger = samples::small(9).into_job();
    for job in [waiting.clone(), Job { epoch: 1, state: JobState::Running, ..waiting.clone() }, stranger] {
        let settled = fixture.store().complete(&job, samples::success(3, 3), fixture.now()).await.unwrap();
        assert!(matches!(settled, CompleteResult::Fenced), "{settled:?}");
    }
    assert_eq!(fixture.found(waiting.id).await, waiting);
}
