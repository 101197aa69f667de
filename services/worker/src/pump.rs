//! One slot of a worker: takes a ticket, works on its job, takes the next.
//!
//! A worker has many slots, more than cores, because most of a job's life is waiting: for its page, for the disk.

use std::panic::resume_unwind;
use std::sync::Arc;

use futures_util::FutureExt;
use tally_jobs::model::{Hold, Ticket};
use tally_jobs::ports::{Handed, JobQueue, Receipt};
use tally_jobs::work::{Work, Worked};
use tally_kernel::{Fault, FaultKind};
use tokio::runtime::Handle;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::outage::{Outage, Waited};

/// A job that was claimed so often in a row without an orderly end runs alone, so that a document that kills its
/// worker takes no neighbour with it into its last crash.
const SUSPECT: u32 = 3;
/// After so many refusals of one claim, each while the store answered others, its ticket goes to somebody else.
const REFUSALS: u32 = 3;

/// The two moments of a worker's end.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// Nothing new is begun from here on.
    pub drain: CancellationToken,
    /// Waiting for running jobs is over.
    pub give_up: CancellationToken,
}

/// The slots of one worker.
#[derive(Clone)]
pub struct Pump {
    work: Work,
    queue: Arc<dyn JobQueue>,
    /// Read by those who run side by side, written by a suspect.
    alone: Arc<RwLock<()>>,
    outage: Outage,
    stops: Stops,
    workshop: Handle,
}

impl Pump {
    /// Slots that take tickets from `queue`. They end when the queue is closed and their jobs have ended; when
    /// waiting for those is over they give their jobs back instead. What is not counted in a moment is counted on the
    /// threads of `workshop`, so that the runtime of the slots may have others to answer.
    #[must_use]
    pub fn new(work: Work, queue: Arc<dyn JobQueue>, stops: Stops, workshop: Handle) -> Self {
        let outage = Outage::new(Arc::clone(&work.clock), Arc::clone(&work.ids));
        Self { work, queue, alone: Arc::default(), outage, stops, workshop }
    }

    /// Runs one slot until the queue is closed.
    pub async fn run(self) {
        loop {
            match self.queue.next().await {
                Ok(Handed::Ticket(ticket, receipt)) => self.take(ticket, receipt).await,
                Ok(Handed::Closed) => return,
                Err(fault) => {
                    tracing::warn!(%fault, "no ticket could be taken; trying again");
                    // Not as for a store that is away: it may be there, and would call at once.
                    self.outage.rest().await;
                }
            }
        }
    }

    async fn take(&self, ticket: Ticket, receipt: Receipt) {
        // Claiming waits while a suspect runs alone: what is not claimed cannot be charged with his crash.
        let beside = self.alone.read().await;
        let settled = match self.claim(ticket).await {
            Claimed::Nothing => self.queue.done(receipt).await,
            Claimed::Held(hold) if hold.job.crashes >= SUSPECT => {
                drop(beside);
                self.run_alone(*hold, receipt).await
            }
            Claimed::Held(hold) => self.finish(*hold, receipt).await,
            Claimed::Unasked => self.queue.give_back(receipt).await,
        };
        if let Err(fault) = settled {
            // The store knows how the job stands; a ticket that comes again finds nothing to do.
            tracing::debug!(job.id = %ticket.id, %fault, "a ticket was not settled");
        }
    }

    /// Runs a suspect when nobody else runs. Until then it is not held: a crash of somebody else would be charged to
    /// it as well, and it would be its last.
    async fn run_alone(&self, hold: Hold, receipt: Receipt) -> Result<(), Fault> {
        let mut wanted = std::pin::pin!(self.alone.write());
        // In line before the hold is given back, so that nobody claims the job again before its turn.
        if let Some(_alone) = wanted.as_mut().now_or_never() {
            return self.finish(hold, receipt).await;
        }
        let ticket = hold.job.ticket();
        self.give_back(&hold).await;
        let _alone = wanted.await;
        match self.claim(ticket).await {
            Claimed::Held(hold) => self.finish(*hold, receipt).await,
            // Ended by its client meanwhile.
            Claimed::Nothing => self.queue.done(receipt).await,
            Claimed::Unasked => self.queue.give_back(receipt).await,
        }
    }

    /// Claims a job, however long the store is away: the ticket stays in hand.
    async fn claim(&self, mut ticket: Ticket) -> Claimed {
        let mut refusals = 0;
        loop {
            match self.work.claim(ticket).await {
                Ok(hold) => {
                    self.outage.over();
                    return hold.map_or(Claimed::Nothing, |hold| Claimed::Held(Box::new(hold)));
                }
                Err(fault) => {
                    self.outage.noted(&fault);
                    // The claim may be written, for a holder who never was: this very slot. Asked as a ticket whose
                    // holder is gone, it need not wait for the end of that lease.
                    ticket.redelivered |= fault.kind == FaultKind::Unknown;
                }
            }
            match self.outage.wait(&self.stops.drain).await {
                Waited::Turn => {}
                Waited::Back => refusals += 1,
                Waited::Stopped => return Claimed::Unasked,
            }
            if refusals > REFUSALS {
                return Claimed::Unasked;
            }
        }
    }

    async fn finish(&self, hold: Hold, receipt: Receipt) -> Result<(), Fault> {
        let hold = Arc::new(hold);
        tokio::select! {
            biased;
            ended = self.attempt(&hold) => {
                if let Err(fault) = ended {
                    tracing::warn!(job.id = %hold.job.id, %fault, "an attempt could not be ended; the job runs again");
                    self.outage.noted(&fault);
                    self.give_back(&hold).await;
                }
                self.queue.done(receipt).await
            }
            () = self.stops.give_up.cancelled() => {
                self.give_back(&hold).await;
                self.queue.give_back(receipt).await
            }
        }
    }

    /// Works on a held job. A short text is over before another thread would have begun with it.
    async fn attempt(&self, hold: &Arc<Hold>) -> Result<Worked, Fault> {
        if hold.job.is_short() {
            return self.work.finish(hold).await;
        }
        let (work, hold) = (self.work.clone(), Arc::clone(hold));
        let there = self.workshop.spawn(async move { work.finish(&hold).await });
        match AbortOnDropHandle::new(there).await {
            Ok(worked) => worked,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(ended) => Err(Fault::because(FaultKind::Unknown, "work on a job", ended)),
            },
        }
    }

    /// Gives a job back uncharged as soon as the store takes that. When the drain comes first it is tried once more:
    /// not charging is a courtesy, and without it the lease ends by itself.
    async fn give_back(&self, hold: &Hold) {
        loop {
            match self.work.release(&hold.job).await {
                Ok(()) => return self.outage.over(),
                Err(fault) if self.stops.give_up.is_cancelled() => {
                    tracing::warn!(job.id = %hold.job.id, %fault, "a job could not be given back; its lease will end");
                    return;
                }
                Err(fault) => self.outage.noted(&fault),
            }
            self.outage.wait(&self.stops.give_up).await;
        }
    }
}

/// What a claim came to.
enum Claimed {
    /// The job is ours.
    Held(Box<Hold>),
    /// There is nothing to take.
    Nothing,
    /// The store did not say, and this worker asks no more.
    Unasked,
}
