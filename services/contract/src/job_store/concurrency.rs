//! Many at once: each job ends exactly once, under any race.

use std::sync::Arc;

use tally_jobs::ports::{CompleteResult, Lookup};
use tally_jobs::record::ClaimedJob;
use tally_jobs::state::{AttemptOutcome, JobState};
use tally_kernel::OwnerId;
use tokio::task::JoinSet;

use super::StoreCheck;
use crate::samples;
use crate::suite::Fixture;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("sixty_four_concurrent_jobs_end_once_each", |g| Box::pin(lives(g))),
    StoreCheck::new("one_of_many_completions_wins", |g| Box::pin(one_end(g))),
];

/// How many jobs each of the 64 tasks runs.
const LIVES: u64 = 5;

async fn lives(fixture: Arc<Fixture>) {
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let fixture = Arc::clone(&fixture);
        tasks.spawn(async move {
            let mut ended = 0;
            for life in 0..LIVES {
                let job = fixture.admit(samples::small(task * LIVES + life)).await;
                let claims = [fixture.try_claim(job.ticket()), fixture.try_claim(job.ticket())];
                let holds: Vec<ClaimedJob> =
                    futures_util::future::join_all(claims).await.into_iter().flatten().collect();
                assert_eq!(holds.len(), 1);
                let settle = |words| {
                    fixture.store().complete(&holds[0].job, samples::success(words, 2), fixture.now())
                };
                let ends = futures_util::future::join_all([settle(5), settle(6)]).await;
                ended += ends.into_iter().filter(|end| matches!(end, Ok(CompleteResult::Written(_)))).count()
                    as u64;
            }
            ended
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u64>(), 64 * LIVES);
    for number in 0..64 * LIVES {
        let job = fixture.found(samples::id(number)).await;
        assert_eq!((job.state, job.attempts, job.epoch), (JobState::Succeeded, 1, 1));
    }
    let census = fixture.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (0, 0));
}

async fn one_end(fixture: Arc<Fixture>) {
    let hold = fixture.running(1).await.job;
    let mut tasks = JoinSet::new();
    for number in 0..64 {
        let (fixture, hold) = (Arc::clone(&fixture), hold.clone());
        tasks.spawn(async move {
            let ending = if number % 2 == 0 {
                samples::success(number + 1, 2)
            } else {
                AttemptOutcome::Failed(samples::failure())
            };
            match fixture.store().complete(&hold, ending, fixture.now()).await.unwrap() {
                CompleteResult::Written(job) => Some(job),
                CompleteResult::Fenced => None,
            }
        });
    }
    let won: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    assert_eq!(
        fixture.catalogue().find(&OwnerId::LOCAL, hold.id).await.unwrap(),
        Lookup::Found(won[0].clone())
    );
}
