//! The limit on waiting jobs (backpressure).
//!
//! Counting costs a scan, so the count is cached. Between two counts each process adds what it admits itself. So the
//! limit protects against a full store; it is not exact.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::{Document, doc};
use mongodb::Database;
use mongodb::error::Result as DriverResult;
use tally_jobs::state::JobState;
use tally_kernel::{Clock, RefreshTimer};

use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::jobs::update_statements::matched;
use crate::options::Options;
use crate::schema::JOBS;

/// Bounds of the interval between counts. Other processes admit jobs too, so it is short.
const INTERVAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A count of a long backlog uses at most a fiftieth of the server.
const COST_FACTOR: u32 = 50;
/// Number of jobs whose size is averaged to estimate the bytes.
const SAMPLE: i64 = 2_000;

/// Admits jobs while the backlog is below its limits.
pub struct BacklogLimit {
    db: Arc<DbExecutor>,
    clock: Arc<dyn Clock>,
    max_jobs: u64,
    max_bytes: u64,
    cached: Mutex<CachedBacklog>,
}

/// Waiting jobs and the bytes submitted with them.
#[derive(Clone, Copy, Debug, Default)]
struct Backlog {
    jobs: u64,
    bytes: u64,
}

impl Backlog {
    fn add(&mut self, jobs: u64, bytes: u64) {
        self.jobs = self.jobs.saturating_add(jobs);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

struct CachedBacklog {
    total: Backlog,
    /// Admitted here since the running count began, which may have missed them.
    admitted_meanwhile: Backlog,
    timer: RefreshTimer,
    is_counting: bool,
}

impl BacklogLimit {
    /// The limit of these options.
    pub fn new(db: Arc<DbExecutor>, clock: Arc<dyn Clock>, options: &Options) -> Arc<Self> {
        let cached = Mutex::new(CachedBacklog {
            total: Backlog::default(),
            admitted_meanwhile: Backlog::default(),
            timer: RefreshTimer::new(INTERVAL.0, INTERVAL.1, COST_FACTOR),
            is_counting: false,
        });
        let (max_jobs, max_bytes) = (options.max_queued_jobs, options.max_queued_bytes);
        Arc::new(Self { db, clock, max_jobs, max_bytes, cached })
    }

    /// Reserves room for one more job. `false`: the backlog is full. Starts a count if the cached one is stale.
    pub fn reserve(self: &Arc<Self>, bytes: u64) -> bool {
        let mut cached = self.cached();
        if !cached.is_counting && !cached.timer.is_fresh(self.clock.now()) {
            (cached.is_counting, cached.admitted_meanwhile) = (true, Backlog::default());
            self.db.tasks().spawn(Arc::clone(self).refresh());
        }
        let total = cached.total;
        let fits = total.jobs < self.max_jobs && total.bytes.saturating_add(bytes) <= self.max_bytes;
        if fits {
            cached.total.add(1, bytes);
            cached.admitted_meanwhile.add(1, bytes);
        }
        fits
    }

    /// Whether one more job may wait.
    pub fn has_room(&self) -> bool {
        let total = self.cached().total;
        total.jobs < self.max_jobs && total.bytes < self.max_bytes
    }

    async fn refresh(self: Arc<Self>) {
        let began = self.clock.now();
        let counted = self.db.run(Effect::Read, "count waiting jobs", count).await;
        let now = self.clock.now();
        let mut cached = self.cached();
        cached.is_counting = false;
        match counted {
            Ok(mut total) => {
                let Backlog { jobs, bytes } = cached.admitted_meanwhile;
                total.add(jobs, bytes);
                cached.total = total;
                cached.timer.measured(began, now);
            }
            // Every failed call is reported where it fails; here the old count remains in use.
            Err(fault) => {
                tracing::debug!(%fault, "the backlog was not counted; the old count remains in use");
                cached.timer.failed(now);
            }
        }
    }

    fn cached(&self) -> MutexGuard<'_, CachedBacklog> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn count(database: Database) -> DriverResult<Backlog> {
    let jobs = count_in_state(&database, JobState::Queued).await?;
    let sample = [
        doc! { "$match": { "state": JobState::Queued.as_str() } },
        doc! { "$limit": SAMPLE },
        doc! { "$group": { "_id": null, "bytes": { "$avg": "$bytes" } } },
    ];
    let mut sizes = database.collection::<Document>(JOBS).aggregate(sample).await?;
    let average = if sizes.advance().await? {
        sizes.deserialize_current()?.get_f64("bytes").unwrap_or(0.0)
    } else {
        0.0
    };
    Ok(Backlog { jobs, bytes: (average * jobs as f64) as u64 })
}

/// Number of jobs in a state, from the keys of an index. Uses the `count` command, because the driver's
/// `count_documents` runs an aggregation, which costs more. On shards it may count a job twice that is being moved.
pub async fn count_in_state(database: &Database, state: JobState) -> DriverResult<u64> {
    let counted = database.run_command(doc! { "count": JOBS, "query": { "state": state.as_str() } }).await?;
    Ok(matched(&counted) as u64)
}
