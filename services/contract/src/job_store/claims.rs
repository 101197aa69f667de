//! Claiming jobs: one at a time, in time, durably.

use std::sync::Arc;

use tally_jobs::content::{Blob, Content};
use tally_jobs::history::{AttemptRecord, History};
use tally_jobs::ports::CompleteResult;
use tally_jobs::record::{NewJob, Ticket};
use tally_jobs::state::{AttemptOutcome, JobState};
use tally_kernel::Lease;
use tokio::task::JoinSet;

use super::{SECOND, StoreCheck, later};
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_claim_begins_an_attempt", |g| Box::pin(begins_an_attempt(g))),
    StoreCheck::new("a_claim_gives_what_was_handed_in", |g| Box::pin(gives_content(g))),
    StoreCheck::new("a_ticket_is_good_once", |g| Box::pin(good_once(g))),
    StoreCheck::new("one_of_many_claims_wins", |g| Box::pin(one_wins(g))),
    StoreCheck::new("tickets_of_other_turns_are_refused", |g| Box::pin(other_turns(g))),
    StoreCheck::new("a_job_is_not_claimed_before_its_time", |g| Box::pin(before_its_time(g))),
    StoreCheck::new("a_lease_that_is_over_may_be_taken_over", |g| Box::pin(taken_over(g))),
    StoreCheck::new("a_ticket_that_came_back_takes_over_at_once", |g| Box::pin(came_back(g))),
    StoreCheck::new("crashes_are_counted_before_any_work", |g| Box::pin(crashes(g))),
];

async fn begins_an_attempt(ground: Arc<Ground>) {
    let before = ground.admit(samples::small(1)).await;
    ground.clock.advance(SECOND);
    let hold = ground.claim(before.ticket()).await;
    let mut expected = before;
    expected.state = JobState::Running;
    (expected.epoch, expected.attempts, expected.crashes, expected.event_seq) = (1, 1, 1, 2);
    let attempt = AttemptRecord { worker: samples::worker("suite"), started_at: ground.now(), ended: None };
    expected.history = History::of(vec![attempt]);
    expected.started_at = Some(ground.now());
    expected.lease = Some(Lease::from(ground.now()));
    assert_eq!(hold.job, expected);
    assert_eq!(ground.found(hold.job.id).await, expected, "durable before any work starts");
}

async fn gives_content(ground: Arc<Ground>) {
    let (body, _) = samples::body(3, 50_000);
    let Blob { id, bytes, .. } = ground.blobs().keep(body).await.unwrap();
    let stored = NewJob { content: Some(Content::Stored(id)), ..samples::full(1) };
    let empty = NewJob { content: Some(Content::Inline("".into())), ..samples::small(2) };
    assert_eq!(bytes, 150_000);
    for new in [stored, empty, samples::full(3), samples::at(4, "example.com", "/")] {
        let content = new.content.clone();
        let job = ground.admit(new).await;
        assert_eq!(ground.claim(job.ticket()).await.content, content);
    }
}

async fn good_once(ground: Arc<Ground>) {
    let hold = ground.running(1).await;
    let ticket = samples::small(1).into_job().ticket();
    assert!(ground.try_claim(ticket).await.is_none());
    assert!(ground.try_claim(hold.job.ticket()).await.is_none());
    ground.store().complete(&hold.job, samples::success(3, 3), ground.now()).await.unwrap();
    assert!(ground.try_claim(ticket).await.is_none());
    assert!(ground.try_claim(hold.job.ticket()).await.is_none());
}

async fn one_wins(ground: Arc<Ground>) {
    for number in 0..8 {
        let ticket = ground.admit(samples::small(number)).await.ticket();
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            let ground = Arc::clone(&ground);
            tasks.spawn(async move { ground.try_claim(ticket).await.is_some() });
        }
        assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
        assert_eq!(ground.found(ticket.id).await.attempts, 1);
    }
}

async fn other_turns(ground: Arc<Ground>) {
    let ticket = ground.admit(samples::small(1)).await.ticket();
    for epoch in [1, 2, 99] {
        assert!(ground.try_claim(Ticket { epoch, ..ticket }).await.is_none());
    }
    assert!(ground.try_claim(Ticket { id: samples::stranger(), ..ticket }).await.is_none());
    ground.claim(ticket).await;
}

async fn before_its_time(ground: Arc<Ground>) {
    let hold = ground.running(1).await;
    let at = later(ground.now(), 10);
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
    ground.store().complete(&hold.job, retry, ground.now()).await.unwrap();
    let ticket = ground.found(hold.job.id).await.ticket();
    assert!(ground.try_claim(ticket).await.is_none());
    ground.clock.advance(SECOND * 9);
    assert!(ground.try_claim(ticket).await.is_none());
    ground.clock.advance(SECOND);
    let second = ground.claim(ticket).await.job;
    assert_eq!((second.attempts, second.crashes), (2, 1), "an orderly end cleared the crashes");
    assert_eq!(second.started_at, hold.job.started_at);
}

async fn taken_over(ground: Arc<Ground>) {
    let first = ground.running(1).await.job;
    ground.clock.advance(Lease::LASTS - SECOND);
    assert!(ground.try_claim(first.ticket()).await.is_none());
    ground.clock.advance(SECOND);
    let second = ground.claim(first.ticket()).await.job;
    assert_eq!((second.epoch, second.attempts, second.crashes), (2, 2, 2));
    let late = ground.store().complete(&first, samples::success(3, 3), ground.now()).await.unwrap();
    assert!(matches!(late, CompleteResult::Fenced));
    assert_eq!(ground.found(first.id).await, second, "the late writer changed nothing");
    let end = ground.store().complete(&second, samples::success(3, 3), ground.now()).await.unwrap();
    assert!(matches!(end, CompleteResult::Written(_)));
}

async fn came_back(ground: Arc<Ground>) {
    let first = ground.running(1).await.job;
    let ticket = samples::small(1).into_job().ticket();
    let second = ground.claim(Ticket { redelivered: true, ..ticket }).await.job;
    assert_eq!((second.epoch, second.crashes), (first.epoch + 1, 2));
    assert!(ground.try_claim(Ticket { redelivered: true, ..ticket }).await.is_none(), "two turns later");
}

async fn crashes(ground: Arc<Ground>) {
    let mut job = ground.running(1).await.job;
    for crashes in 2..5 {
        ground.clock.advance(Lease::LASTS);
        job = ground.claim(job.ticket()).await.job;
        assert_eq!((job.crashes, job.attempts), (crashes, crashes));
        assert_eq!(ground.found(job.id).await, job);
        assert_eq!(job.history.attempts().len(), crashes as usize);
    }
}
