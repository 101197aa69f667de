//! What the API needs from the wiring, and the state that its routes share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use tally_jobs::action::ApplyAction;
use tally_jobs::ports::Blobs;
use tally_jobs::query::Query;
use tally_jobs::submit::Submit;
use tally_kernel::Probe;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::options::ApiOptions;
use crate::pages::Pages;
use crate::request_guard::AllowedHosts;

/// Gives the process's metrics as text.
#[async_trait]
pub trait MetricsText: Send + Sync {
    /// All metrics in the OpenMetrics text format. May take a moment; must not fail.
    async fn text(&self) -> String;
}

#[derive(Clone, Copy, Debug)]
pub struct AnsweredRequest<'a> {
    /// The request's method.
    pub method: &'a Method,
    /// The route as a template: `/jobs/{id}`. `None` when no route fits.
    pub route: Option<&'a str>,
    pub status: StatusCode,
    /// From the head of the request to the head of the answer.
    pub took: Duration,
}

/// Observes every answer, for metrics. Called on the hot path: must be quick and never block.
pub trait Observer: Send + Sync {
    /// Called once for each answer.
    fn answered(&self, answer: AnsweredRequest<'_>);
}

/// The use cases and ports that the routes call.
#[derive(Clone)]
pub struct Deps {
    /// Submits jobs.
    pub submit: Submit,
    /// Reads jobs.
    pub query: Query,
    /// Cancels, retries and deletes jobs.
    pub apply: ApplyAction,
    /// Stores large bodies.
    pub blobs: Arc<dyn Blobs>,
    /// The probes of `/health/ready`.
    pub probes: Vec<Arc<dyn Probe>>,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn MetricsText>,
    /// The hosts that requests may name.
    pub hosts: AllowedHosts,
    /// Observes answers.
    pub observer: Option<Arc<dyn Observer>>,
    /// Submits run here, so that they go on if their client leaves. Wait for it after the server has drained.
    pub tasks: TaskTracker,
    /// Cancelled when the process begins to drain: waits end, and `/health/ready` answers 503.
    pub draining: CancellationToken,
}

/// The state that the routes share.
pub(crate) struct Api {
    pub(crate) deps: Deps,
    pub(crate) options: ApiOptions,
    pub(crate) pages: Option<Pages>,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) waits: Semaphore,
    pub(crate) histograms: Arc<Semaphore>,
    /// Memory for bodies that are held as a whole, in KiB.
    pub(crate) body_memory_kib: Arc<Semaphore>,
}

impl Api {
    pub(crate) fn new(deps: Deps, options: ApiOptions, pages: Option<Pages>) -> Self {
        let body_memory_kib =
            usize::try_from(options.body.held_bytes >> 10).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            deps,
            options,
            pages,
            requests: Arc::new(Semaphore::new(options.requests_at_once)),
            waits: Semaphore::new(options.waits_at_once),
            histograms: Arc::new(Semaphore::new(options.histograms_at_once)),
            body_memory_kib: Arc::new(Semaphore::new(body_memory_kib.min(Semaphore::MAX_PERMITS))),
        }
    }
}
