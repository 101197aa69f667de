//! The composition root: connects the use cases to the adapters of their ports. No other module names both.

#[cfg(feature = "cluster")]
mod cluster;
mod embedded;

use std::num::NonZeroUsize;
use std::sync::Arc;

use tally_api::{AllowedHosts, Deps};
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
pub(crate) use self::cluster::{ClusterAdapters, ClusterError, cluster, wait_for_drain};
pub(crate) use self::embedded::{embedded, open as open_folder};
use crate::observe::{ClusterMetrics, EventObserver};

#[derive(Clone)]
pub(crate) struct SystemDeps {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl SystemDeps {
    pub(crate) fn new() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds::new()) }
    }
}

/// The adapter of each port, and what depends on it.
pub(crate) struct Adapters {
    pub(crate) store: Arc<dyn JobStore>,
    pub(crate) catalogue: Arc<dyn JobCatalogue>,
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) probes: Vec<Arc<dyn Probe>>,
    pub(crate) secret: SecretCell,
    pub(crate) polls: PollSchedule,
    pub(crate) cluster_metrics: Option<ClusterMetrics>,
}

/// The use cases of a process, over any adapters.
pub(crate) struct App {
    pub(crate) system: SystemDeps,
    pub(crate) observer: Arc<EventObserver>,
    pub(crate) deps: Deps,
    pub(crate) relay: Relay,
    pub(crate) sweep: Sweep,
    pub(crate) queue: Arc<dyn JobQueue>,
    tokens: ShutdownTokens,
}

pub(crate) struct WorkerConfig<'a> {
    /// The worker's name in logs and records.
    pub(crate) name: String,
    pub(crate) fetch: &'a FetchOptions,
    /// How many jobs may fetch from one host at once.
    pub(crate) per_host: u16,
    /// Threads that count.
    pub(crate) workers: NonZeroUsize,
    /// The largest document that a client may submit, in bytes.
    pub(crate) document_bytes: u64,
}

impl App {
    pub(crate) fn new(system: SystemDeps, adapters: Adapters, tokens: &ShutdownTokens) -> Self {
        let Adapters { store, catalogue, queue, blobs, probes, secret, polls, cluster_metrics } = adapters;
        let (clock, ids) = (Arc::clone(&system.clock), Arc::clone(&system.ids));
        let notifier = CompletionNotifier::new();
        let observer = Arc::new(EventObserver::new(cluster_metrics, Arc::clone(&clock)));
        // The metrics first: they have the end of a job before its waiters wake.
        let receivers: Vec<Arc<dyn Events>> = vec![Arc::clone(&observer) as _, Arc::clone(&notifier) as _];
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
            metrics: Arc::clone(&observer) as _,
            hosts: AllowedHosts::default(),
            observer: Some(Arc::clone(&observer) as _),
            tasks,
            draining: tokens.drain.clone(),
        };
        let sweep = Sweep { store, clock, events };
        Self { system, observer, deps, relay, sweep, queue, tokens: tokens.clone() }
    }

    /// A slot of a worker. Its clones are further slots. Jobs that are not small are counted on `cpu_runtime`.
    pub(crate) fn worker_slot(
        &self,
        config: WorkerConfig<'_>,
        cpu_runtime: &Runtime,
    ) -> Result<WorkerSlot, OutboundError> {
        let (clock, ids) = (Arc::clone(&self.system.clock), Arc::clone(&self.system.ids));
        let events = Arc::clone(&self.relay.events);
        let limiter = HostLimiter::new(config.per_host, Arc::clone(&clock), Arc::clone(&ids));
        let fetcher: Arc<dyn Fetcher> = Arc::new(fetcher(config.fetch)?);
        let fetcher = Arc::new(LimitedFetcher::new(fetcher, limiter, Arc::clone(&self.observer) as _));
        let mut limits = CountLimits { fetch: fetch_limits(config.fetch), ..CountLimits::default() };
        limits.document.decoded_bytes = config.document_bytes;
        let count: Arc<dyn Workload> = Arc::new(CountWorkload {
            blobs: Arc::clone(&self.deps.blobs),
            fetcher,
            parser: parser(),
            limits,
            large: Arc::new(Semaphore::new(config.workers.get() * 2)),
        });
        let runner = Runner {
            store: Arc::clone(&self.relay.store),
            workloads: Workloads::of([count]),
            clock,
            ids,
            events,
            worker: WorkerId::from(&*config.name),
        };
        Ok(WorkerSlot::new(
            runner,
            Arc::clone(&self.queue),
            self.tokens.clone(),
            cpu_runtime.handle().clone(),
        ))
    }
}

/// Parses documents that may crash their parser, each in a process of its own.
pub(crate) fn parser() -> Arc<dyn Parser> {
    Arc::new(Sandbox::of_this_program(Arc::new(SystemClock)))
}

/// The HTTP client for pages, with the options' allow list.
pub(crate) fn fetcher(fetch: &FetchOptions) -> Result<Outbound, OutboundError> {
    let policy = GuardPolicy { allow: fetch.fetch_allow.clone(), ..GuardPolicy::default() };
    Outbound::new(tally_outbound::OutboundOptions { policy, ..tally_outbound::OutboundOptions::default() })
}

pub(crate) fn fetch_limits(fetch: &FetchOptions) -> FetchLimits {
    let decoded_bytes = fetch.fetch_max.0;
    let default = FetchLimits::default();
    FetchLimits {
        total: fetch.fetch_timeout.0,
        decoded_bytes,
        wire_bytes: default.wire_bytes.min(decoded_bytes),
        ..default
    }
}
