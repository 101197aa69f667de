//! Taking jobs that are over in a moment: the claim may be left unwritten, and nothing else may be different.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::join_all;
use tally_jobs::ports::{CompleteResult, JobQuery, Lookup, StillHeld};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobAction, JobState};
use tally_kernel::{Lease, OwnerId, Page};

use super::{SECOND, StoreCheck, done, later};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_job_that_is_taken_is_held_like_any_other", |g| Box::pin(held(g))),
    StoreCheck::new("of_two_who_took_a_job_one_ends_it", |g| Box::pin(one_end(g))),
    StoreCheck::new("what_clients_do_to_a_taken_job_stands", |g| Box::pin(fenced(g))),
    StoreCheck::new("a_taken_job_that_takes_longer_is_claimed", |g| Box::pin(renewed(g))),
    StoreCheck::new("a_taken_job_is_given_back_uncharged", |g| Box::pin(released(g))),
    StoreCheck::new("a_taken_job_fails_and_is_tried_again_like_any_other", |g| Box::pin(failed(g))),
    StoreCheck::new("a_ticket_that_came_back_is_claimed_and_charged", |g| Box::pin(came_back(g))),
    StoreCheck::new("a_crowd_that_ends_together_is_found_listed_and_forgotten", |g| Box::pin(crowd(g))),
    StoreCheck::new("one_of_a_crowd_that_is_fenced_is_fenced_alone", |g| Box::pin(fenced_alone(g))),
];

