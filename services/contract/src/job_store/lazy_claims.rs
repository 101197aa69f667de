//! Lazy claims of small jobs: the claim may stay unwritten; everything else is the same.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;
use tally_jobs::ports::{CompleteResult, JobQuery, Lookup, StillHeld};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::{Lease, OwnerId, Page};

use super::{SECOND, StoreCheck, done, later};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_lazy_claim_holds_the_job", |g| Box::pin(held(g))),
    StoreCheck::new("one_of_two_lazy_claims_completes", |g| Box::pin(one_end(g))),
    StoreCheck::new("actions_fence_a_lazy_claim", |g| Box::pin(fenced(g))),
    StoreCheck::new("renewing_a_lazy_claim_writes_it", |g| Box::pin(renewed(g))),
    StoreCheck::new("a_lazy_claim_is_released_uncharged", |g| Box::pin(released(g))),
    StoreCheck::new("a_failed_lazy_claim_is_retried", |g| Box::pin(failed(g))),
    StoreCheck::new("a_redelivered_ticket_is_claimed_and_charged", |g| Box::pin(redelivered(g))),
    StoreCheck::new("a_batch_of_completions_is_found_listed_and_swept", |g| Box::pin(crowd(g))),
    StoreCheck::new("one_fenced_job_of_a_batch_is_fenced_alone", |g| Box::pin(fenced_alone(g))),
];

impl Fixture {
    async fn take(&self, ticket: Ticket, who: &str) -> Option<ClaimedJob> {
        self.store().claim_lazily(ticket, &samples::worker(who), self.now()).await.expect("claim lazily")
    }

    async fn taken(&self, new: NewJob) -> Job {
        let job = self.admit(new).await;
        self.take(job.ticket(), "suite").await.expect("the ticket may be taken").job
    }

    async fn succeed(&self, hold: &Job) -> CompleteResult {
        self.store().complete(hold, samples::success(5, 3), self.now()).await.expect("complete")
    }
}

async fn held(fixture: Arc<Fixture>) {
    for new in [samples::small(1), samples::keyed(2, 1), samples::full(3), samples::at(4, "example.com", "/")]
    {
        let (content, mut expected) = (new.content.clone(), fixture.admit(new).await);
        fixture.clock.advance(SECOND);
        let hold = fixture.take(expected.ticket(), "suite").await.unwrap();
        let lease = Lease::from(fixture.now());
        expected = expected
            .clone()
            .claimed(expected.ticket(), &samples::worker("suite"), fixture.now(), lease)
            .unwrap();
        assert_eq!((expected.state, expected.epoch, expected.attempts), (JobState::Running, 1, 1));
        assert_eq!(hold.job, expected);
        assert_eq!(hold.content, content);
        assert!(matches!(fixture.succeed(&hold.job).await, CompleteResult::Written(_)));
        assert!(matches!(fixture.succeed(&hold.job).await, CompleteResult::Fenced));
        let found = fixture.found(hold.job.id).await;
        assert_eq!((found.state, found.attempts, found.crashes, found.epoch), (JobState::Succeeded, 1, 0, 1));
        assert!(fixture.take(hold.job.ticket(), "suite").await.is_none());
    }
}

async fn one_end(fixture: Arc<Fixture>) {
    for number in 0..8 {
        let ticket = fixture.admit(samples::small(number)).await.ticket();
        let takes = (0..4).map(|who| fixture.take(ticket, ["a", "b", "c", "d"][who]));
        let holds: Vec<ClaimedJob> = join_all(takes).await.into_iter().flatten().collect();
        assert!(!holds.is_empty());
        let ends = join_all(holds.iter().map(|hold| fixture.succeed(&hold.job))).await;
        assert_eq!(ends.iter().filter(|end| matches!(end, CompleteResult::Written(_))).count(), 1);
        assert_eq!(fixture.found(ticket.id).await.state, JobState::Succeeded);
    }
}

