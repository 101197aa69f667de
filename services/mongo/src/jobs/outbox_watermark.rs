//! The outbox of this process: new jobs whose messages are not confirmed, and the watermark that other processes read.
//!
//! A mark in each job that its message was published would cost one more write per waiting job, most of them when the
//! backlog is longest. Instead a new job is written as published, and this process tracks its message in memory until it
//! is confirmed. Four times a second it stores its watermark in one document: every job that it admitted before it has
//! been published. If the watermark stops moving, the relays of other processes publish the rest.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::{Document, doc};
use tally_jobs::confirmed_publishes::SUBMIT_GRACE;
use tally_jobs::id::JobId;
use tally_jobs::record::{Job, Ticket};
use tally_jobs::relay::PUBLISH_AGAIN_AFTER;
use tally_kernel::{Clock, Fault, Timestamp};
use tokio::time::{MissedTickBehavior, interval};

use crate::codec::{date, moment};
use crate::db_executor::DbExecutor;
use crate::error::Effect;
use crate::schema::{PROCESSES, durable};
use crate::sequence::Sequence;

/// Interval between stores of the watermark. Well below [`SUBMIT_GRACE`], so that a living process never looks stale.
const STORED_EVERY: Duration = Duration::from_millis(250);
/// A process that admitted nothing for this long removes its document.
const IDLE_AFTER: Duration = Duration::from_secs(10);
/// Maximum tracked messages. Above it each job is marked when it was published.
const MAX_TRACKED: usize = 10_000;
/// A stale process is looked at for this long. After that the `wake` of each of its jobs has come.
const CHECKED_FOR: Duration = Duration::from_secs(2 * PUBLISH_AGAIN_AFTER.as_secs());
/// The document of a stale process is removed after this time.
const REMOVED_AFTER: Duration = Duration::from_secs(3600);

/// Tracks unconfirmed messages and stores the watermark of this process.
pub struct OutboxWatermark {
    db: Arc<DbExecutor>,
    clock: Arc<dyn Clock>,
    process: i64,
    unconfirmed: Mutex<Unconfirmed>,
    /// Whether the document of this process exists. Locked during writes, so that creating and removing it do not
    /// race.
    is_stored: tokio::sync::Mutex<bool>,
}

#[derive(Default)]
struct Unconfirmed {
    /// In the order of admission.
    messages: BTreeMap<(Timestamp, JobId), Ticket>,
    admitted_at: HashMap<JobId, Timestamp>,
    /// Whether the document of this process exists, so that other processes would find these jobs.
    is_announced: bool,
    last_admitted_at: Option<Timestamp>,
}

/// Another process whose watermark stopped moving.
#[derive(Clone, Copy, Debug)]
pub struct StaleProcess {
    /// The process id.
    pub process: i64,
    /// Its watermark: every job that it admitted up to this time has been published.
    pub watermark: Timestamp,
}

impl OutboxWatermark {
    /// An empty outbox.
    pub fn new(db: Arc<DbExecutor>, clock: Arc<dyn Clock>, sequence: &Sequence) -> Arc<Self> {
        let (unconfirmed, is_stored) = (Mutex::default(), tokio::sync::Mutex::new(false));
        Arc::new(Self { db, clock, process: sequence.process(), unconfirmed, is_stored })
    }

    /// Stores the watermark periodically, for ever.
    pub async fn run(self: Arc<Self>) {
        let mut ticks = interval(STORED_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !self.unconfirmed().is_announced {
                continue;
            }
            if let Err(fault) = self.update().await {
                tracing::debug!(%fault, "the outbox watermark was not stored");
            }
        }
    }

    /// Tracks a job that is about to be written. `false`: it is not tracked, so its publish must be marked in the job.
    pub async fn track(&self, job: &Job) -> bool {
        let (now, key) = (self.clock.now(), (job.created_at, job.id));
        if now.since(job.created_at) >= SUBMIT_GRACE {
            return false;
        }
        let is_announced = {
            let mut unconfirmed = self.unconfirmed();
            // An id that is tracked already was submitted twice with one key.
            if unconfirmed.messages.len() >= MAX_TRACKED || unconfirmed.admitted_at.contains_key(&job.id) {
                return false;
            }
            unconfirmed.messages.insert(key, job.ticket());
            unconfirmed.admitted_at.insert(job.id, job.created_at);
            unconfirmed.last_admitted_at = Some(now);
            unconfirmed.is_announced
        };
        let is_announced = is_announced || self.announce().await.is_ok();
        if !is_announced {
            self.untrack(job.id);
        }
        is_announced
    }

    /// Stops tracking a job: its message is confirmed or no longer needed. Returns the time of admission if it was
    /// tracked.
    pub fn untrack(&self, id: JobId) -> Option<Timestamp> {
        let mut unconfirmed = self.unconfirmed();
        let created_at = unconfirmed.admitted_at.remove(&id)?;
        unconfirmed.messages.remove(&(created_at, id));
        Some(created_at)
    }