impl Ground {
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

async fn held(ground: Arc<Ground>) {
    for new in [samples::small(1), samples::keyed(2, 1), samples::full(3), samples::at(4, "example.com", "/")]
    {
        let (content, mut expected) = (new.content.clone(), ground.admit(new).await);
        ground.clock.advance(SECOND);
        let hold = ground.take(expected.ticket(), "suite").await.unwrap();
        let lease = Lease::from(ground.now());
        expected = expected
            .clone()
            .claimed(expected.ticket(), &samples::worker("suite"), ground.now(), lease)
            .unwrap();
        assert_eq!((expected.state, expected.epoch, expected.attempts), (JobState::Running, 1, 1));
        assert_eq!(hold.job, expected);
        assert_eq!(hold.content, content);
        assert!(matches!(ground.succeed(&hold.job).await, CompleteResult::Written(_)));
        assert!(matches!(ground.succeed(&hold.job).await, CompleteResult::Fenced));
        let found = ground.found(hold.job.id).await;
        assert_eq!((found.state, found.attempts, found.crashes, found.epoch), (JobState::Succeeded, 1, 0, 1));
        assert!(ground.take(hold.job.ticket(), "suite").await.is_none());
    }
}

async fn one_end(ground: Arc<Ground>) {
    for number in 0..8 {
        let ticket = ground.admit(samples::small(number)).await.ticket();
        let takes = (0..4).map(|who| ground.take(ticket, ["a", "b", "c", "d"][who]));
        let holds: Vec<ClaimedJob> = join_all(takes).await.into_iter().flatten().collect();
        assert!(!holds.is_empty());
        let ends = join_all(holds.iter().map(|hold| ground.succeed(&hold.job))).await;
        assert_eq!(ends.iter().filter(|end| matches!(end, CompleteResult::Written(_))).count(), 1);
        assert_eq!(ground.found(ticket.id).await.state, JobState::Succeeded);
    }
}

async fn fenced(ground: Arc<Ground>) {
    let cancelled = ground.taken(samples::small(1)).await;
    done(ground.store().apply(&OwnerId::LOCAL, cancelled.id, JobAction::Cancel, ground.now()).await.unwrap());
    assert!(matches!(ground.succeed(&cancelled).await, CompleteResult::Fenced));
    assert_eq!(ground.found(cancelled.id).await.state, JobState::Cancelled);
    let renewed = ground.store().renew(&cancelled, ground.now(), Lease::from(ground.now())).await.unwrap();
    assert_eq!(renewed, StillHeld::No);

    // A store that has written the claim forbids this: what runs is cancelled first.
    let deleted = ground.taken(samples::small(2)).await;
    ground.store().apply(&OwnerId::LOCAL, deleted.id, JobAction::Cancel, ground.now()).await.unwrap();
    done(ground.store().apply(&OwnerId::LOCAL, deleted.id, JobAction::Delete, ground.now()).await.unwrap());
    assert!(matches!(ground.succeed(&deleted).await, CompleteResult::Fenced));
    assert_eq!(ground.catalogue().find(&OwnerId::LOCAL, deleted.id).await.unwrap(), Lookup::Gone);
}

async fn renewed(ground: Arc<Ground>) {
    let hold = ground.taken(samples::small(1)).await;
    for _ in 0..4 {
        ground.clock.advance(SECOND * 11);
        let renewed = ground.store().renew(&hold, ground.now(), Lease::from(ground.now())).await.unwrap();
        assert_eq!(renewed, StillHeld::Yes);
        let found = ground.found(hold.id).await;
        assert_eq!((found.state, found.epoch, found.crashes), (JobState::Running, 1, 1));
        assert!(ground.try_claim(hold.ticket()).await.is_none());
    }
    assert!(matches!(ground.succeed(&hold).await, CompleteResult::Written(_)));
    assert_eq!(ground.found(hold.id).await.state, JobState::Succeeded);
}

async fn released(ground: Arc<Ground>) {
    let hold = ground.taken(samples::small(1)).await;
    ground.clock.advance(SECOND);
    ground.store().release(&hold, ground.now()).await.unwrap();
    assert!(matches!(ground.succeed(&hold).await, CompleteResult::Fenced));
    let back = ground.found(hold.id).await;
    assert_eq!((back.state, back.attempts, back.crashes), (JobState::Queued, 0, 0));
    assert_eq!((back.due_at, back.lease, back.started_at), (ground.now(), None, None));
    assert!(ground.is_handed_out(back.ticket()).await);
    let again = ground.take(back.ticket(), "suite").await.unwrap();
    assert_eq!(again.job.attempts, 1);
    assert!(matches!(ground.succeed(&again.job).await, CompleteResult::Written(_)));
}

async fn failed(ground: Arc<Ground>) {
    let hold = ground.taken(samples::small(1)).await;
    let at = later(ground.now(), 10);
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
    ground.store().complete(&hold, retry, ground.now()).await.unwrap();
    let found = ground.found(hold.id).await;
    assert_eq!((found.state, found.attempts, found.due_at), (JobState::Queued, 1, at));
    assert!(ground.take(found.ticket(), "suite").await.is_none(), "not before its time");
    ground.clock.advance(SECOND * 10);
    let hold = ground.take(found.ticket(), "suite").await.unwrap().job;
    assert_eq!(hold.attempts, 2);
    ground.store().complete(&hold, AttemptOutcome::Failed(samples::failure()), ground.now()).await.unwrap();
    let found = ground.found(hold.id).await;
    assert_eq!((found.state, found.failure), (JobState::Failed, Some(samples::failure())));
}

/// Whoever had it may have died of it, and nobody may have written that he had it.
async fn came_back(ground: Arc<Ground>) {
    let ticket = ground.admit(samples::small(1)).await.ticket();
    let ticket = Ticket { redelivered: true, ..ticket };
    let hold = ground.take(ticket, "suite").await.unwrap().job;
    assert_eq!((hold.attempts, hold.crashes), (1, 2));
    assert_eq!(ground.found(hold.id).await, hold, "durable before any work starts");
    assert!(matches!(ground.succeed(&hold).await, CompleteResult::Written(_)));
    assert_eq!(ground.found(hold.id).await.crashes, 0);
}

/// Enough that a store gathers them.
const CROWD: u64 = 48;

async fn crowd(ground: Arc<Ground>) {
    let jobs = join_all((0..CROWD).map(|number| ground.taken(samples::small(number)))).await;
    let ends = join_all(jobs.iter().map(|job| ground.succeed(job))).await;
    let ended: HashMap<_, Job> = ends.into_iter().filter_map(written).map(|job| (job.id, job)).collect();
    assert_eq!(ended.len(), jobs.len());
    for job in ended.values() {
        assert_eq!(&ground.found(job.id).await, job);
        assert!(matches!(ground.attachment(job.id).await.unwrap(), Lookup::Found(Some(_))));
    }
    for state in [None, Some(JobState::Succeeded)] {
        let (mut cursor, mut listed) = (None, Vec::new());
        loop {
            let page = Page { limit: 7, cursor: cursor.take() };
            let slice =
                ground.catalogue().list(&JobQuery { state, ..JobQuery::default() }, &page).await.unwrap();
            listed.extend(slice.items.into_iter().map(|job| job.id));
            let Some(next) = slice.next else { break };
            cursor = Some(next);
        }
        let mut all: Vec<_> = ended.keys().copied().collect();
        all.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, all);
    }
    let census = ground.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (0, 0));
    let by_id = JobQuery { text: Some(jobs[0].id.to_string()), ..JobQuery::default() };
    let found = ground.catalogue().list(&by_id, &Page { limit: 7, cursor: None }).await.unwrap();
    assert_eq!(found.items.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[0].id]);
    done(ground.store().apply(&OwnerId::LOCAL, jobs[0].id, JobAction::Delete, ground.now()).await.unwrap());
    assert_eq!(ground.catalogue().find(&OwnerId::LOCAL, jobs[0].id).await.unwrap(), Lookup::Gone);
    ground.clock.advance(SECOND * 400 * 24 * 3600);
    while ground.store().sweep(ground.now(), 100).await.unwrap() > 0 {}
    for job in &jobs[1..] {
        assert_eq!(ground.catalogue().find(&OwnerId::LOCAL, job.id).await.unwrap(), Lookup::Gone);
    }
}

