//! One slot of a worker: takes a ticket, works on its job, takes the next.
//!
//! A worker has many slots, more than cores, because most of a job's life is waiting: for its page, for the disk.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tally_jobs::model::{Hold, Ticket};
use tally_jobs::ports::{Handed, JobQueue, Receipt};
use tally_jobs::work::Work;
use tally_kernel::Fault;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

/// A job that was claimed so often in a row without an orderly end runs alone, so that a document that kills its
/// worker takes no neighbour with it into its last crash.
const SUSPECT: u32 = 3;
/// How long a slot rests after the store or the queue could not answer.
const REST: Duration = Duration::from_secs(1);

/// The slots of one worker.
#[derive(Clone)]
pub struct Pump {
    work: Work,
    queue: Arc<dyn JobQueue>,
    /// Read by those who run side by side, written by a suspect.
    alone: Arc<RwLock<()>>,
    /// Cancelled when waiting for running jobs is over.
    give_up: CancellationToken,
}

impl Pump {
    /// Slots that take tickets from `queue`. They end when the queue is closed and their jobs have ended; when
    /// `give_up` is cancelled they give their jobs back instead.
    #[must_use]
    pub fn new(work: Work, queue: Arc<dyn JobQueue>, give_up: CancellationToken) -> Self {
        Self { work, queue, alone: Arc::default(), give_up }
    }

    /// Runs one slot until the queue is closed.
    pub async fn run(self) {
        loop {
            match self.queue.next().await {
                Ok(Handed::Ticket(ticket, receipt)) => self.take(ticket, receipt).await,
                Ok(Handed::Closed) => return,
                Err(fault) => self.rest("take a ticket", &fault).await,
            }
        }
    }

    async fn take(&self, ticket: Ticket, receipt: Receipt) {
        // Claiming waits while a suspect runs alone: what is not claimed cannot be charged with his crash.
        let beside = self.alone.read().await;
        let settled = match self.work.claim(ticket).await {
            Ok(None) => self.queue.done(receipt).await,
            Ok(Some(hold)) if hold.job.crashes >= SUSPECT => {
                drop(beside);
                self.run_alone(hold, receipt).await
            }
            Ok(Some(hold)) => self.finish(hold, receipt).await,
            Err(fault) => {
                let given_back = self.queue.give_back(receipt).await;
                self.rest("claim a job", &fault).await;
                given_back
            }
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
        match self.work.claim(ticket).await {
            Ok(Some(hold)) => self.finish(hold, receipt).await,
            // Ended by its client meanwhile, or still in the name of a hold that could not be given back.
            Ok(None) => self.queue.done(receipt).await,
            Err(fault) => {
                let given_back = self.queue.give_back(receipt).await;
                self.rest("claim a job", &fault).await;
                given_back
            }
        }
    }

    async fn finish(&self, hold: Hold, receipt: Receipt) -> Result<(), Fault> {
        tokio::select! {
            biased;
            ended = self.work.finish(&hold) => {
                if let Err(fault) = ended {
                    tracing::warn!(job.id = %hold.job.id, %fault, "an attempt could not be ended; the job runs again");
                    self.give_back(&hold).await;
                    self.rest("end an attempt", &fault).await;
                }
                self.queue.done(receipt).await
            }
            () = self.give_up.cancelled() => {
                self.give_back(&hold).await;
                self.queue.give_back(receipt).await
            }
        }
    }

    /// Not charging the attempt is a courtesy: when even that cannot be written, the lease ends by itself.
    async fn give_back(&self, hold: &Hold) {
        if let Err(fault) = self.work.release(&hold.job).await {
            tracing::warn!(job.id = %hold.job.id, %fault, "a job could not be given back; its lease will end");
        }
    }

    async fn rest(&self, what: &'static str, fault: &Fault) {
        tracing::warn!(%fault, cause = fault_cause(fault), "could not {what}; trying again");
        self.work.clock.sleep(REST.mul_f64(0.5 + self.work.ids.chance())).await;
    }
}

fn fault_cause(fault: &Fault) -> String {
    std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default()
}
