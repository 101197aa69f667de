//! What the front door needs from whoever wires it, and the state that its routes share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use tally_jobs::amend::Amend;
use tally_jobs::ports::Blobs;
use tally_jobs::query::Query;
use tally_jobs::submit::Submit;
use tally_kernel::Probe;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::options::ApiOptions;

/// Gives the process's metrics as text.
#[async_trait]
pub trait MetricsText: Send + Sync {
    /// All metrics in the OpenMetrics text format. May take a moment, and comes whatever is broken.
    async fn text(&self) -> String;
}

/// One answer that was given.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The route as a template: `/jobs/{id}`. `None` when no route fits.
    pub route: Option<&'a str>,
    /// The status.
    pub status: StatusCode,
    /// From the head of the request to the head of the answer.
    pub took: Duration,
}

/// Is told of every answer, for metrics. Called on the hot path: must be quick and never block.
pub trait Observer: Send + Sync {
    /// Takes note.
    fn answered(&self, answer: Answer<'_>);
}

/// What the routes call.
#[derive(Clone)]
pub struct Deps {
    /// Takes jobs in.
    pub submit: Submit,
    /// Reads them.
    pub query: Query,
    /// Changes them.
    pub amend: Amend,
    /// Keeps large bodies.
    pub blobs: Arc<dyn Blobs>,
    /// What `/health/ready` asks.
    pub probes: Vec<Arc<dyn Probe>>,
    /// What `/metrics` shows.
    pub metrics: Arc<dyn MetricsText>,
    /// Who is told of answers.
    pub observer: Option<Arc<dyn Observer>>,
    /// Submits run here, so that a client that leaves stops none half way. Wait for it after the server has drained.
    pub tasks: TaskTracker,
    /// Cancelled when the process begins to drain: waits end, `/health/ready` says no.
    pub draining: CancellationToken,
}

/// What every route holds.
pub(crate) struct Api {
    pub(crate) deps: Deps,
    pub(crate) options: ApiOptions,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) waits: Semaphore,
    pub(crate) histograms: Arc<Semaphore>,
    /// Memory for bodies, in KiB.
    pub(crate) held_kib: Arc<Semaphore>,
}

impl Api {
    pub(crate) fn new(deps: Deps, options: ApiOptions) -> Self {
        let held_kib = usize::try_from(options.body.held_bytes >> 10).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            deps,
            options,
            requests: Arc::new(Semaphore::new(options.requests_at_once)),
            waits: Semaphore::new(options.waits_at_once),
            histograms: Arc::new(Semaphore::new(options.histograms_at_once)),
            held_kib: Arc::new(Semaphore::new(held_kib.min(Semaphore::MAX_PERMITS))),
        }
    }
}
