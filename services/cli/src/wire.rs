//! Plugs the boxes together: the only file that names both the rooms' use cases and the adapters behind their ports.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use tally_api::{ApiOptions, Deps};
use tally_boot::config::sections::Fetching;
use tally_boot::{SystemClock, SystemIds};
use tally_embedded::{Embedded, OpenError};
use tally_jobs::amend::Amend;
use tally_jobs::bell::Bell;
use tally_jobs::events::{Chorus, Events};
use tally_jobs::model::WorkerId;
use tally_jobs::ports::{FetchLimits, Fetcher};
use tally_jobs::query::Query;
use tally_jobs::relay::Relay;
use tally_jobs::submit::Submit;
use tally_jobs::sweep::Sweep;
use tally_jobs::work::{Work, WorkLimits};
use tally_kernel::{Clock, Ids};
use tally_outbound::{GuardPolicy, Outbound, OutboundError};
use tally_worker::Pump;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::observe::Observed;

/// The system's time and chance.
pub(crate) struct Basics {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

impl Basics {
    pub(crate) fn of_the_system() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds::new()) }
    }
}

/// Everything that a process with its own data folder runs.
pub(crate) struct House {
    pub(crate) basics: Basics,
    pub(crate) embedded: Embedded,
    pub(crate) observed: Arc<Observed>,
    pub(crate) deps: Deps,
    pub(crate) pump: Pump,
    pub(crate) relay: Relay,
    pub(crate) sweep: Sweep,
}

/// The two moments of an end.
#[derive(Clone, Default)]
pub(crate) struct Tokens {
    /// No new work from here on.
    pub(crate) drain: CancellationToken,
    /// No waiting for running jobs from here on.
    pub(crate) give_up: CancellationToken,
}

/// Why the house cannot be built.
#[derive(Debug)]
pub(crate) enum WireError {
    Folder(OpenError),
    Outbound(OutboundError),
}

/// The way out, as the options have it.
pub(crate) fn fetcher(fetching: &Fetching) -> Result<Outbound, OutboundError> {
    let policy = GuardPolicy { allow: fetching.fetch_allow.clone(), ..GuardPolicy::default() };
    Outbound::new(tally_outbound::Options { policy, ..tally_outbound::Options::default() })
}

/// The bounds of one fetch, as the options have them.
pub(crate) fn fetch_limits(fetching: &Fetching) -> FetchLimits {
    let decoded_bytes = fetching.fetch_max.0;
    let default = FetchLimits::default();
    FetchLimits {
        total: fetching.fetch_timeout.0,
        decoded_bytes,
        wire_bytes: default.wire_bytes.min(decoded_bytes),
        ..default
    }
}

/// One machine, one data folder. Opening it may take a while, so it is not for a runtime's thread.
pub(crate) fn embedded(
    folder: &Path,
    fetching: &Fetching,
    workers: NonZeroUsize,
    api: &ApiOptions,
    tokens: &Tokens,
) -> Result<House, WireError> {
    let basics = Basics::of_the_system();
    let (clock, ids) = (Arc::clone(&basics.clock), Arc::clone(&basics.ids));
    let fetcher: Arc<dyn Fetcher> = Arc::new(fetcher(fetching).map_err(WireError::Outbound)?);
    let options = tally_embedded::Options::default();
    let embedded = tally_embedded::open(folder, options, Arc::clone(&clock), Arc::clone(&ids))
        .map_err(WireError::Folder)?;
    let (store, queue, blobs) = (embedded.store(), embedded.queue(), embedded.blobs());
    let bell = Bell::new();
    let observed = Arc::new(Observed::new());
    // Who waits is woken first.
    let chorus: Vec<Arc<dyn Events>> = vec![Arc::clone(&bell) as _, Arc::clone(&observed) as _];
    let events: Arc<dyn Events> = Arc::new(Chorus(chorus));
    let mut limits = WorkLimits { fetch: fetch_limits(fetching), ..WorkLimits::default() };
    limits.document.decoded_bytes = api.body.document_bytes;
    let work = Work {
        store: Arc::clone(&store),
        blobs: Arc::clone(&blobs),
        fetcher,
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        events: Arc::clone(&events),
        me: WorkerId(format!("serve-{}", std::process::id())),
        limits,
        large: Arc::new(Semaphore::new(workers.get() * 2)),
    };
    let submit = Submit {
        store: Arc::clone(&store),
        queue: Arc::clone(&queue),
        clock: Arc::clone(&clock),
        ids: Arc::clone(&ids),
        events: Arc::clone(&events),
        secret: embedded.key_secret(),
    };
    let amend = Amend {
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
    };
    let deps = Deps {
        submit,
        query: Query { catalogue: embedded.catalogue(), bell, clock: Arc::clone(&clock) },
        amend,
        blobs,
        probes: embedded.probes(),
        metrics: Arc::clone(&observed) as _,
        observer: Some(Arc::clone(&observed) as _),
        tasks: TaskTracker::new(),
        draining: tokens.drain.clone(),
    };
    let pump = Pump::new(work, queue, tokens.give_up.clone());
    let sweep = Sweep { store, clock, events };
    Ok(House { basics, embedded, observed, deps, pump, relay, sweep })
}
