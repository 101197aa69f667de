//! `/health/live`, `/health/ready` and `/metrics`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;
use tally_kernel::Probe;
use tokio::time::{Instant, timeout};

use super::{json, to_json};
use crate::deps::Api;
use crate::dto::{HealthBody, LiveBody, PartBody};
use crate::problem::{Problem, ProblemKind};

/// The process is up.
pub(crate) async fn live() -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, to_json(&LiveBody { status: "live" })?))
}

/// Whether a job could be taken now: every part is asked, side by side.
pub(crate) async fn ready(State(api): State<Arc<Api>>) -> Result<Response, Problem> {
    let patience = api.options.probe_patience;
    let parts = join_all(api.deps.probes.iter().map(|probe| ask(&**probe, patience))).await;
    if api.deps.draining.is_cancelled() {
        return Err(not_ready("this process is draining; another one takes its place".to_owned(), parts));
    }
    let ailing: Vec<_> = parts.iter().filter(|part| !part.ok).map(|part| part.name).collect();
    if !ailing.is_empty() {
        let detail = format!("no job can be taken now: {} cannot answer; see parts", ailing.join(" and "));
        return Err(not_ready(detail, parts));
    }
    Ok(json(StatusCode::OK, to_json(&HealthBody { status: "ready", parts })?))
}

fn not_ready(detail: String, parts: Vec<PartBody>) -> Problem {
    let mut problem = Problem::new(ProblemKind::Unavailable, detail).retry_after(1);
    problem.parts = parts;
    problem
}

async fn ask(probe: &dyn Probe, patience: Duration) -> PartBody {
    let began = Instant::now();
    let fault = match timeout(patience, probe.probe()).await {
        Ok(Ok(())) => None,
        Ok(Err(fault)) => {
            tracing::debug!(part = probe.name(), %fault, "not ready");
            Some(fault.kind.as_str())
        }
        Err(_) => Some("timeout"),
    };
    let latency_ms = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
    PartBody { name: probe.name(), ok: fault.is_none(), latency_ms, fault }
}

/// The metrics.
pub(crate) async fn metrics(State(api): State<Arc<Api>>) -> Response {
    let mut response = api.deps.metrics.text().into_response();
    let open_metrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(open_metrics));
    response
}
