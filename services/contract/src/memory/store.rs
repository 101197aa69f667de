//! A store in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tally_count::Histogram;
use tally_jobs::model::{Content, Ending, Hold, Job, JobId, NewJob, Ticket, WorkerId};
use tally_jobs::ports::{Admission, Carried, JobStore, Settled, StillHeld};
use tally_jobs::relay::offer_again_at;
use tally_jobs::state::{Amended, Order, State as JobState};
use tally_kernel::{Fault, Lease, Timestamp};

use super::MemoryBlobs;

/// How long a body may stand without a job.
const UNOWNED: Duration = Duration::from_secs(24 * 3600);

/// The jobs.
pub struct MemoryStore {
    state: Mutex<State>,
    blobs: Arc<MemoryBlobs>,
}

#[derive(Default)]
pub(super) struct State {
    /// By the order of admission.
    pub jobs: BTreeMap<u64, Record>,
    pub places: HashMap<JobId, u64>,
    pub gone: HashSet<JobId>,
    newest: u64,
}

pub(super) struct Record {
    pub job: Job,
    content: Option<Content>,
    pub histogram: Option<Histogram>,
    /// When the ticket of its present turn was confirmed.
    offered: Option<Timestamp>,
}

impl Record {
    /// Since when a ticket should have been offered.
    fn overdue_since(&self, now: Timestamp) -> Option<Timestamp> {
        let since = match (self.job.state, self.offered) {
            (JobState::Queued, None) => self.job.due_at,
            (JobState::Queued, Some(at)) => offer_again_at(self.job.due_at, at),
            (JobState::Running, None) => self.job.lease?.until,
            (JobState::Running, Some(at)) => at.after(Lease::LASTS),
            _ => return None,
        };
        (since <= now).then_some(since)
    }

    fn become_next(&mut self, job: Job) -> Job {
        self.offered = None;
        self.job = job;
        self.job.clone()
    }
}

impl State {
    pub fn get(&self, id: JobId) -> Option<&Record> {
        self.jobs.get(self.places.get(&id)?)
    }

    fn get_mut(&mut self, id: JobId) -> Option<&mut Record> {
        self.jobs.get_mut(self.places.get(&id)?)
    }

    fn forget(&mut self, id: JobId) -> Option<Record> {
        let record = self.jobs.remove(&self.places.remove(&id)?)?;
        self.gone.insert(id);
        Some(record)
    }
}

impl MemoryStore {
    /// No jobs yet; their bodies are there.
    #[must_use]
    pub fn new(blobs: Arc<MemoryBlobs>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), blobs })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_body(&self, content: Option<&Content>) {
        if let Some(Content::Stored(blob)) = content {
            self.blobs.forget(*blob);
        }
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    async fn admit(&self, mut new: NewJob) -> Result<Admission, Fault> {
        let content = new.content.take();
        let job = new.into_job();
        let mut state = self.lock();
        if let Some(first) = state.get(job.id) {
            let same = first.job.fingerprint == job.fingerprint;
            return Ok(if same { Admission::Replay(first.job.clone()) } else { Admission::KeyReused });
        }
        state.newest += 1;
        let place = state.newest;
        state.places.insert(job.id, place);
        state.jobs.insert(place, Record { job: job.clone(), content, histogram: None, offered: None });
        let pending = Some(job.ticket());
        Ok(Admission::New { job, pending })
    }

    async fn offered(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        let mut state = self.lock();
        for ticket in tickets {
            if let Some(record) = state.get_mut(ticket.id)
                && record.job.epoch == ticket.epoch
            {
                record.offered = Some(at);
            }
        }
        Ok(())
    }

    async fn overdue(&self, now: Timestamp, limit: usize) -> Result<Vec<Ticket>, Fault> {
        let state = self.lock();
        let due = state.jobs.values().filter_map(|one| Some((one.overdue_since(now)?, one.job.ticket())));
        let mut due: Vec<_> = due.collect();
        due.sort_by_key(|(since, _)| *since);
        Ok(due.into_iter().map(|(_, ticket)| ticket).take(limit).collect())
    }

    async fn claim(&self, ticket: Ticket, _who: &WorkerId, now: Timestamp) -> Result<Option<Hold>, Fault> {
        let mut state = self.lock();
        let Some(record) = state.get_mut(ticket.id) else { return Ok(None) };
        let claimed = record.job.clone().claimed(ticket, now, Lease::from(now));
        Ok(claimed.map(|job| Hold { job: record.become_next(job), content: record.content.clone() }))
    }

    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        let mut state = self.lock();
        match state.get_mut(hold.id).filter(|record| record.job.is_held(hold.epoch)) {
            None => Ok(StillHeld::Gone),
            Some(record) => {
                if record.job.lease.is_none_or(|present| present.wants_renewal(now)) {
                    record.job.lease = Some(lease);
                    record.offered = None;
                }
                Ok(StillHeld::Yes)
            }
        }
    }

    async fn release(&self, hold: &Job, from: Timestamp) -> Result<(), Fault> {
        let mut state = self.lock();
        if let Some(record) = state.get_mut(hold.id)
            && let Some(job) = record.job.clone().released(hold.epoch, from)
        {
            record.become_next(job);
        }
        Ok(())
    }

    async fn settle(&self, hold: &Job, ending: Ending, now: Timestamp) -> Result<Settled, Fault> {
        let mut state = self.lock();
        let Some(record) = state.get_mut(hold.id) else { return Ok(Settled::Gone) };
        let Some(job) = record.job.clone().ended(hold.epoch, &ending, now) else { return Ok(Settled::Gone) };
        let job = record.become_next(job);
        if let Ending::Succeeded(findings) = ending {
            record.histogram = Some(findings.histogram());
            self.drop_body(record.content.take().as_ref());
        }
        Ok(Settled::Written(job))
    }

    async fn amend(&self, id: JobId, order: Order, now: Timestamp) -> Result<Carried, Fault> {
        let mut state = self.lock();
        let Some(record) = state.get_mut(id) else {
            return Ok(if state.gone.contains(&id) { Carried::Gone } else { Carried::Unknown });
        };
        match record.job.clone().amended(order, now) {
            None => Ok(Carried::Forbidden(record.job.clone())),
            Some(Amended::Changed(next)) => {
                let job = record.become_next(*next);
                let pending = (job.state == JobState::Queued).then(|| job.ticket());
                Ok(Carried::Done { job, pending })
            }
            Some(Amended::Forgotten) => {
                let job = record.job.clone();
                let forgotten = state.forget(id);
                self.drop_body(forgotten.and_then(|record| record.content).as_ref());
                Ok(Carried::Done { job, pending: None })
            }
        }
    }

    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let mut state = self.lock();
        let over = state.jobs.values().filter(|one| one.job.expires_at().is_some_and(|at| at <= now));
        let over: Vec<_> = over.map(|one| one.job.id).take(limit).collect();
        for id in &over {
            let forgotten = state.forget(*id);
            self.drop_body(forgotten.and_then(|record| record.content).as_ref());
        }
        let owned = state.jobs.values().filter_map(|one| match one.content {
            Some(Content::Stored(blob)) => Some(blob),
            _ => None,
        });
        let owned: HashSet<_> = owned.collect();
        let until = now.before(UNOWNED);
        self.blobs.remove_orphans(until, |blob| owned.contains(&blob));
        Ok(over.len())
    }
}
