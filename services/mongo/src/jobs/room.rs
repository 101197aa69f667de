//! Whether there is room for one more job.
//!
//! Counted now and then, and between two counts by what this process admits: a bound against running full, not a law.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::{Document, doc};
use mongodb::Database;
use mongodb::error::Result as Driven;
use tally_jobs::state::State;
use tokio::time::Instant;

use crate::calls::Calls;
use crate::error::Effect;
use crate::jobs::statements::matched;
use crate::options::Options;
use crate::schema::JOBS;

/// A count is good for so long …
const GOOD_FOR: Duration = Duration::from_secs(1);
/// … or for so many times what it took, so that counting a long line never takes more than a fiftieth of the server …
const TIMES_ITS_COST: u32 = 50;
/// … but never for longer than this: others admit jobs, too.
const LONGEST: Duration = Duration::from_secs(30);
/// The sizes of so many jobs speak for the others.
const SIZED: i64 = 2_000;

/// The room.
pub struct Room {
    calls: Arc<Calls>,
    most_jobs: u64,
    most_bytes: u64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    jobs: u64,
    bytes: u64,
    /// Since the count under way began: it may or may not have seen them.
    taken_jobs: u64,
    taken_bytes: u64,
    good_until: Option<Instant>,
    counting: bool,
}

/// What a count found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Jobs that wait.
    pub jobs: u64,
    /// The bytes that they handed in, about.
    pub bytes: u64,
}

impl Room {
    /// Room within these bounds.
    pub fn new(calls: Arc<Calls>, options: &Options) -> Arc<Self> {
        let (most_jobs, most_bytes) = (options.max_queued_jobs, options.max_queued_bytes);
        Arc::new(Self { calls, most_jobs, most_bytes, known: Mutex::default() })
    }

    /// Takes room for one more job; `false` when there is none, as far as is known.
    pub fn reserve(self: &Arc<Self>, bytes: u64) -> bool {
        let mut known = self.known();
        if !known.counting && known.good_until.is_none_or(|until| until <= Instant::now()) {
            (known.counting, known.taken_jobs, known.taken_bytes) = (true, 0, 0);
            self.calls.tasks().spawn(Arc::clone(self).count());
        }
        let fits = known.jobs < self.most_jobs && known.bytes.saturating_add(bytes) <= self.most_bytes;
        if fits {
            known.jobs += 1;
            known.taken_jobs += 1;
            known.bytes = known.bytes.saturating_add(bytes);
            known.taken_bytes = known.taken_bytes.saturating_add(bytes);
        }
        fits
    }

    /// Whether one more job may wait, as far as is known.
    pub fn is_there(&self) -> bool {
        let known = self.known();
        known.jobs < self.most_jobs && known.bytes < self.most_bytes
    }

    async fn count(self: Arc<Self>) {
        let began = Instant::now();
        let counted = self.calls.run(Effect::Read, "count waiting jobs", count).await;
        let took = began.elapsed();
        let mut known = self.known();
        known.counting = false;
        known.good_until = Some(Instant::now() + (took * TIMES_ITS_COST).clamp(GOOD_FOR, LONGEST));
        match counted {
            Ok(count) => {
                known.jobs = count.jobs + known.taken_jobs;
                known.bytes = count.bytes.saturating_add(known.taken_bytes);
            }
            // The store is in trouble, and says so itself.
            Err(fault) => tracing::debug!(%fault, "the bound on waiting jobs rests on an old count"),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn count(database: Database) -> Driven<Count> {
    let jobs = in_state(&database, State::Queued).await?;
    let sample = [
        doc! { "$match": { "state": State::Queued.as_str() } },
        doc! { "$limit": SIZED },
        doc! { "$group": { "_id": null, "bytes": { "$avg": "$source.bytes" } } },
    ];
    let mut sizes = database.collection::<Document>(JOBS).aggregate(sample).await?;
    let average = if sizes.advance().await? {
        sizes.deserialize_current()?.get_f64("bytes").unwrap_or(0.0)
    } else {
        0.0
    };
    Ok(Count { jobs, bytes: (average * jobs as f64) as u64 })
}

/// How many jobs are in a state: a walk along the keys of an index. By `count`, because the driver's own way, an
/// aggregation, costs more; among shards it may see a job twice that is being moved.
pub async fn in_state(database: &Database, state: State) -> Driven<u64> {
    let counted = database.run_command(doc! { "count": JOBS, "query": { "state": state.as_str() } }).await?;
    Ok(matched(&counted) as u64)
}
