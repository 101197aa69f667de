//! How many jobs wait and run, counted when somebody looks.
//!
//! A count walks past every job that waits, in every process that is asked: nobody's look costs nothing.

use std::sync::Arc;
use std::time::Duration;

use tally_jobs::query::Query;
use tally_kernel::{Clock, Timestamp};
use tokio::sync::{Notify, watch};

use super::metrics::Metrics;

/// A count is good for so long …
const GOOD_FOR: Duration = Duration::from_secs(2);
/// … or for so many times what it took, so that those who look never keep a store busy …
const TIMES_ITS_COST: u32 = 20;
/// … but never for longer than this: it may have waited for something else.
const LONGEST: Duration = Duration::from_secs(30);
/// Who looks waits so long for a count, and then is shown the last one.
const PATIENCE: Duration = Duration::from_secs(1);

/// Brings lookers and the count together.
pub(super) struct Standing {
    clock: Arc<dyn Clock>,
    asked: Notify,
    /// Until when the last count is good.
    good_until: watch::Sender<Timestamp>,
}

impl Standing {
    /// Not counted yet.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, asked: Notify::new(), good_until: watch::Sender::new(Timestamp::from_ms(0)) }
    }

    /// Returns when there is a good count, or after a moment.
    pub(super) async fn look(&self) {
        let mut good_until = self.good_until.subscribe();
        self.asked.notify_one();
        let good = good_until.wait_for(|until| self.is_good(*until));
        tokio::select! {
            // It never fails: the sender is ours.
            _ = good => {}
            () = self.clock.sleep(PATIENCE) => {}
        }
    }

    /// Counts for those who look, for ever.
    pub(super) async fn count(&self, query: &Query, metrics: &Metrics) {
        loop {
            self.asked.notified().await;
            if self.is_good(*self.good_until.borrow()) {
                continue;
            }
            let began = self.clock.now();
            let census = query.census().await;
            let now = self.clock.now();
            let good_for = match census {
                Ok(census) => {
                    metrics.census(&census, now);
                    (now.since(began) * TIMES_ITS_COST).clamp(GOOD_FOR, LONGEST)
                }
                // A store in trouble says so itself; the last count stands.
                Err(_) => GOOD_FOR,
            };
            self.good_until.send_replace(now.after(good_for));
        }
    }

    /// Whether a count that is good until then is good now. It is not when the clock was set back since.
    fn is_good(&self, until: Timestamp) -> bool {
        let left = until.since(self.clock.now());
        !left.is_zero() && left <= LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_contract::doubles::{Action, Faulty, HandClock, Points};
    use tally_contract::memory::{MemoryBlobs, MemoryStore};
    use tally_jobs::bell::Bell;
    use tally_jobs::ports::JobCatalogue;
    use tally_jobs::query::Looks;
    use tally_kernel::FaultKind;
    use tokio_util::task::{AbortOnDropHandle, TaskTracker};

    struct Ground {
        clock: Arc<HandClock>,
        points: Arc<Points>,
        standing: Arc<Standing>,
        _counting: AbortOnDropHandle<()>,
    }

    impl Ground {
        fn new() -> Self {
            let (clock, points) = (Arc::new(HandClock::default()), Points::new());
            let catalogue: Arc<dyn JobCatalogue> =
                MemoryStore::new(MemoryBlobs::new(Arc::clone(&clock) as _)) as _;
            let catalogue = Faulty::new(catalogue, Arc::clone(&points)) as _;
            let query =
                Query { catalogue, bell: Bell::new(), clock: Arc::clone(&clock) as _, looks: Looks::HERE };
            let standing = Arc::new(Standing::new(Arc::clone(&clock) as _));
            let counter = Arc::clone(&standing);
            let counting = async move { counter.count(&query, &Metrics::new(None)).await };
            let counting = AbortOnDropHandle::new(TaskTracker::new().spawn(counting));
            Self { clock, points, standing, _counting: counting }
        }

        fn counts(&self) -> usize {
            self.points.passed("census")
        }
    }

    #[tokio::test]
    async fn jobs_are_counted_for_those_who_look_and_not_for_each() {
        let ground = Ground::new();
        tokio::task::yield_now().await;
        assert_eq!(ground.counts(), 0, "nobody looks");
        tokio::join!(ground.standing.look(), ground.standing.look());
        assert_eq!(ground.counts(), 1);
        ground.standing.look().await;
        assert_eq!(ground.counts(), 1, "the last count is good");
        ground.clock.advance(GOOD_FOR);
        ground.standing.look().await;
        assert_eq!(ground.counts(), 2);
        ground.clock.jump_to(Timestamp::from_ms(1));
        ground.standing.look().await;
        assert_eq!(ground.counts(), 3, "the clock was set back");
    }

    #[tokio::test]
    async fn who_looks_at_a_store_in_trouble_waits_for_a_moment_only() {
        let ground = Ground::new();
        ground.points.arm("census", Action::FailBefore(FaultKind::Unavailable), 1);
        ground.standing.look().await;
        ground.points.arm("census", Action::Hang, 1);
        ground.clock.advance(GOOD_FOR);
        let look = async {
            ground.clock.somebody_sleeps().await;
            ground.clock.advance(PATIENCE);
        };
        tokio::join!(ground.standing.look(), look);
        assert_eq!(ground.counts(), 2);
    }
}
