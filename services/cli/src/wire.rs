//! Plugs the boxes together: the only room that names both the use cases and the adapters behind their ports.

#[cfg(feature = "cluster")]
mod cluster;
mod embedded;

use std::num::NonZeroUsize;
use std::sync::Arc;

use tally_api::Deps;
use tally_boot::config::sections::FetchOptions;
use tally_boot::{SystemClock, SystemIds};
use tally_jobs::action::ApplyAction;
use tally_jobs::confirmed_publishes::ConfirmedPublishes;
use tally_jobs::events::{Events, FanOut};
use tally_jobs::id::WorkerId;
use tally_jobs::key::SecretCell;
use tally_jobs::notifier::CompletionNotifier;
use tally_jobs::ports::{Blobs, JobCatalogue, JobQueue, JobStore};
use tally_jobs::query::{PollSchedule, Query};
use tally_jobs::relay::Relay;
use tally_jobs::runner::Runner;
use tally_jobs::submit::{Publisher, Submit};
use tally_jobs::sweep::Sweep;
use tally_jobs::workload::{Workload, Workloads};
use tally_kernel::{Clock, Ids, Probe};
use tally_outbound::{GuardPolicy, HostLimiter, LimitedFetcher, Outbound, OutboundError};
use tally_wordcount::CountWorkload;
use tally_wordcount::ports::{FetchLimits, Fetcher, Parser};
use tally_wordcount::workload::CountLimits;
use tally_worker::{Sandbox, ShutdownTokens, WorkerSlot};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

#[cfg(feature = "cluster")]
pub(crate) use self::cluster::{ClusterError, Members, cluster, until_drain};
pub(crate) use self::embedded::{embedded, open as open_folder};
use crate::observe::{Members as Counted, Observed};

/// The system's time and chance.
#[derive(Clone)]
pub(crate) struct Basics {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl Basics {
    pub(crate) fn of_the_system() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds::new()) }
    }
}

/// What an adapter puts behind each port, and what else it brings.
pub(crate) struct Boxes {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) catalogue: Arc<dyn JobCatalogue>,
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) probes: Vec<Arc<dyn Probe>>,
    pub(crate) secret: SecretCell,
    pub(crate) polls: PollSchedule,
    pub(crate) counted: Option<Counted>,
}

/// The use cases of a process, over whatever boxes it has.
pub(crate) struct House {
    pub(crate) basics: Basics,
    pub(crate) observed: Arc<Observed>,
    pub(crate) deps: Deps,
    pub(crate) relay: Relay,
    pub(crate) sweep: Sweep,
    pub(crate) queue: Arc<dyn JobQueue>,
    tokens: ShutdownTokens,
}

/// What the slots of a worker are given.
pub(crate) struct Shift<'a> {
    /// The worker's name in logs and records.
    pub(crate) name: String,
    /// What may be fetched.
    pub(crate) fetching: &'a FetchOptions,
    /// How many jobs may fetch from one host at once.
    pub(crate) per_host: u16,
    /// How many jobs it counts at once.
    pub(crate) workers: NonZeroUsize,
    /// The largest document that a client may hand in, in bytes.
    pub(crate) document_bytes: u64,
}

