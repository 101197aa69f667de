//! What every archive keeps to: a job arrives as it left, once.

use std::future::Future;
use std::sync::Arc;

use tally_jobs::archive::Parcel;
use tally_jobs::model::{Content, Ending, Job};
use tally_jobs::ports::{Archive, Lookup};
use tally_jobs::state::{Order, State};

use crate::doubles::HandClock;
use crate::samples;
use crate::suite::{Check, Ground, Place, run_all};

/// Two places, each with its archive.
struct Journey {
    from: Ground,
    packs: Arc<dyn Archive>,
    to: Ground,
    unpacks: Arc<dyn Archive>,
}

/// Runs every check, each between two places that `make` makes with the clock it is given.
pub async fn archive<F>(make: impl Fn(Arc<HandClock>) -> F)
where
    F: Future<Output = (Place, Arc<dyn Archive>)>,
{
    let checks: &[Check<Journey>] = &[
        Check::new("every_job_arrives_as_it_left", |j| Box::pin(as_it_left(j))),
        Check::new("what_arrives_twice_arrives_once", |j| Box::pin(once(j))),
        Check::new("what_waits_is_run_where_it_arrives", |j| Box::pin(runs(j))),
        Check::new("what_was_forgotten_does_not_come_back", |j| Box::pin(forgotten(j))),
        Check::new("pages_follow_the_ids", |j| Box::pin(pages(j))),
    ];
    run_all(checks, || async {
        let clock = Arc::new(HandClock::default());
        let (from, packs) = make(Arc::clone(&clock)).await;
        let (to, unpacks) = make(Arc::clone(&clock)).await;
        let (from, to) = (Ground { place: from, clock: Arc::clone(&clock) }, Ground { place: to, clock });
        Journey { from, packs, to, unpacks }
    })
    .await;
}

impl Journey {
    /// A job of every kind, in every state.
    async fn populate(&self) {
        let from = &self.from;
        from.put(samples::keyed(1, 7)).await;
        from.put(samples::url(2, "https://example.com/a")).await;
        from.running(3).await;
        from.put_and_end(samples::text(4), samples::success(500, 5)).await;
        from.put_and_end(samples::text(5), samples::success(0, 5)).await;
        from.put_and_end(samples::text(6), Ending::Failed(samples::failure())).await;
        let retried = Ending::Retry {
            failure: samples::failure(),
            at: from.now().after(std::time::Duration::from_secs(60)),
        };
        from.put_and_end(samples::url(7, "https://example.com/b"), retried).await;
        from.put(samples::text(8)).await;
        from.store().amend(samples::id(8), Order::Cancel, from.now()).await.unwrap();
    }

    async fn move_all(&self) -> Vec<Parcel> {
        let parcels = self.packs.pack(None, 100).await.unwrap();
        for parcel in parcels.clone() {
            assert!(self.unpacks.unpack(parcel).await.unwrap());
        }
        parcels
    }
}

async fn as_it_left(journey: Arc<Journey>) {
    journey.populate().await;
    let parcels = journey.move_all().await;
    assert_eq!(parcels.len(), 8);
    for Parcel { job, content, .. } in &parcels {
        let left = journey.from.found(job.id).await;
        let expected = left.clone().released(left.epoch, journey.from.now()).unwrap_or(left);
        assert_eq!(*job, expected);
        assert_eq!(journey.to.found(job.id).await, expected);
        assert_eq!(content.is_some(), job.state != State::Succeeded && job.source.bytes() > 0, "{job:?}");
        let words = journey.from.catalogue().words(job.id).await.unwrap();
        assert_eq!(journey.to.catalogue().words(job.id).await.unwrap(), words);
    }
    assert_eq!(journey.unpacks.pack(None, 100).await.unwrap(), parcels, "and so it would leave again");
}

async fn once(journey: Arc<Journey>) {
    journey.populate().await;
    let parcels = journey.move_all().await;
    let hold = journey.to.claim(parcels[0].job.ticket()).await;
    for parcel in parcels {
        assert!(!journey.unpacks.unpack(parcel).await.unwrap());
    }
    assert_eq!(journey.to.found(hold.job.id).await, hold.job, "what happened since stands");
}

async fn runs(journey: Arc<Journey>) {
    journey.from.put(samples::text(1)).await;
    let [parcel] = &journey.move_all().await[..] else { panic!("one job") };
    let due = journey.to.store().overdue(journey.to.now(), 10).await.unwrap();
    assert_eq!(due.iter().map(|ticket| ticket.id).collect::<Vec<_>>(), [parcel.job.id]);
    let hold = journey.to.claim(due[0]).await;
    assert!(matches!(&hold.content, Some(Content::Inline(_))), "{hold:?}");
    assert_eq!(hold.content, parcel.content);
    journey.to.store().settle(&hold.job, samples::success(3, 3), journey.to.now()).await.unwrap();
    let Job { state, .. } = journey.to.found(hold.job.id).await;
    assert_eq!(state, State::Succeeded);
}

async fn forgotten(journey: Arc<Journey>) {
    journey.from.put_and_end(samples::text(1), samples::success(3, 3)).await;
    let [parcel] = &journey.move_all().await[..] else { panic!("one job") };
    journey.to.store().amend(parcel.job.id, Order::Delete, journey.to.now()).await.unwrap();
    assert!(!journey.unpacks.unpack(parcel.clone()).await.unwrap());
    assert_eq!(journey.to.catalogue().find(parcel.job.id).await.unwrap(), Lookup::Gone);
}

async fn pages(journey: Arc<Journey>) {
    for number in [5, 3, 1, 4, 2] {
        journey.from.put(samples::text(number)).await;
    }
    let (mut after, mut ids) = (None, Vec::new());
    loop {
        let page = journey.packs.pack(after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.job.id);
        ids.extend(page.iter().map(|parcel| parcel.job.id));
    }
    assert_eq!(ids, [1, 2, 3, 4, 5].map(samples::id));
}
