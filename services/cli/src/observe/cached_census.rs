//! The number of waiting and running jobs for the metrics, counted on demand and cached.
//!
//! A count scans every waiting job, in every process that is scraped. So it runs only when the metrics are read, and
//! its result is reused.

use std::sync::Arc;
use std::time::Duration;

use tally_jobs::query::Query;
use tally_kernel::{Clock, RefreshTimer};
use tokio::sync::{Notify, watch};

use super::metrics::Metrics;

/// Bounds of the interval between counts. The upper bound is short, because a count may have waited for something else.
const INTERVAL: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));
/// Readers of metrics keep a store busy for at most a twentieth of its time.
const COST_FACTOR: u32 = 20;
/// A reader waits this long for a count and then gets the last one.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// Brings readers of metrics and the count together.
pub(super) struct CachedCensus {
    clock: Arc<dyn Clock>,
    asked: Notify,
    timer: watch::Sender<RefreshTimer>,
}

impl CachedCensus {
    /// Not counted yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let timer = RefreshTimer::new(INTERVAL.0, INTERVAL.1, COST_FACTOR);
        Self { clock, asked: Notify::new(), timer: watch::Sender::new(timer) }
    }

    /// Waits until the count is fresh, or until a timeout.
    pub(super) async fn refresh(&self) {
        let mut timer = self.timer.subscribe();
        self.asked.notify_one();
        let fresh = timer.wait_for(|timer| timer.is_fresh(self.clock.now()));
        tokio::select! {
            // This holds the sender, so the wait cannot fail.
            _ = fresh => {}
            () = self.clock.sleep(READ_TIMEOUT) => {}
        }
    }

    /// Counts whenever a reader asks and the last count is stale, for ever.
    pub(super) async fn run(&self, query: &Query, metrics: &Metrics) {
        loop {
            self.asked.notified().await;
            if self.timer.borrow().is_fresh(self.clock.now()) {
                continue;
            }
            let began = self.clock.now();
            let census = query.catalogue.census().await;
            let now = self.clock.now();
            self.timer.send_modify(|timer| match &census {
                Ok(census) => {
                    metrics.census(census, now);
                    timer.measured(began, now);
                }
                // A failing store reports itself; the last count stays.
                Err(_) => timer.failed(now),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_contract::doubles::{Action, Faulty, HandClock, Points};
    use tally_contract::memory::{MemoryBlobs, MemoryStore};
    use tally_jobs::notifier::CompletionNotifier;
    use tally_jobs::ports::JobCatalogue;
    use tally_jobs::query::PollSchedule;
    use tally_kernel::{FaultKind, Timestamp};
    use tokio_util::task::{AbortOnDropHandle, TaskTracker};

    struct Fixture {
        clock: Arc<HandClock>,
        points: Arc<Points>,
        census: Arc<CachedCensus>,
        _counting: AbortOnDropHandle<()>,
    }

    impl Fixture {
        fn new() -> Self {
            let (clock, points) = (Arc::new(HandClock::default()), Points::new());
            let catalogue: Arc<dyn JobCatalogue> =
                MemoryStore::new(MemoryBlobs::new(Arc::clone(&clock) as _)) as _;
            let catalogue = Faulty::new(catalogue, Arc::clone(&points)) as _;
            let query = Query {
                catalogue,
                notifier: CompletionNotifier::new(),
                clock: Arc::clone(&clock) as _,
                polls: PollSchedule::SAME_PROCESS,
            };
            let census = Arc::new(CachedCensus::new(Arc::clone(&clock) as _));
            let counter = Arc::clone(&census);
            let counting = async move { counter.run(&query, &Metrics::new(None)).await };
            let counting = AbortOnDropHandle::new(TaskTracker::new().spawn(counting));
            Self { clock, points, census, _counting: counting }
        }

        fn counts(&self) -> usize {
            self.points.passed("census")
        }
    }

    #[tokio::test]
    async fn counts_on_demand_and_reuses_a_fresh_count() {
        let fixture = Fixture::new();
        tokio::task::yield_now().await;
        assert_eq!(fixture.counts(), 0, "no reader yet");
        tokio::join!(fixture.census.refresh(), fixture.census.refresh());
        assert_eq!(fixture.counts(), 1);
        fixture.census.refresh().await;
        assert_eq!(fixture.counts(), 1, "the last count is fresh");
        fixture.clock.advance(INTERVAL.0);
        fixture.census.refresh().await;
        assert_eq!(fixture.counts(), 2);
        fixture.clock.jump_to(Timestamp::from_ms(1));
        fixture.census.refresh().await;
        assert_eq!(fixture.counts(), 3, "the clock was set back");
    }

    #[tokio::test]
    async fn a_reader_waits_only_briefly_for_a_failing_store() {
        let fixture = Fixture::new();
        fixture.points.arm("census", Action::FailBefore(FaultKind::Unavailable), 1);
        fixture.census.refresh().await;
        fixture.points.arm("census", Action::Hang, 1);
        fixture.clock.advance(INTERVAL.0);
        let timeout = async {
            fixture.clock.somebody_sleeps().await;
            fixture.clock.advance(READ_TIMEOUT);
        };
        tokio::join!(fixture.census.refresh(), timeout);
        assert_eq!(fixture.counts(), 2);
    }
}
