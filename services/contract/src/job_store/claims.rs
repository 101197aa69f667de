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
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("a_claim_begins_an_attempt", |g| Box::pin(begins_an_attempt(g))),
    StoreCheck::new("a_claim_has_the_submitted_content", |g| Box::pin(gives_content(g))),
    StoreCheck::new("a_ticket_claims_once", |g| Box::pin(claims_once(g))),
    StoreCheck::new("one_of_many_claims_wins", |g| Box::pin(one_wins(g))),
    StoreCheck::new("refuses_tickets_of_other_attempts", |g| Box::pin(other_attempts(g))),
    StoreCheck::new("a_job_is_not_claimed_before_it_is_due", |g| Box::pin(before_it_is_due(g))),
    StoreCheck::new("a_job_with_an_expired_lease_is_claimed_again", |g| Box::pin(claimed_again(g))),
    StoreCheck::new("a_redelivered_ticket_claims_at_once", |g| Box::pin(redelivered(g))),
    StoreCheck::new("crashes_are_counted_before_any_work", |g| Box::pin(crashes(g))),
];

async fn begins_an_attempt(fixture: Arc<Fixture>) {
    let before = fixture.admit(samples::small(1)).await;
    fixture.clock.advance(SECOND);
    let hold = fixture.claim(before.ticket()).await;
    let mut expected = before;
    expected.state = JobState::Running;
    (expected.epoch, expected.attempts, expected.crashes, expected.event_seq) = (1, 1, 1, 2);
    let attempt = AttemptRecord { worker: samples::worker("suite"), started_at: fixture.now(), ended: None };
    expected.history = History::of(vec![attempt]);
    expected.started_at = Some(fixture.now());
    expected.lease = Some(Lease::from(fixture.now()));
    assert_eq!(hold.job, expected);
    assert_eq!(fixture.found(hold.job.id).await, expected, "durable before any work starts");
}

async fn gives_content(fixture: Arc<Fixture>) {
    let (body, _) = samples::body(3, 50_000);
    let Blob { id, bytes, .. } = fixture.blobs().keep(body).await.unwrap();
    let stored = NewJob { content: Some(Content::Stored(id.into())), ..samples::full(1) };
    let empty = NewJob { content: Some(Content::Inline("".into())), ..samples::small(2) };
    assert_eq!(bytes, 150_000);
    for new in [stored, empty, samples::full(3), samples::at(4, "example.com", "/")] {
        let content = new.content.clone();
        let job = fixture.admit(new).await;
        assert_eq!(fixture.claim(job.ticket()).await.content, content);
    }
}

async fn claims_once(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await;
    let ticket = samples::small(1).into_job().ticket();
    assert!(fixture.try_claim(ticket).await.is_none());
    assert!(fixture.try_claim(hold.job.ticket()).await.is_none());
    fixture.store().complete(&hold.job, samples::success(3, 3), fixture.now()).await.unwrap();
    assert!(fixture.try_claim(ticket).await.is_none());
    assert!(fixture.try_claim(hold.job.ticket()).await.is_none());
}

async fn one_wins(fixture: Arc<Fixture>) {
    for number in 0..8 {
        let ticket = fixture.admit(samples::small(number)).await.ticket();
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            let fixture = Arc::clone(&fixture);
            tasks.spawn(async move { fixture.try_claim(ticket).await.is_some() });
        }
        assert_eq!(tasks.join_all().await.into_iter().filter(|won| *won).count(), 1);
        assert_eq!(fixture.found(ticket.id).await.attempts, 1);
    }
}

async fn other_attempts(fixture: Arc<Fixture>) {
    let ticket = fixture.admit(samples::small(1)).await.ticket();
    for epoch in [1, 2, 99] {
        assert!(fixture.try_claim(Ticket { epoch, ..ticket }).await.is_none());
    }
    assert!(fixture.try_claim(Ticket { id: samples::stranger(), ..ticket }).await.is_none());
    fixture.claim(ticket).await;
}

async fn before_it_is_due(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await;
    let at = later(fixture.now(), 10);
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at };
    fixture.store().complete(&hold.job, retry, fixture.now()).await.unwrap();
    let ticket = fixture.found(hold.job.id).await.ticket();
    assert!(fixture.try_claim(ticket).await.is_none());
    fixture.clock.advance(SECOND * 9);
    assert!(fixture.try_claim(ticket).await.is_none());
    fixture.clock.advance(SECOND);
    let second = fixture.claim(ticket).await.job;
    assert_eq!((second.attempts, second.crashes), (2, 1), "an orderly end cleared the crashes");
    assert_eq!(second.started_at, hold.job.started_at);
}

async fn claimed_again(fixture: Arc<Fixture>) {
    let first = fixture.running(1).await.job;
    fixture.clock.advance(Lease::LASTS - SECOND);
    assert!(fixture.try_claim(first.ticket()).await.is_none());
    fixture.clock.advance(SECOND);
    let second = fixture.claim(first.ticket()).await.job;
    assert_eq!((second.epoch, second.attempts, second.crashes), (2, 2, 2));
    let late = fixture.store().complete(&first, samples::success(3, 3), fixture.now()).await.unwrap();
    assert!(matches!(late, CompleteResult::Fenced));
    assert_eq!(fixture.found(first.id).await, second, "the late writer changed nothing");
    let end = fixture.store().complete(&second, samples::success(3, 3), fixture.now()).await.unwrap();
    assert!(matches!(end, CompleteResult::Written(_)));
}

async fn redelivered(fixture: Arc<Fixture>) {
    let first = fixture.running(1).await.job;
    let ticket = samples::small(1).into_job().ticket();
    let second = fixture.claim(Ticket { redelivered: true, ..ticket }).await.job;
    assert_eq!((second.epoch, second.crashes), (first.epoch + 1, 2));
    assert!(fixture.try_claim(Ticket { redelivered: true, ..ticket }).await.is_none(), "two turns later");
}

async fn crashes(fixture: Arc<Fixture>) {
    let mut job = fixture.running(1).await.job;
    for crashes in 2..5 {
        fixture.clock.advance(Lease::LASTS);
        job = fixture.claim(job.ticket()).await.job;
        assert_eq!((job.crashes, job.attempts), (crashes, crashes));
        assert_eq!(fixture.found(job.id).await, job);
        assert_eq!(job.history.attempts().len(), crashes as usize);
    }
}