async fn fenced_alone(ground: Arc<Ground>) {
    let jobs = join_all((0..CROWD).map(|number| ground.taken(samples::small(number)))).await;
    let cancels = jobs
        .iter()
        .step_by(5)
        .map(|job| ground.store().apply(&OwnerId::LOCAL, job.id, JobAction::Cancel, ground.now()));
    for carried in join_all(cancels).await {
        done(carried.unwrap());
    }
    let ends = join_all(jobs.iter().map(|job| ground.succeed(job))).await;
    for (number, (job, end)) in jobs.iter().zip(ends).enumerate() {
        let (expected, is_written) =
            if number % 5 == 0 { (JobState::Cancelled, false) } else { (JobState::Succeeded, true) };
        assert_eq!(matches!(end, CompleteResult::Written(_)), is_written);
        assert_eq!(ground.found(job.id).await.state, expected);
    }
    let succeeded = JobQuery { state: Some(JobState::Succeeded), ..JobQuery::default() };
    let listed = ground.catalogue().list(&succeeded, &Page { limit: 100, cursor: None }).await.unwrap();
    assert_eq!(listed.items.len(), jobs.len() - jobs.len().div_ceil(5));
    for job in jobs.iter().step_by(5) {
        done(ground.store().apply(&OwnerId::LOCAL, job.id, JobAction::Retry, ground.now()).await.unwrap());
        let ticket = ground.found(job.id).await.ticket();
        let hold = ground.take(ticket, "suite").await.unwrap().job;
        assert!(matches!(ground.succeed(&hold).await, CompleteResult::Written(_)));
        assert_eq!(ground.found(job.id).await.state, JobState::Succeeded);
    }
}

fn written(end: CompleteResult) -> Option<Job> {
    match end {
        CompleteResult::Written(job) => Some(job),
        CompleteResult::Fenced => None,
    }
}
