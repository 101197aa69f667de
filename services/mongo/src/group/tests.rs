//! How calls are gathered, without a database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::*;

/// Doubles numbers when it is let; refuses 13, and panics at 14.
struct Doubling {
    gate: Arc<Semaphore>,
    sizes: Arc<Mutex<Vec<usize>>>,
    begun: Arc<AtomicUsize>,
}

#[async_trait]
impl Batch for Doubling {
    type Ask = u64;
    type Answer = u64;
    const EFFECT: Effect = Effect::Write;

    fn bytes(ask: &u64) -> usize {
        if *ask > 1_000 { MOST_BYTES } else { 1 }
    }

    async fn carry_out(&self, asks: Vec<u64>) -> Result<Vec<Result<u64, SharedFault>>, SharedFault> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.sizes.lock().unwrap().push(asks.len());
        self.gate.acquire().await.expect("it is never closed").forget();
        assert!(!asks.contains(&14), "as the test wants it");
        let answer = |ask: u64| match ask {
            13 => Err(SharedFault::new(FaultKind::Unavailable, "refused")),
            _ => Ok(ask * 2),
        };
        Ok(asks.into_iter().map(answer).collect())
    }
}

struct Stage {
    group: Arc<Group<Doubling>>,
    gate: Arc<Semaphore>,
    sizes: Arc<Mutex<Vec<usize>>>,
    begun: Arc<AtomicUsize>,
}

fn stage(within: Duration) -> Stage {
    let (gate, sizes, begun) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
    let batch = Doubling { gate: Arc::clone(&gate), sizes: Arc::clone(&sizes), begun: Arc::clone(&begun) };
    let group = Group::new(batch, Calls::new(within, within, 8));
    Stage { group, gate, sizes, begun }
}

impl Stage {
    /// Calls that are in the line or under way when this returns.
    async fn asks(
        &self,
        asks: impl IntoIterator<Item = u64>,
    ) -> Vec<tokio::task::JoinHandle<Result<u64, Fault>>> {
        let mut calls = Vec::new();
        for ask in asks {
            let group = Arc::clone(&self.group);
            calls.push(self.group.calls.tasks().spawn(async move { group.ask(ask, "double").await }));
        }
        calls
    }

    /// Lets all that waits be gathered, then all operations go; what the calls came to.
    async fn answers(
        &self,
        calls: Vec<tokio::task::JoinHandle<Result<u64, Fault>>>,
    ) -> Vec<Result<u64, FaultKind>> {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.gate.add_permits(10);
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap().map_err(|fault| fault.kind));
        }
        answers
    }

    async fn until_begun(&self, count: usize) {
        while self.begun.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_comes_meanwhile_goes_together_and_a_bad_member_fails_alone() {
    let stage = stage(LONG);
    let mut calls = stage.asks([1]).await;
    stage.until_begun(1).await;
    // A few wait for the one that is under way; with more it is worth another.
    calls.extend(stage.asks(vec![2; WORTH_ONE_MORE]).await);
    stage.until_begun(2).await;
    calls.extend(stage.asks([3, 13, 5, 6]).await);
    let answers = stage.answers(calls).await;
    let mut expected = vec![Ok(2)];
    expected.extend(vec![Ok(4); WORTH_ONE_MORE]);
    expected.extend([Ok(6), Err(FaultKind::Unavailable), Ok(10), Ok(12)]);
    assert_eq!(answers, expected);
    assert_eq!(*stage.sizes.lock().unwrap(), [1, WORTH_ONE_MORE, 4]);
}

#[tokio::test]
async fn an_operation_has_a_size() {
    let stage = stage(LONG);
    let mut calls = stage.asks([1]).await;
    stage.until_begun(1).await;
    calls.extend(stage.asks([3, 2_000, 4_000, 5]).await);
    assert!(stage.answers(calls).await.iter().all(Result::is_ok), "all are good");
    // The large ones fill an operation each; a small one before them does not travel with them.
    assert_eq!(*stage.sizes.lock().unwrap(), [1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn a_panic_is_unknown_to_its_members_and_nothing_to_others() {
    let stage = stage(LONG);
    stage.gate.add_permits(10);
    for _ in 0..2 * Doubling::AT_ONCE {
        assert_eq!(stage.group.ask(14, "double").await.unwrap_err().kind, FaultKind::Unknown);
    }
    assert_eq!(stage.group.ask(4, "double").await.unwrap(), 8);
}

#[tokio::test]
async fn who_waits_for_one_that_panics_is_served() {
    let stage = stage(LONG);
    let mut calls = stage.asks([14]).await;
    stage.until_begun(1).await;
    calls.extend(stage.asks([4, 5]).await);
    let answers = stage.answers(calls).await;
    assert_eq!(answers, [Err(FaultKind::Unknown), Ok(8), Ok(10)]);
}

#[tokio::test]
async fn nobody_waits_for_ever_and_who_left_is_not_served() {
    let stage = stage(Duration::from_millis(300));
    let mut calls = stage.asks([0]).await;
    stage.until_begun(1).await;
    calls.extend(stage.asks(1..10).await);
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind, FaultKind::Unknown);
    }
    stage.gate.add_permits(10);
    assert_eq!(stage.group.ask(4, "double").await.unwrap(), 8);
    assert!(
        stage.sizes.lock().unwrap().iter().sum::<usize>() < 10,
        "calls that were given up are not carried out"
    );
}
