//! Tests of the batcher without a database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::*;

/// Doubles numbers once the gate opens. Fails for 13 and panics for 14.
struct Doubling {
    gate: Arc<Semaphore>,
    sizes: Arc<Mutex<Vec<usize>>>,
    begun: Arc<AtomicUsize>,
}

#[async_trait]
impl BatchOperation for Doubling {
    type Item = u64;
    type Output = u64;
    const EFFECT: Effect = Effect::Write;

    fn bytes(item: &u64) -> usize {
        if *item > 1_000 { MAX_BYTES } else { 1 }
    }

    async fn execute(&self, items: Vec<u64>) -> Result<Vec<Result<u64, SharedFault>>, SharedFault> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.sizes.lock().unwrap().push(items.len());
        self.gate.acquire().await.expect("it is never closed").forget();
        assert!(!items.contains(&14), "a panic of the test");
        let answer = |item: u64| match item {
            13 => Err(SharedFault::new(FaultKind::Unavailable, "refused")),
            _ => Ok(item * 2),
        };
        Ok(items.into_iter().map(answer).collect())
    }
}

struct Harness {
    batcher: Arc<Batcher<Doubling>>,
    gate: Arc<Semaphore>,
    sizes: Arc<Mutex<Vec<usize>>>,
    begun: Arc<AtomicUsize>,
}

fn harness(within: Duration) -> Harness {
    let (gate, sizes, begun) = (Arc::new(Semaphore::new(0)), Arc::default(), Arc::default());
    let batch = Doubling { gate: Arc::clone(&gate), sizes: Arc::clone(&sizes), begun: Arc::clone(&begun) };
    let batcher = Batcher::new(batch, DbExecutor::new(within, within, 8));
    Harness { batcher, gate, sizes, begun }
}

impl Harness {
    /// Starts calls that are queued or in flight when this returns.
    async fn start_calls(
        &self,
        items: impl IntoIterator<Item = u64>,
    ) -> Vec<tokio::task::JoinHandle<Result<u64, Fault>>> {
        let mut pending = Vec::new();
        for item in items {
            let batcher = Arc::clone(&self.batcher);
            pending.push(self.batcher.db.tasks().spawn(async move { batcher.call(item, "double").await }));
        }
        pending
    }

    /// Lets the queued calls be batched, opens the gate, and returns all results.
    async fn results(
        &self,
        pending: Vec<tokio::task::JoinHandle<Result<u64, Fault>>>,
    ) -> Vec<Result<u64, FaultKind>> {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        self.gate.add_permits(10);
        let mut answers = Vec::new();
        for call in pending {
            answers.push(call.await.unwrap().map_err(|fault| fault.kind));
        }
        answers
    }

    async fn wait_until_begun(&self, count: usize) {
        while self.begun.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn batches_calls_that_arrive_meanwhile_and_fails_a_bad_one_alone() {
    let harness = harness(LONG);
    let mut pending = harness.start_calls([1]).await;
    harness.wait_until_begun(1).await;
    // Fewer requests wait for the running operation; this many start a second one.
    pending.extend(harness.start_calls(vec![2; START_ANOTHER_AT]).await);
    harness.wait_until_begun(2).await;
    pending.extend(harness.start_calls([3, 13, 5, 6]).await);
    let answers = harness.results(pending).await;
    let mut expected = vec![Ok(2)];
    expected.extend(vec![Ok(4); START_ANOTHER_AT]);
    expected.extend([Ok(6), Err(FaultKind::Unavailable), Ok(10), Ok(12)]);
    assert_eq!(answers, expected);
    assert_eq!(*harness.sizes.lock().unwrap(), [1, START_ANOTHER_AT, 4]);
}

#[tokio::test]
async fn limits_the_bytes_of_an_operation() {
    let harness = harness(LONG);
    let mut pending = harness.start_calls([1]).await;
    harness.wait_until_begun(1).await;
    pending.extend(harness.start_calls([3, 2_000, 4_000, 5]).await);
    assert!(harness.results(pending).await.iter().all(Result::is_ok), "all are good");
    // Each large item fills an operation. A small item before it is not added.
    assert_eq!(*harness.sizes.lock().unwrap(), [1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn a_panic_fails_its_own_batch_as_unknown_and_no_other() {
    let harness = harness(LONG);
    harness.gate.add_permits(10);
    for _ in 0..2 * Doubling::MAX_CONCURRENT {
        assert_eq!(harness.batcher.call(14, "double").await.unwrap_err().kind, FaultKind::Unknown);
    }
    assert_eq!(harness.batcher.call(4, "double").await.unwrap(), 8);
}

#[tokio::test]
async fn runs_queued_calls_after_a_panic() {
    let harness = harness(LONG);
    let mut pending = harness.start_calls([14]).await;
    harness.wait_until_begun(1).await;
    pending.extend(harness.start_calls([4, 5]).await);
    let answers = harness.results(pending).await;
    assert_eq!(answers, [Err(FaultKind::Unknown), Ok(8), Ok(10)]);
}

#[tokio::test]
async fn calls_time_out_and_are_then_skipped() {
    let harness = harness(Duration::from_millis(300));
    let mut pending = harness.start_calls([0]).await;
    harness.wait_until_begun(1).await;
    pending.extend(harness.start_calls(1..10).await);
    for call in pending {
        assert_eq!(call.await.unwrap().unwrap_err().kind, FaultKind::Unknown);
    }
    harness.gate.add_permits(10);
    assert_eq!(harness.batcher.call(4, "double").await.unwrap(), 8);
    assert!(
        harness.sizes.lock().unwrap().iter().sum::<usize>() < 10,
        "calls that were given up are not carried out"
    );
}
