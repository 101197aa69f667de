//! AttemptOutcome attempts: once, by who holds the job, with everything that was found.

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
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_success_keeps_everything_that_was_found", |g| Box::pin(success(g))),
    StoreCheck::new("a_histogram_is_kept_whole_and_shown_in_part", |g| Box::pin(attachments(g))),
    StoreCheck::new("a_failure_keeps_its_reason", |g| Box::pin(failed(g))),
    StoreCheck::new("a_retry_waits_for_its_time", |g| Box::pin(retried(g))),
    StoreCheck::new("a_retry_keeps_what_was_handed_in", |g| Box::pin(content_stays(g))),
    StoreCheck::new("an_attempt_ends_once", |g| Box::pin(once(g))),
    StoreCheck::new("only_who_holds_a_job_ends_it", |g| Box::pin(only_the_holder(g))),
];

fn written(settled: CompleteResult) -> Job {
    match settled {
        CompleteResult::Written(job) => job,
        CompleteResult::Fenced => panic!("the hold was over"),
    }
}

async fn success(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    ground.clock.advance(SECOND);
    let job = written(ground.store().complete(&hold, samples::success(40, 12), ground.now()).await.unwrap());
    let output = samples::output(40, 12);
    let mut expected = hold.clone();
    expected.state = JobState::Succeeded;
    expected.crashes = 0;
    expected.lease = None;
    expected.event_seq = 3;
    expected.finished_at = Some(ground.now());
    expected.parts = Parts { summary: output.summary, detail: output.detail, ..hold.parts };
    let ended = Some((ground.now(), AttemptEnd::Succeeded));
    expected.history = History::of(vec![AttemptRecord { ended, ..hold.history.attempts()[0].clone() }]);
    assert_eq!(job, expected);
    assert_eq!(ground.found(job.id).await, expected);
    let attachment = output.attachments.into_iter().next().map(|one| one.bytes);
    assert_eq!(ground.attachment(job.id).await.unwrap(), Lookup::Found(attachment));
}

async fn attachments(ground: Arc<Ground>) {
    for (number, words, top) in [(1, 5_000, 10), (2, 0, 100), (3, 50, 0), (4, 100, 100), (5, 3, 100)] {
        let hold = ground.running(number).await.job;
        assert_eq!(ground.attachment(hold.id).await.unwrap(), Lookup::Found(None));
        let output = samples::output(words, top);
        ground.store().complete(&hold, samples::success(words, top), ground.now()).await.unwrap();
        assert_eq!(ground.found(hold.id).await.parts.detail, output.detail);
        let attachment = output.attachments.into_iter().next().map(|one| one.bytes);
        assert_eq!(ground.attachment(hold.id).await.unwrap(), Lookup::Found(attachment));
    }
}

async fn failed(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let reason = Failure::new(FailureType::CONTENT_LOST, "it said 404: \"not\\here\"");
    let job = written(
        ground.store().complete(&hold, AttemptOutcome::Failed(reason.clone()), ground.now()).await.unwrap(),
    );
    assert_eq!((job.state, &job.failure), (JobState::Failed, &Some(reason)));
    assert_eq!(job.finished_at, Some(ground.now()));
    assert_eq!(ground.found(job.id).await, job);
    assert_eq!(ground.attachment(job.id).await.unwrap(), Lookup::Found(None));
}

async fn retried(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let at = later(ground.now(), 30);
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
    let job = written(ground.store().complete(&hold, retry, ground.now()).await.unwrap());
    assert_eq!((job.state, job.due_at, job.crashes), (JobState::Queued, at, 0));
    assert_eq!((job.lease, job.finished_at), (None, None));
    assert_eq!(job.failure, Some(samples::failure()));
    assert_eq!(ground.found(job.id).await, job);
    ground.clock.advance(SECOND * 30);
    let again = ground.claim(job.ticket()).await.job;
    assert_eq!(again.failure, Some(samples::failure()), "the last failure is told while it runs");
    let end = written(ground.store().complete(&again, samples::success(3, 3), ground.now()).await.unwrap());
    assert_eq!(end.failure, None);
    assert_eq!(ground.found(job.id).await, end);
}

async fn content_stays(ground: Arc<Ground>) {
    let (body, _) = samples::body(1, 70_000);
    let blob = ground.blobs().keep(body).await.unwrap().id;
    for content in [Content::Inline("small".into()), Content::Stored(blob)] {
        let number = if matches!(content, Content::Stored(_)) { 1 } else { 2 };
        let job = ground.admit(NewJob { content: Some(content.clone()), ..samples::full(number) }).await;
        let first = ground.claim(job.ticket()).await.job;
        let retry = AttemptOutcome::Retry { failure: samples::failure(), at: ground.now() };
        let waiting = written(ground.store().complete(&first, retry, ground.now()).await.unwrap());
        assert!(ground.is_handed_out(waiting.ticket()).await, "due at once");
        assert_eq!(ground.claim(waiting.ticket()).await.content, Some(content));
    }
    assert!(ground.blobs().open(blob).await.unwrap().is_some());
}

async fn once(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let end = written(ground.store().complete(&hold, samples::success(9, 9), ground.now()).await.unwrap());
    for ending in [samples::success(3, 3), AttemptOutcome::Failed(samples::failure())] {
        let again = ground.store().complete(&hold, ending, ground.now()).await.unwrap();
        assert!(matches!(again, CompleteResult::Fenced), "{again:?}");
    }
    assert_eq!(ground.found(hold.id).await, end);
}

async fn only_the_holder(ground: Arc<Ground>) {
    let waiting = ground.admit(samples::small(1)).await;
    let stranger = samples::small(9).into_job();
    for job in [waiting.clone(), Job { epoch: 1, state: JobState::Running, ..waiting.clone() }, stranger] {
        let settled = ground.store().complete(&job, samples::success(3, 3), ground.now()).await.unwrap();
        assert!(matches!(settled, CompleteResult::Fenced), "{settled:?}");
    }
    assert_eq!(ground.found(waiting.id).await, waiting);
}
