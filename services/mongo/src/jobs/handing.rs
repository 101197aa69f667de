//! New jobs of this process that the queue has not confirmed yet, and how the other processes learn of them when it dies.
//!
//! A note in each job that its ticket was offered would be one more change of every job that waits, made when there are
//! most of them. So a new job is written as one that was offered, and its process answers for it: it keeps the tickets
//! that are not confirmed in memory, and tells four times a second, in one document, up to which moment all that it admitted
//! is handed out. When that moment stays behind, the relays of the others take on what it admitted since.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bson::{Document, doc};
use tally_jobs::model::{Job, JobId, Ticket};
use tally_jobs::notes::LEFT_TO_SUBMIT;
use tally_jobs::relay::FORGOTTEN_AFTER;
use tally_kernel::{Clock, Fault, Timestamp};
use tokio::time::{MissedTickBehavior, interval};

use crate::calls::Calls;
use crate::codec::{date, moment};
use crate::error::Effect;
use crate::numbers::Numbers;
use crate::schema::{PROCESSES, durable};

/// How often a process tells: so often that who looks after [`LEFT_TO_SUBMIT`] finds a living one up to date.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// A process that has admitted nothing for so long has nothing to tell, and its document goes.
const QUIET_AFTER: Duration = Duration::from_secs(10);
/// So many tickets are kept. What is admitted beyond that is noted in each job, as it was offered or not.
const MOST: usize = 10_000;
/// After so long without a word a process is not looked for any more: the times in its jobs have come.
const LOOKED_FOR: Duration = Duration::from_secs(2 * FORGOTTEN_AFTER.as_secs());
/// After so long its document is removed.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The tickets of one process.
pub struct Handing {
    calls: Arc<Calls>,
    clock: Arc<dyn Clock>,
    process: i64,
    open: Mutex<Open>,
    /// Whether the document of this process is there; held while it is written, so that one who makes it and one who
    /// removes it do not cross.
    is_told: tokio::sync::Mutex<bool>,
}

#[derive(Default)]
struct Open {
    /// In the order of their admission.
    tickets: BTreeMap<(Timestamp, JobId), Ticket>,
    /// When each was admitted.
    times: HashMap<JobId, Timestamp>,
    /// Whether others may find what is here.
    is_known: bool,
    /// When the last one was admitted.
    last: Option<Timestamp>,
}

/// Another process that has not told for a while.
#[derive(Clone, Copy, Debug)]
pub struct Silent {
    /// Its number.
    pub process: i64,
    /// Up to when all that it admitted is handed out.
    pub until: Timestamp,
}

impl Handing {
    /// Nothing yet. Tells until the calls are closed.
    pub fn new(calls: Arc<Calls>, clock: Arc<dyn Clock>, numbers: &Numbers) -> Arc<Self> {
        let (open, is_told) = (Mutex::default(), tokio::sync::Mutex::new(false));
        Arc::new(Self { calls, clock, process: numbers.process(), open, is_told })
    }

    /// Tells from time to time, for ever.
    pub async fn tell_on(self: Arc<Self>) {
        let mut ticks = interval(TOLD_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !self.open().is_known {
                continue;
            }
            if let Err(fault) = self.tell().await {
                tracing::debug!(%fault, "the other processes were not told what is handed out");
            }
        }
    }

    /// A new job is about to be written. `false`: it is to be noted in the job whether it was offered.
    pub async fn begin(&self, job: &Job) -> bool {
        let (now, key) = (self.clock.now(), (job.created_at, job.id));
        if now.since(job.created_at) >= LEFT_TO_SUBMIT {
            return false;
        }
        let is_known = {
            let mut open = self.open();
            // One that is here was submitted twice, under one key.
            if open.tickets.len() >= MOST || open.times.contains_key(&job.id) {
                return false;
            }
            open.tickets.insert(key, job.ticket());
            open.times.insert(job.id, job.created_at);
            open.last = Some(now);
            open.is_known
        };
        let is_known = is_known || self.make_known().await.is_ok();
        if !is_known {
            self.end(job.id);
        }
        is_known
    }

    /// The ticket of this job is confirmed, or is nothing to this process any more. Says when it was admitted, if it was
    /// one of those that are kept here.
    pub fn end(&self, id: JobId) -> Option<Timestamp> {
        let mut open = self.open();
        let created_at = open.times.remove(&id)?;
        open.tickets.remove(&(created_at, id));
        Some(created_at)
    }

