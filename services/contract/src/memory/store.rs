//! A store in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tally_jobs::content::Content;
use tally_jobs::id::{JobId, WorkerId};
use tally_jobs::parts::Attachment;
use tally_jobs::ports::{ActionResult, Admission, CompleteResult, JobStore, StillHeld};
use tally_jobs::record::{ClaimedJob, Job, NewJob, Ticket};
use tally_jobs::relay::publish_again_at;
use tally_jobs::state::{Applied, AttemptOutcome, JobAction, JobState};
use tally_kernel::{Fault, Lease, OwnerId, Timestamp};

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
    /// The newest generation of a key, by the id of its first job.
    generations: HashMap<JobId, u32>,
    newest: u64,
}

pub(super) struct Record {
    pub job: Job,
    content: Option<Content>,
    pub attachments: Vec<Attachment>,
    /// When the ticket of its present turn was confirmed.
    published: Option<Timestamp>,
}

impl Record {
    /// Since when a ticket should have been offered.
    fn overdue_since(&self, now: Timestamp) -> Option<Timestamp> {
        let since = match (self.job.state, self.published) {
            (JobState::Queued, None) => self.job.due_at,
            (JobState::Queued, Some(at)) => publish_again_at(self.job.due_at, at),
            (JobState::Running, None) => self.job.lease?.until,
            (JobState::Running, Some(at)) => at.after(Lease::LASTS),
            _ => return None,
        };
        (since <= now).then_some(since)
    }

    fn become_next(&mut self, job: Job) -> Job {
        self.published = None;
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
        if let Some(Content::Stored(body)) = content {
            self.blobs.forget(body.id);
        }
    }
}

#[async_trait]
impl JobStore for MemoryStore {
    async fn admit(&self, mut new: NewJob) -> Result<Admission, Fault> {
        let (content, generation) = (new.content.take(), new.generation);
        let job = new.into_job();
        let mut state = self.lock();
        if state.gone.contains(&job.id) {
            return Ok(Admission::Gone { newest: state.generations.get(&job.id).copied().unwrap_or(0) });
        }
        if let Some(first) = state.get(job.id) {
            let same = first.job.fingerprint == job.fingerprint;
            return Ok(if same { Admission::Replay(first.job.clone()) } else { Admission::KeyReused });
        }
        if let Some(generation) = generation {
            let newest = state.generations.entry(generation.first).or_default();
            *newest = generation.number.max(*newest);
        }
        state.newest += 1;
        let place = state.newest;
        state.places.insert(job.id, place);
        state
            .jobs
            .insert(place, Record { job: job.clone(), content, attachments: Vec::new(), published: None });
        let pending = Some(job.ticket());
        Ok(Admission::New { job, pending })
    }

    async fn published(&self, tickets: &[Ticket], at: Timestamp) -> Result<(), Fault> {
        let mut state = self.lock();
        for ticket in tickets {
            if let Some(record) = state.get_mut(ticket.id)
                && record.job.epoch == ticket.epoch
            {
                record.published = Some(at);
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

    async fn claim(
        &self,
        ticket: Ticket,
        worker: &WorkerId,
        now: Timestamp,
    ) -> Result<Option<ClaimedJob>, Fault> {
        let mut state = self.lock();
        let Some(record) = state.get_mut(ticket.id) else { return Ok(None) };
        let claimed = record.job.clone().claimed(ticket, worker, now, Lease::from(now));
        Ok(claimed.map(|job| ClaimedJob { job: record.become_next(job), content: record.content.clone() }))
    }

    async fn renew(&self, hold: &Job, now: Timestamp, lease: Lease) -> Result<StillHeld, Fault> {
        let mut state = self.lock();
        match state.get_mut(hold.id).filter(|record| record.job.is_held(hold.epoch)) {
            None => Ok(StillHeld::No),
            Some(record) => {
                if record.job.lease.is_none_or(|present| present.wants_renewal(now)) {
                    record.job.lease = Some(lease);
                    record.published = None;
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

    async fn complete(
        &self,
        hold: &Job,
        ending: AttemptOutcome,
        now: Timestamp,
    ) -> Result<CompleteResult, Fault> {
        let mut state = self.lock();
        let Some(record) = state.get_mut(hold.id) else { return Ok(CompleteResult::Fenced) };
        let Some(job) = record.job.clone().completed(hold.epoch, &ending, now) else {
            return Ok(CompleteResult::Fenced);
        };
        let job = record.become_next(job);
        if let AttemptOutcome::Succeeded(output) = ending {
            record.attachments = output.attachments;
            self.drop_body(record.content.take().as_ref());
        }
        Ok(CompleteResult::Written(job))
    }

    async fn apply(
        &self,
        owner: &OwnerId,
        id: JobId,
        action: JobAction,
        now: Timestamp,
    ) -> Result<ActionResult, Fault> {
        let mut state = self.lock();
        let Some(record) = state.get_mut(id) else {
            return Ok(if state.gone.contains(&id) { ActionResult::Gone } else { ActionResult::Unknown });
        };
        if record.job.owner != *owner {
            return Ok(ActionResult::Unknown);
        }
        match record.job.clone().applied(action, now) {
            None => Ok(ActionResult::Forbidden(record.job.clone())),
            Some(Applied::Changed(next)) => {
                let job = record.become_next(*next);
                let pending = (job.state == JobState::Queued).then(|| job.ticket());
                Ok(ActionResult::Done { job, pending })
            }
            Some(Applied::Removed) => {
                let job = record.job.clone();
                let forgotten = state.forget(id);
                self.drop_body(forgotten.and_then(|record| record.content).as_ref());
                Ok(ActionResult::Done { job, pending: None })
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
            Some(Content::Stored(body)) => Some(body.id),
            _ => None,
        });
        let owned: HashSet<_> = owned.collect();
        let until = now.before(UNOWNED);
        self.blobs.remove_orphans(until, |blob| owned.contains(&blob));
        Ok(over.len())
    }
}