impl House {
    pub(crate) fn of(basics: Basics, boxes: Boxes, tokens: &ShutdownTokens) -> Self {
        let Boxes { store, catalogue, queue, blobs, probes, secret, polls, counted } = boxes;
        let (clock, ids) = (Arc::clone(&basics.clock), Arc::clone(&basics.ids));
        let notifier = CompletionNotifier::new();
        let observed = Arc::new(Observed::new(counted, Arc::clone(&clock)));
        // The metrics first, so that a waiter that an end wakes finds it in them.
        let receivers: Vec<Arc<dyn Events>> = vec![Arc::clone(&observed) as _, Arc::clone(&notifier) as _];
        let events: Arc<dyn Events> = Arc::new(FanOut(receivers));
        let confirmed = Arc::<ConfirmedPublishes>::default();
        let tasks = TaskTracker::new();
        let publisher = Publisher {
            queue: Arc::clone(&queue),
            confirmed: Arc::clone(&confirmed),
            clock: Arc::clone(&clock),
            events: Arc::clone(&events),
            tasks: tasks.clone(),
            in_flight: Arc::new(Semaphore::new(Publisher::IN_FLIGHT)),
        };
        let submit = Submit {
            store: Arc::clone(&store),
            publisher,
            clock: Arc::clone(&clock),
            ids,
            events: Arc::clone(&events),
            secret,
        };
        let apply = ApplyAction {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
            events: Arc::clone(&events),
        };
        let relay = Relay {
            store: Arc::clone(&store),
            queue: Arc::clone(&queue),
            clock: Arc::clone(&clock),
            events: Arc::clone(&events),
            confirmed,
        };
        let deps = Deps {
            submit,
            query: Query { catalogue, notifier, clock: Arc::clone(&clock), polls },
            apply,
            blobs,
            probes,
            metrics: Arc::clone(&observed) as _,
            observer: Some(Arc::clone(&observed) as _),
            tasks,
            draining: tokens.drain.clone(),
        };
        let sweep = Sweep { store, clock, events };
        Self { basics, observed, deps, relay, sweep, queue, tokens: tokens.clone() }
    }

    /// A slot of a worker; clones of it are its other slots. Jobs that are not short are counted in `workshop`.
    pub(crate) fn worker_slot(
        &self,
        shift: Shift<'_>,
        workshop: &Runtime,
    ) -> Result<WorkerSlot, OutboundError> {
        let (clock, ids) = (Arc::clone(&self.basics.clock), Arc::clone(&self.basics.ids));
        let events = Arc::clone(&self.relay.events);
        let limiter = HostLimiter::new(shift.per_host, Arc::clone(&clock), Arc::clone(&ids));
        let fetcher: Arc<dyn Fetcher> = Arc::new(fetcher(shift.fetching)?);
        let fetcher = Arc::new(LimitedFetcher::new(fetcher, limiter, Arc::clone(&self.observed) as _));
        let mut limits = CountLimits { fetch: fetch_limits(shift.fetching), ..CountLimits::default() };
        limits.document.decoded_bytes = shift.document_bytes;
        let count: Arc<dyn Workload> = Arc::new(CountWorkload {
            blobs: Arc::clone(&self.deps.blobs),
            fetcher,
            parser: parser(),
            limits,
            large: Arc::new(Semaphore::new(shift.workers.get() * 2)),
        });
        let runner = Runner {
            store: Arc::clone(&self.relay.store),
            workloads: Workloads::of([count]),
            clock,
            ids,
            events,
            worker: WorkerId::from(&*shift.name),
        };
        Ok(WorkerSlot::new(runner, Arc::clone(&self.queue), self.tokens.clone(), workshop.handle().clone()))
    }
}

/// Reads what may kill its reader, in processes of their own.
pub(crate) fn parser() -> Arc<dyn Parser> {
    Arc::new(Sandbox::of_this_program(Arc::new(SystemClock)))
}

/// The way out, as the options have it.
pub(crate) fn fetcher(fetching: &FetchOptions) -> Result<Outbound, OutboundError> {
    let policy = GuardPolicy { allow: fetching.fetch_allow.clone(), ..GuardPolicy::default() };
    Outbound::new(tally_outbound::OutboundOptions { policy, ..tally_outbound::OutboundOptions::default() })
}

/// The bounds of one fetch, as the options have them.
pub(crate) fn fetch_limits(fetching: &FetchOptions) -> FetchLimits {
    let decoded_bytes = fetching.fetch_max.0;
    let default = FetchLimits::default();
    FetchLimits {
        total: fetching.fetch_timeout.0,
        decoded_bytes,
        wire_bytes: default.wire_bytes.min(decoded_bytes),
        ..default
    }
}