    /// The tickets of these that are confirmed now and are to be noted in their jobs: not those that are kept here, whose
    /// jobs say already when they are to be looked at again.
    pub fn to_note(&self, tickets: &[Ticket], at: Timestamp) -> Vec<Ticket> {
        let is_noted = |ticket: &&Ticket| {
            let created_at = self.end(ticket.id);
            created_at.is_some_and(|created_at| at.since(created_at) < FORGOTTEN_AFTER / 2)
        };
        tickets.iter().filter(|ticket| !is_noted(ticket)).copied().collect()
    }

    /// Tickets that should be confirmed by now, the oldest first.
    pub fn late(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, Ticket)> {
        let mut open = self.open();
        // From then on they are found by the times in their jobs.
        while let Some((&(created_at, id), _)) = open.tickets.first_key_value()
            && now.since(created_at) >= FORGOTTEN_AFTER
        {
            open.tickets.pop_first();
            open.times.remove(&id);
        }
        let late =
            open.tickets.iter().take_while(|((created_at, _), _)| now.since(*created_at) >= LEFT_TO_SUBMIT);
        late.take(limit).map(|((created_at, _), ticket)| (*created_at, *ticket)).collect()
    }

    /// Other processes that should have told by now.
    pub async fn silent(&self, now: Timestamp) -> Result<Vec<Silent>, Fault> {
        let me = self.process;
        let (recent, late) = (now.before(LOOKED_FOR), now.before(LEFT_TO_SUBMIT));
        let found = self.calls.run(Effect::Read, "look for silent processes", move |database| async move {
            let theirs = doc! { "_id": { "$ne": me }, "until": { "$gt": date(recent), "$lte": date(late) } };
            let mut cursor = database.collection::<Document>(PROCESSES).find(theirs).await?;
            let mut silent = Vec::new();
            while cursor.advance().await? {
                let process = cursor.deserialize_current()?;
                if let (Ok(number), Ok(until)) = (process.get_i64("_id"), process.get_datetime("until")) {
                    silent.push(Silent { process: number, until: moment(*until) });
                }
            }
            Ok(silent)
        });
        found.await
    }

    /// Removes the documents of processes that are long gone.
    pub async fn sweep(&self, now: Timestamp) -> Result<(), Fault> {
        let long_ago = date(now.before(REMEMBERED));
        let removed = self.calls.run(Effect::Write, "forget processes", move |database| async move {
            database
                .collection::<Document>(PROCESSES)
                .delete_many(doc! { "until": { "$lt": long_ago } })
                .await
        });
        removed.await.map(drop)
    }

    /// Makes the document of this process, durably, unless it is there.
    async fn make_known(&self) -> Result<(), Fault> {
        let mut is_told = self.is_told.lock().await;
        if !*is_told {
            self.write(true).await?;
            *is_told = true;
        }
        self.open().is_known = true;
        Ok(())
    }

    async fn tell(&self) -> Result<(), Fault> {
        let mut is_told = self.is_told.lock().await;
        let is_quiet = {
            let now = self.clock.now();
            let mut open = self.open();
            let is_quiet =
                open.tickets.is_empty() && open.last.is_none_or(|last| now.since(last) >= QUIET_AFTER);
            open.is_known = !is_quiet;
            is_quiet
        };
        if !is_quiet {
            return self.write(false).await;
        }
        *is_told = false;
        let me = self.process;
        let removed = self.calls.run(Effect::Write, "forget this process", move |database| async move {
            database.collection::<Document>(PROCESSES).delete_one(doc! { "_id": me }).await
        });
        removed.await.map(drop)
    }

    async fn write(&self, durably: bool) -> Result<(), Fault> {
        let (me, until) = (self.process, date(self.until()));
        let told = self.calls.run(Effect::Write, "tell what is handed out", move |database| async move {
            let processes = database.collection::<Document>(PROCESSES);
            let tell =
                processes.update_one(doc! { "_id": me }, doc! { "$set": { "until": until } }).upsert(true);
            if durably { tell.write_concern(durable()).await } else { tell.await }
        });
        told.await.map(drop)
    }

    /// Up to when all that was admitted here is handed out.
    fn until(&self) -> Timestamp {
        let open = self.open();
        let first =
            open.tickets.keys().next().map(|(created_at, _)| created_at.before(Duration::from_millis(1)));
        let now = self.clock.now();
        first.map_or(now, |first| first.min(now))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing under the lock panics half way through a change.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
