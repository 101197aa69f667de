//! One slot of a worker: takes a ticket, runs its job, takes the next.
//!
//! A worker has more slots than cores, because a job mostly waits: for its page, for the disk.

use std::panic::resume_unwind;
use std::sync::Arc;

use futures_util::FutureExt;
use tally_jobs::ports::{Delivery, JobQueue, Receipt};
use tally_jobs::record::{ClaimedJob, Job, Ticket};
use tally_jobs::runner::{Ran, Runner};
use tally_kernel::{Fault, FaultKind};
use tokio::runtime::Handle;
use tokio::sync::RwLock;
use tokio_util::task::AbortOnDropHandle;

use crate::shutdown_tokens::ShutdownTokens;
use crate::store_outage::{OutageWait, StoreOutage};

/// A job that ran at so many crashes of its worker in a row runs exclusively. Then it is charged with the next crash,
/// and no other job is.
const EXCLUSIVE_AFTER: usize = 2;
/// How often a claim may fail while the store answers other slots. After that, another worker gets the ticket.
const MAX_REFUSALS: u32 = 3;

/// A slot. Clones share everything: a worker runs many of them.
#[derive(Clone)]
pub struct WorkerSlot {
    runner: Runner,
    queue: Arc<dyn JobQueue>,
    /// Jobs that run beside each other hold the read lock; an exclusive run holds the write lock.
    exclusive_run: Arc<RwLock<()>>,
    store_outage: StoreOutage,
    shutdown: ShutdownTokens,
    cpu_runtime: Handle,
}

impl WorkerSlot {
    /// A slot that takes tickets from `queue` until the queue is closed and its job has ended. When the shutdown gives
    /// up, the slot releases its job instead. Other jobs than small ones run on `cpu_runtime`, so that they do not block
    /// the runtime of the slots.
    #[must_use]
    pub fn new(
        runner: Runner,
        queue: Arc<dyn JobQueue>,
        shutdown: ShutdownTokens,
        cpu_runtime: Handle,
    ) -> Self {
        let store_outage = StoreOutage::new(Arc::clone(&runner.clock), Arc::clone(&runner.ids));
        Self { runner, queue, exclusive_run: Arc::default(), store_outage, shutdown, cpu_runtime }
    }

    /// Runs until the queue is closed.
    pub async fn run(self) {
        loop {
            match self.queue.next().await {
                Ok(Delivery::Ticket(ticket, receipt)) => self.take(ticket, receipt).await,
                Ok(Delivery::Closed) => return,
                Err(fault) => {
                    tracing::warn!(%fault, "no ticket could be taken; trying again");
                    // This is no outage of the store: it may answer, and a wait for it would end at once.
                    self.store_outage.backoff().await;
                }
            }
        }
    }

    async fn take(&self, ticket: Ticket, receipt: Receipt) {
        // Claims wait for an exclusive run: a job that is not claimed cannot be charged with its crash.
        let shared_run = self.exclusive_run.read().await;
        let settled = match self.claim(ticket).await {
            Claimed::Nothing => self.queue.ack(receipt).await,
            Claimed::Held(claimed) if runs_exclusively(&claimed.job) => {
                drop(shared_run);
                self.run_exclusively(*claimed, receipt).await
            }
            Claimed::Held(claimed) => self.finish(*claimed, receipt).await,
            Claimed::Abandoned => self.queue.nack(receipt).await,
        };
        if let Err(fault) = settled {
            // The store knows the job's state. If the ticket comes again, its claim finds nothing to do.
            tracing::debug!(job.id = %ticket.id, %fault, "a ticket was not settled");
        }
    }