async fn fenced(fixture: Arc<Fixture>) {
    let cancelled = fixture.taken(samples::small(1)).await;
    done(
        fixture.store().apply(&OwnerId::LOCAL, cancelled.id, JobAction::Cancel, fixture.now()).await.unwrap(),
    );
    assert!(matches!(fixture.succeed(&cancelled).await, CompleteResult::Fenced));
    assert_eq!(fixture.found(cancelled.id).await.state, JobState::Cancelled);
    let renewed = fixture.store().renew(&cancelled, fixture.now(), Lease::from(fixture.now())).await.unwrap();
    assert_eq!(renewed, StillHeld::No);

    // A store that has written the claim forbids this: what runs is cancelled first.
    let deleted = fixture.taken(samples::small(2)).await;
    fixture.store().apply(&OwnerId::LOCAL, deleted.id, JobAction::Cancel, fixture.now()).await.unwrap();
    done(fixture.store().apply(&OwnerId::LOCAL, deleted.id, JobAction::Delete, fixture.now()).await.unwrap());
    assert!(matches!(fixture.succeed(&deleted).await, CompleteResult::Fenced));
    assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, deleted.id).await.unwrap(), Lookup::Gone);
}

async fn renewed(fixture: Arc<Fixture>) {
    let hold = fixture.taken(samples::small(1)).await;
    for _ in 0..4 {
        fixture.clock.advance(SECOND * 11);
        let renewed = fixture.store().renew(&hold, fixture.now(), Lease::from(fixture.now())).await.unwrap();
        assert_eq!(renewed, StillHeld::Yes);
        let found = fixture.found(hold.id).await;
        assert_eq!((found.state, found.epoch, found.crashes), (JobState::Running, 1, 1));
        assert!(fixture.try_claim(hold.ticket()).await.is_none());
    }
    assert!(matches!(fixture.succeed(&hold).await, CompleteResult::Written(_)));
    assert_eq!(fixture.found(hold.id).await.state, JobState::Succeeded);
}

async fn released(fixture: Arc<Fixture>) {
    let hold = fixture.taken(samples::small(1)).await;
    fixture.clock.advance(SECOND);
    fixture.store().release(&hold, fixture.now()).await.unwrap();
    assert!(matches!(fixture.succeed(&hold).await, CompleteResult::Fenced));
    let back = fixture.found(hold.id).await;
    assert_eq!((back.state, back.attempts, back.crashes), (JobState::Queued, 0, 0));
    assert_eq!((back.due_at, back.lease, back.started_at), (fixture.now(), None, None));
    assert!(fixture.is_published(back.ticket()).await);
    let again = fixture.take(back.ticket(), "suite").await.unwrap();
    assert_eq!(again.job.attempts, 1);
    assert!(matches!(fixture.succeed(&again.job).await, CompleteResult::Written(_)));
}

async fn failed(fixture: Arc<Fixture>) {
    let hold = fixture.taken(samples::small(1)).await;
    let at = later(fixture.now(), 10);
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
    fixture.store().complete(&hold, retry, fixture.now()).await.unwrap();
    let found = fixture.found(hold.id).await;
    assert_eq!((found.state, found.attempts, found.due_at), (JobState::Queued, 1, at));
    assert!(fixture.take(found.ticket(), "suite").await.is_none(), "not before its time");
    fixture.clock.advance(SECOND * 10);
    let hold = fixture.take(found.ticket(), "suite").await.unwrap().job;
    assert_eq!(hold.attempts, 2);
    fixture.store().complete(&hold, AttemptOutcome::Failed(samples::failure()), fixture.now()).await.unwrap();
    let found = fixture.found(hold.id).await;
    assert_eq!((found.state, found.failure), (JobState::Failed, Some(samples::failure())));
}

/// The worker with the lazy claim may have crashed on the job without having written the claim.
async fn redelivered(fixture: Arc<Fixture>) {
    let ticket = fixture.admit(samples::small(1)).await.ticket();
    let ticket = Ticket { redelivered: true, ..ticket };
    let hold = fixture.take(ticket, "suite").await.unwrap().job;
    assert_eq!((hold.attempts, hold.crashes), (1, 2));
    assert_eq!(fixture.found(hold.id).await, hold, "durable before any work starts");
    assert!(matches!(fixture.succeed(&hold).await, CompleteResult::Written(_)));
    assert_eq!(fixture.found(hold.id).await.crashes, 0);
}

