//! Many at once: each job ends exactly once, whoever races for it.

use std::sync::Arc;

use tally_jobs::ports::{CompleteResult, Lookup};
use tally_jobs::record::ClaimedJob;
use tally_jobs::state::{AttemptOutcome, JobState};
use tally_kernel::OwnerId;
use tokio::task::JoinSet;

use super::StoreCheck;
use crate::samples;
use crate::suite::Ground;

pub(super) const CHECKS: &[StoreCheck] = &[
    StoreCheck::new("sixty_four_lives_at_once_end_once_each", |g| Box::pin(lives(g))),
    StoreCheck::new("one_of_many_ends_wins", |g| Box::pin(one_end(g))),
];

/// How many lives each of the 64 tasks leads.
const LIVES: u64 = 5;

async fn lives(ground: Arc<Ground>) {
    let mut tasks = JoinSet::new();
    for task in 0..64 {
        let ground = Arc::clone(&ground);
        tasks.spawn(async move {
            let mut ended = 0;
            for life in 0..LIVES {
                let job = ground.admit(samples::small(task * LIVES + life)).await;
                let claims = [ground.try_claim(job.ticket()), ground.try_claim(job.ticket())];
                let holds: Vec<ClaimedJob> =
                    futures_util::future::join_all(claims).await.into_iter().flatten().collect();
                assert_eq!(holds.len(), 1);
                let settle =
                    |words| ground.store().complete(&holds[0].job, samples::success(words, 2), ground.now());
                let ends = futures_util::future::join_all([settle(5), settle(6)]).await;
                ended += ends.into_iter().filter(|end| matches!(end, Ok(CompleteResult::Written(_)))).count()
                    as u64;
            }
            ended
        });
    }
    assert_eq!(tasks.join_all().await.into_iter().sum::<u64>(), 64 * LIVES);
    for number in 0..64 * LIVES {
        let job = ground.found(samples::id(number)).await;
        assert_eq!((job.state, job.attempts, job.epoch), (JobState::Succeeded, 1, 1));
    }
    let census = ground.catalogue().census().await.unwrap();
    assert_eq!((census.queued, census.running), (0, 0));
}

async fn one_end(ground: Arc<Ground>) {
    let hold = ground.running(1).await.job;
    let mut tasks = JoinSet::new();
    for number in 0..64 {
        let (ground, hold) = (Arc::clone(&ground), hold.clone());
        tasks.spawn(async move {
            let ending = if number % 2 == 0 {
                samples::success(number + 1, 2)
            } else {
                AttemptOutcome::Failed(samples::failure())
            };
            match ground.store().complete(&hold, ending, ground.now()).await.unwrap() {
                CompleteResult::Written(job) => Some(job),
                CompleteResult::Fenced => None,
            }
        });
    }
    let won: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    assert_eq!(
        ground.catalogue().find(&OwnerId::LOCAL, hold.id).await.unwrap(),
        Lookup::Found(won[0].clone())
    );
}
