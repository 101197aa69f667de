//! `/health/live`, `/health/ready` and `/metrics`: what every process shows its operator.
//!
//! Needs no use case, so that a worker, which has no other routes, has these too.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::future::join_all;
use tally_kernel::Probe;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{json, to_json};
use crate::accept::AcceptedTypes;
use crate::deps::MetricsText;
use crate::dto::{HealthBody, LiveBody, PartBody};
use crate::problem::{Problem, ProblemKind, with_problem_body};

/// What the routes of health need.
#[derive(Clone)]
pub struct HealthDeps {
    /// The probes of readiness.
    pub probes: Vec<Arc<dyn Probe>>,
    /// The text of `/metrics`.
    pub metrics: Arc<dyn MetricsText>,
    /// Cancelled when the process begins to drain.
    pub draining: CancellationToken,
    /// The most time of a probe.
    pub patience: Duration,
}

/// The routes of health as a service, for a process without other routes.
pub fn health_router(health: HealthDeps) -> Router {
    let shaped = |response: Response| async {
        if response.status().is_success() { response } else { with_problem_body(response, "", None) }
    };
    routes(health).layer(map_response(shaped))
}

/// The routes of health, without middleware.
pub(crate) fn routes(health: HealthDeps) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(health)
}

/// The process is up.
pub(crate) async fn live() -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, to_json(&LiveBody { status: "live" })?))
}

/// Whether a job can be submitted now. All probes run at the same time.
pub(crate) async fn ready(State(health): State<HealthDeps>) -> Result<Response, Problem> {
    let parts = join_all(health.probes.iter().map(|probe| ask(&**probe, health.patience))).await;
    if health.draining.is_cancelled() {
        return Err(not_ready("this process is draining; another one takes its place".to_owned(), parts));
    }
    let required = health.probes.iter().map(|probe| probe.is_required());
    let failing: Vec<_> =
        parts.iter().zip(required).filter(|(part, required)| !part.ok && *required).collect();
    let failing: Vec<_> = failing.into_iter().map(|(part, _)| part.name).collect();
    if !failing.is_empty() {
        let detail = format!("no job can be taken now: {} cannot answer; see parts", failing.join(" and "));
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

pub(crate) async fn metrics(State(health): State<HealthDeps>, headers: HeaderMap) -> Response {
    let mut response = health.metrics.text().await.into_response();
    // A browser shows text, and saves a type that it does not know. Prometheus names OpenMetrics and gets it.
    let is_browser = AcceptedTypes::of(&headers).named("text/html").is_some();
    let media_type = match is_browser {
        true => "text/plain; charset=utf-8",
        false => "application/openmetrics-text; version=1.0.0; charset=utf-8",
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    struct NoMetrics;

    #[async_trait]
    impl MetricsText for NoMetrics {
        async fn text(&self) -> String {
            "# EOF\n".to_owned()
        }
    }

    async fn get_path(health: &HealthDeps, path: &str) -> Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        health_router(health.clone()).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_process_without_other_routes_has_the_routes_of_health() {
        let health = HealthDeps {
            probes: Vec::new(),
            metrics: Arc::new(NoMetrics),
            draining: CancellationToken::new(),
            patience: Duration::from_secs(1),
        };
        for path in ["/health/live", "/health/ready", "/metrics"] {
            assert_eq!(get_path(&health, path).await.status(), StatusCode::OK, "{path}");
        }
        health.draining.cancel();
        let draining = get_path(&health, "/health/ready").await;
        assert_eq!(draining.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(draining.headers()[CONTENT_TYPE], "application/problem+json");
    }
}
