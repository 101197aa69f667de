//! Admitting jobs: durably, and once.

use std::sync::Arc;

use futures_util::FutureExt;
use tally_jobs::content::Content;
use tally_jobs::ports::{Admission, Lookup};
use tally_jobs::record::NewJob;
use tally_jobs::state::JobAction;
use tally_kernel::OwnerId;
use tokio::task::JoinSet;

use super::{StoreCheck, done};
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("an_admitted_job_is_found_as_submitted", |g| Box::pin(found_as_submitted(g))),
    StoreCheck::new("an_admitted_job_is_published", |g| Box::pin(published(g))),
    StoreCheck::new("a_repeat_is_a_replay", |g| Box::pin(a_repeat_is_a_replay(g))),
    StoreCheck::new("a_key_with_the_same_request_is_a_replay", |g| Box::pin(same_request(g))),
    StoreCheck::new("a_key_with_another_request_is_refused", |g| Box::pin(another_request(g))),
    StoreCheck::new("a_replay_gives_the_record_as_it_is_now", |g| Box::pin(replay_of_an_end(g))),
    StoreCheck::new("a_hundred_submits_of_one_key_make_one_job", |g| Box::pin(a_hundred_submits(g))),
    StoreCheck::new("a_hundred_requests_for_one_key_make_one_job", |g| Box::pin(a_hundred_requests(g))),
    StoreCheck::new("a_swept_id_may_come_again", |g| Box::pin(may_come_again(g))),
    StoreCheck::new("a_dropped_admit_happens_or_does_not", |g| Box::pin(dropped_admit(g))),
];

async fn found_as_submitted(fixture: Arc<Fixture>) {
    for new in [
        samples::small(1),
        samples::full(2),
        samples::at(3, "xn--bcher-kva.example:8443", "/a%20b?q=%00&x=%C3%BC"),
        samples::keyed(4, 7),
    ] {
        let expected = new.clone().into_job();
        let job = fixture.admit(new).await;
        assert_eq!(job, expected);
        assert_eq!(fixture.found(job.id).await, expected);
    }
    assert_eq!(
        fixture.catalogue().find(&OwnerId::LOCAL, samples::stranger()).await.unwrap(),
        Lookup::Unknown
    );
}

async fn published(fixture: Arc<Fixture>) {
    let admission = fixture.store().admit(samples::small(1)).await.unwrap();
    let Admission::New { job, pending } = admission else { panic!("not new: {admission:?}") };
    let ticket = job.ticket();
    assert_eq!(pending.is_none(), fixture.stores.queue.is_some(), "pending, or its own queue");
    assert!(pending.is_none_or(|pending| pending == ticket));
    fixture.clock.advance(super::SECOND);
    assert!(fixture.is_published(ticket).await);
    fixture.store().published(&[ticket], fixture.now()).await.unwrap();
    assert_eq!(fixture.overdue().await, []);
}

async fn a_repeat_is_a_replay(fixture: Arc<Fixture>) {
    let job = fixture.admit(samples::small(1)).await;
    let other = NewJob { content: Some(Content::Inline("another".into())), ..samples::small(1) };
    let again = fixture.store().admit(other).await.unwrap();
    assert!(matches!(again, Admission::Replay(ref first) if *first == job), "{again:?}");
    let hold = fixture.claim(job.ticket()).await;
    assert_eq!(hold.content, samples::small(1).content, "nothing was written");
}

async fn same_request(fixture: Arc<Fixture>) {
    let job = fixture.admit(samples::keyed(1, 7)).await;
    let again = fixture.store().admit(samples::keyed(1, 7)).await.unwrap();
    assert!(matches!(again, Admission::Replay(ref first) if *first == job), "{again:?}");
}

async fn another_request(fixture: Arc<Fixture>) {
    let job = fixture.admit(samples::keyed(1, 7)).await;
    let again = fixture.store().admit(samples::keyed(1, 8)).await.unwrap();
    assert!(matches!(again, Admission::KeyReused), "{again:?}");
    let unkeyed = fixture.store().admit(samples::small(1)).await.unwrap();
    assert!(matches!(unkeyed, Admission::KeyReused), "{unkeyed:?}");
    assert_eq!(fixture.found(job.id).await, job);
}

async fn replay_of_an_end(fixture: Arc<Fixture>) {
    let job = fixture.admit(samples::keyed(1, 7)).await;
    let hold = fixture.claim(job.ticket()).await;
    fixture.store().complete(&hold.job, samples::success(20, 5), fixture.now()).await.unwrap();
    let again = fixture.store().admit(samples::keyed(1, 7)).await.unwrap();
    let Admission::Replay(now) = again else { panic!("{again:?}") };
    assert_eq!(now, fixture.found(job.id).await);
    assert_eq!(now.parts.detail.len(), 40);
}

async fn a_hundred_submits(fixture: Arc<Fixture>) {
    let [new, replayed, refused] = race(&fixture, |_| samples::keyed(1, 7)).await;
    assert_eq!((new, replayed, refused), (1, 99, 0));
}

async fn a_hundred_requests(fixture: Arc<Fixture>) {
    let [new, replayed, refused] = race(&fixture, |number| samples::keyed(1, number)).await;
    assert_eq!((new, replayed, refused), (1, 0, 99));
}

/// How many of a hundred submits at once were new, replayed and refused.
async fn race(fixture: &Arc<Fixture>, job: impl Fn(u8) -> NewJob) -> [usize; 3] {
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let (fixture, new) = (Arc::clone(fixture), job(number));
        tasks.spawn(async move { fixture.store().admit(new).await.unwrap() });
    }
    let mut counts = [0; 3];
    for admission in tasks.join_all().await {
        counts[match admission {
            Admission::New { .. } => 0,
            Admission::Replay(_) => 1,
            Admission::KeyReused => 2,
        }] += 1;
    }
    counts
}

async fn may_come_again(fixture: Arc<Fixture>) {
    let job = fixture.admit(samples::keyed(1, 7)).await;
    done(fixture.store().apply(&OwnerId::LOCAL, job.id, JobAction::Delete, fixture.now()).await.unwrap());
    assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, job.id).await.unwrap(), Lookup::Gone);
    let again = fixture.admit(samples::keyed(1, 8)).await;
    assert_eq!(fixture.found(job.id).await, again);
    fixture.claim(again.ticket()).await;
}

async fn dropped_admit(fixture: Arc<Fixture>) {
    for number in 0..20 {
        let store = Arc::clone(&fixture.stores.store);
        let mut admit = Box::pin(async move { store.admit(samples::small(number)).await });
        let _ = (&mut admit).now_or_never();
        drop(admit);
        match fixture.store().admit(samples::small(number)).await.unwrap() {
            Admission::New { job, .. } | Admission::Replay(job) => {
                assert_eq!(fixture.claim(job.ticket()).await.content, samples::small(number).content);
            }
            Admission::KeyReused => panic!("it is the same request"),
        }
    }
}