    /// Of these confirmed messages, those whose jobs must be marked as published. Tracked jobs were written as published,
    /// so they are untracked and need no mark.
    pub fn to_mark(&self, tickets: &[Ticket], at: Timestamp) -> Vec<Ticket> {
        let needs_no_mark = |ticket: &&Ticket| {
            let created_at = self.untrack(ticket.id);
            created_at.is_some_and(|created_at| at.since(created_at) < PUBLISH_AGAIN_AFTER / 2)
        };
        tickets.iter().filter(|ticket| !needs_no_mark(ticket)).copied().collect()
    }

    /// Tracked messages that should be confirmed by now, oldest first.
    pub fn overdue(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, Ticket)> {
        let mut unconfirmed = self.unconfirmed();
        // From then on the relay finds them by their `wake`.
        while let Some((&(created_at, id), _)) = unconfirmed.messages.first_key_value()
            && now.since(created_at) >= PUBLISH_AGAIN_AFTER
        {
            unconfirmed.messages.pop_first();
            unconfirmed.admitted_at.remove(&id);
        }
        let is_overdue = |created_at: Timestamp| now.since(created_at) >= SUBMIT_GRACE;
        let overdue = unconfirmed.messages.iter().take_while(|((created_at, _), _)| is_overdue(*created_at));
        overdue.take(limit).map(|((created_at, _), ticket)| (*created_at, *ticket)).collect()
    }

    /// Other processes that should have moved their watermark by now.
    pub async fn stale_processes(&self, now: Timestamp) -> Result<Vec<StaleProcess>, Fault> {
        let me = self.process;
        let (oldest, newest) = (now.before(CHECKED_FOR), now.before(SUBMIT_GRACE));
        let found = self.db.run(Effect::Read, "find stale processes", move |database| async move {
            let stale = doc! { "_id": { "$ne": me }, "until": { "$gt": date(oldest), "$lte": date(newest) } };
            let mut cursor = database.collection::<Document>(PROCESSES).find(stale).await?;
            let mut processes = Vec::new();
            while cursor.advance().await? {
                let process = cursor.deserialize_current()?;
                if let (Ok(id), Ok(until)) = (process.get_i64("_id"), process.get_datetime("until")) {
                    processes.push(StaleProcess { process: id, watermark: moment(*until) });
                }
            }
            Ok(processes)
        });
        found.await
    }

    /// Removes the documents of processes that ended long ago.
    pub async fn remove_old_processes(&self, now: Timestamp) -> Result<(), Fault> {
        let old = doc! { "until": { "$lt": date(now.before(REMOVED_AFTER)) } };
        let removed = self.db.run(Effect::Write, "remove old processes", move |database| async move {
            database.collection::<Document>(PROCESSES).delete_many(old).await
        });
        removed.await.map(drop)
    }

    /// Creates the document of this process, durably, unless it exists.
    async fn announce(&self) -> Result<(), Fault> {
        let mut is_stored = self.is_stored.lock().await;
        if !*is_stored {
            self.write(true).await?;
            *is_stored = true;
        }
        self.unconfirmed().is_announced = true;
        Ok(())
    }

    /// Stores the watermark, or removes the document when the process is idle.
    async fn update(&self) -> Result<(), Fault> {
        let mut is_stored = self.is_stored.lock().await;
        let is_idle = {
            let now = self.clock.now();
            let mut unconfirmed = self.unconfirmed();
            let last = unconfirmed.last_admitted_at;
            let is_idle =
                unconfirmed.messages.is_empty() && last.is_none_or(|last| now.since(last) >= IDLE_AFTER);
            unconfirmed.is_announced = !is_idle;
            is_idle
        };
        if !is_idle {
            return self.write(false).await;
        }
        *is_stored = false;
        let me = self.process;
        let removed = self.db.run(Effect::Write, "remove this process", move |database| async move {
            database.collection::<Document>(PROCESSES).delete_one(doc! { "_id": me }).await
        });
        removed.await.map(drop)
    }

    async fn write(&self, durably: bool) -> Result<(), Fault> {
        let (me, until) = (self.process, date(self.watermark()));
        let written = self.db.run(Effect::Write, "store the outbox watermark", move |database| async move {
            let processes = database.collection::<Document>(PROCESSES);
            let write =
                processes.update_one(doc! { "_id": me }, doc! { "$set": { "until": until } }).upsert(true);
            if durably { write.write_concern(durable()).await } else { write.await }
        });
        written.await.map(drop)
    }

    /// Every job that this process admitted up to this time has been published.
    fn watermark(&self) -> Timestamp {
        let now = self.clock.now();
        let unconfirmed = self.unconfirmed();
        let first = unconfirmed.messages.keys().next();
        first.map_or(now, |(created_at, _)| created_at.before(Duration::from_millis(1)).min(now))
    }

    fn unconfirmed(&self) -> MutexGuard<'_, Unconfirmed> {
        // No code that holds the lock can panic in the middle of a change.
        self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
