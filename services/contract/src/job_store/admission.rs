//! Admitting jobs: durably, and once.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tally_jobs::content::Content;
use tally_jobs::id::JobId;
use tally_jobs::ports::{Admission, Lookup};
use tally_jobs::record::{Generation, NewJob};
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
    StoreCheck::new("a_removed_id_never_comes_again_and_its_key_has_another", |g| Box::pin(never_again(g))),
    StoreCheck::new("a_later_generation_outlives_the_tombstone_of_the_first", |g| Box::pin(outlives(g))),
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
            Admission::KeyReused | Admission::Gone { .. } => 2,
        }] += 1;
    }
    counts
}

async fn delete(fixture: &Fixture, id: JobId) {
    done(fixture.store().apply(&OwnerId::LOCAL, id, JobAction::Delete, fixture.now()).await.unwrap());
    assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, id).await.unwrap(), Lookup::Gone);
}

/// The newest generation that a refused admission tells of.
async fn newest(fixture: &Fixture, new: NewJob) -> u32 {
    match fixture.store().admit(new).await.unwrap() {
        Admission::Gone { newest } => newest,
        other => panic!("the id comes again: {other:?}"),
    }
}

fn generation(number: u32, fingerprint: u8) -> NewJob {
    let generation = Some(Generation { number, first: samples::id(1) });
    NewJob { generation, ..samples::keyed(1 + u64::from(number), fingerprint) }
}

async fn never_again(fixture: Arc<Fixture>) {
    let first = fixture.admit(samples::keyed(1, 7)).await;
    delete(&fixture, first.id).await;
    assert_eq!(newest(&fixture, samples::keyed(1, 7)).await, 0, "with the same request");
    assert_eq!(newest(&fixture, samples::keyed(1, 8)).await, 0, "and with another");
    let second = fixture.admit(generation(1, 8)).await;
    assert_eq!(newest(&fixture, samples::keyed(1, 8)).await, 1);
    let again = fixture.store().admit(generation(1, 8)).await.unwrap();
    assert!(matches!(again, Admission::Replay(ref job) if *job == second), "{again:?}");
    let other = fixture.store().admit(generation(1, 9)).await.unwrap();
    assert!(matches!(other, Admission::KeyReused), "{other:?}");
    fixture.claim(second.ticket()).await;
    assert_eq!(fixture.catalogue().find(&OwnerId::LOCAL, first.id).await.unwrap(), Lookup::Gone);
}

async fn outlives(fixture: Arc<Fixture>) {
    let first = fixture.admit(samples::keyed(1, 7)).await;
    delete(&fixture, first.id).await;
    fixture.admit(generation(1, 8)).await;
    delete(&fixture, generation(1, 8).id).await;
    assert_eq!(newest(&fixture, generation(1, 8)).await, 0);
    let third = fixture.admit(generation(2, 8)).await;
    for _ in 0..4 {
        fixture.clock.advance(Duration::from_secs(20 * 24 * 3600));
        fixture.store().sweep(fixture.now(), 10).await.unwrap();
        assert_eq!(newest(&fixture, samples::keyed(1, 8)).await, 2, "as long as the third job is kept");
    }
    assert_eq!(fixture.found(third.id).await, third);
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
            other => panic!("it is the same request: {other:?}"),
        }
    }
}