    /// Runs a job when no other job runs. Until then it is not claimed: the crash of another job would be charged to it
    /// too, and would be its last.
    async fn run_exclusively(&self, claimed: ClaimedJob, receipt: Receipt) -> Result<(), Fault> {
        let mut exclusive = std::pin::pin!(self.exclusive_run.write());
        // Requested before the job is released, so that no other slot claims the job first.
        if let Some(_exclusive) = exclusive.as_mut().now_or_never() {
            return self.finish(claimed, receipt).await;
        }
        let ticket = claimed.job.ticket();
        self.release(&claimed).await;
        let _exclusive = exclusive.await;
        match self.claim(ticket).await {
            Claimed::Held(claimed) => self.finish(*claimed, receipt).await,
            // Its client ended it meanwhile.
            Claimed::Nothing => self.queue.ack(receipt).await,
            Claimed::Abandoned => self.queue.nack(receipt).await,
        }
    }

    /// Claims a job. While the store does not answer, the slot keeps the ticket and tries again.
    async fn claim(&self, mut ticket: Ticket) -> Claimed {
        let mut refusals = 0;
        loop {
            match self.runner.claim(ticket).await {
                Ok(claimed) => {
                    self.store_outage.clear();
                    return claimed.map_or(Claimed::Nothing, |claimed| Claimed::Held(Box::new(claimed)));
                }
                Err(fault) => {
                    self.store_outage.record(&fault);
                    // The store may have written this claim although the slot got no answer. A redelivered ticket may
                    // claim without waiting for the end of that lease.
                    ticket.redelivered |= fault.kind == FaultKind::Unknown;
                }
            }
            match self.store_outage.wait(&self.shutdown.drain).await {
                OutageWait::Retry => {}
                OutageWait::Recovered => refusals += 1,
                OutageWait::Stopped => return Claimed::Abandoned,
            }
            if refusals > MAX_REFUSALS {
                return Claimed::Abandoned;
            }
        }
    }

    async fn finish(&self, claimed: ClaimedJob, receipt: Receipt) -> Result<(), Fault> {
        let claimed = Arc::new(claimed);
        tokio::select! {
            biased;
            ended = self.attempt(&claimed) => {
                if let Err(fault) = ended {
                    tracing::warn!(job.id = %claimed.job.id, %fault, "an attempt could not be ended; the job runs again");
                    self.store_outage.record(&fault);
                    self.release(&claimed).await;
                }
                self.queue.ack(receipt).await
            }
            () = self.shutdown.give_up.cancelled() => {
                self.release(&claimed).await;
                self.queue.nack(receipt).await
            }
        }
    }

    /// Runs a claimed job. One that may be claimed lazily runs here: that takes less time than a change of threads.
    async fn attempt(&self, claimed: &Arc<ClaimedJob>) -> Result<Ran, Fault> {
        if claimed.job.properties.lazy_claim {
            return self.runner.run(claimed).await;
        }
        let (runner, claimed) = (self.runner.clone(), Arc::clone(claimed));
        let task = self.cpu_runtime.spawn(async move { runner.run(&claimed).await });
        match AbortOnDropHandle::new(task).await {
            Ok(ran) => ran,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(error) => Err(Fault::because(FaultKind::Unknown, "run a job", error)),
            },
        }
    }

    /// Releases a job uncharged as soon as the store answers. Once the shutdown gives up, it tries only once more: then
    /// the lease ends by itself, and the attempt stays charged.
    async fn release(&self, claimed: &ClaimedJob) {
        loop {
            match self.runner.release(&claimed.job).await {
                Ok(()) => return self.store_outage.clear(),
                Err(fault) if self.shutdown.give_up.is_cancelled() => {
                    tracing::warn!(job.id = %claimed.job.id, %fault, "a job could not be given back; its lease will end");
                    return;
                }
                Err(fault) => self.store_outage.record(&fault),
            }
            self.store_outage.wait(&self.shutdown.give_up).await;
        }
    }
}

/// A claim counts as a crash until it ends, so one that came back unwritten is counted without a history.
fn runs_exclusively(job: &Job) -> bool {
    job.crashes as usize > EXCLUSIVE_AFTER || job.history.crashes_in_a_row() >= EXCLUSIVE_AFTER
}

enum Claimed {
    Held(Box<ClaimedJob>),
    /// The job of the ticket is not to be run.
    Nothing,
    /// The store did not answer, and the slot stops asking.
    Abandoned,
}