/// Enough that a store batches them.
const CROWD: u64 = 48;

async fn crowd(fixture: Arc<Fixture>) {
    let jobs = join_all((0..CROWD).map(|number| fixture.taken(samples::small(number)))).await;
    let ends = join_all(jobs.iter().map(|job| fixture.succeed(job))).await;
    let ended: HashMap<_, Job> = ends.into_iter().filter_map(written).map(|job| (job.id, job)).collect();
    assert_eq!(ended.len(), jobs.len());
    for job in ended.values() {
        assert_eq!(&fixture.found(job.id).await, job);
        assert!(matches!(fixture.attachment(job.id).await.unwrap(), Lookup::Found(Some(_))));
    }
    for state in [None, Some(JobState::Succeeded)] {
        let (mut cursor, mut listed) = (None, Vec::new());
        loop {
            let page = Page { limit: 7, cursor: cursor.take() };
            let slice =
                fixture.catalogue().list(&JobQuery { state, ..JobQuery::default() }, &page).await.unwrap();
            listed.extend(slice.items.into_iter().map(|job| job.id));
            let Some(next) = slice.next else { break };
            cursor = Some(next);
        }
        let mut all: Vec<_> = ended.keys().copied().collect();
        all.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, all);
    }
    let census = fixture.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (0, 0));
    let by_id = JobQuery { text: Some(jobs[0].id.to_string()), ..JobQuery::default() };
    let found = fixture.catalogue().list(&by_id, &Page { limit: 7, cursor: None }).await.unwrap();
    assert_eq!(found.items.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[0].id]);
    done(fixture.store().apply(&OwnerId::LOCAL, jobs[0].id, JobAction::Delete, fixture.now()).await.unwrap());
    assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, jobs[0].id).await.unwrap(), Lookup::Gone);
    fixture.clock.advance(SECOND * 400 * 24 * 3600);
    while fixture.store().sweep(fixture.now(), 100).await.unwrap() > 0 {}
    for job in &jobs[1..] {
        assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, job.id).await.unwrap(), Lookup::Gone);
    }
}

async fn fenced_alone(fixture: Arc<Fixture>) {
    let jobs = join_all((0..CROWD).map(|number| fixture.taken(samples::small(number)))).await;
    let cancels = jobs
        .iter()
        .step_by(5)
        .map(|job| fixture.store().apply(&OwnerId::LOCAL, job.id, JobAction::Cancel, fixture.now()));
    for carried in join_all(cancels).await {
        done(carried.unwrap());
    }
    let ends = join_all(jobs.iter().map(|job| fixture.succeed(job))).await;
    for (number, (job, end)) in jobs.iter().zip(ends).enumerate() {
        let (expected, is_written) =
            if number % 5 == 0 { (JobState::Cancelled, false) } else { (JobState::Succeeded, true) };
        assert_eq!(matches!(end, CompleteResult::Written(_)), is_written);
        assert_eq!(fixture.found(job.id).await.state, expected);
    }
    let succeeded = JobQuery { state: Some(JobState::Succeeded), ..JobQuery::default() };
    let listed = fixture.catalogue().list(&succeeded, &Page { limit: 100, cursor: None }).await.unwrap();
    assert_eq!(listed.items.len(), jobs.len() - jobs.len().div_ceil(5));
    for job in jobs.iter().step_by(5) {
        done(fixture.store().apply(&OwnerId::LOCAL, job.id, JobAction::Retry, fixture.now()).await.unwrap());
        let ticket = fixture.found(job.id).await.ticket();
        let hold = fixture.take(ticket, "suite").await.unwrap().job;
        assert!(matches!(fixture.succeed(&hold).await, CompleteResult::Written(_)));
        assert_eq!(fixture.found(job.id).await.state, JobState::Succeeded);
    }
}

fn written(end: CompleteResult) -> Option<Job> {
    match end {
        CompleteResult::Written(job) => Some(job),
        CompleteResult::Fenced => None,
    }
}
