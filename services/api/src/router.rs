//! Every route, in one table.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::deps::{Api, Deps};
use crate::options::ApiOptions;
use crate::problem::{Problem, ProblemKind};
use crate::request_middleware::RequestMiddleware;
use crate::routes::health::HealthDeps;
use crate::routes::{actions, docs, health, list, meta, read, submit, words};

/// The API as a service: every route behind the request middleware.
pub fn router(deps: Deps, options: ApiOptions) -> Router {
    let health = health::routes(HealthDeps {
        probes: deps.probes.clone(),
        metrics: Arc::clone(&deps.metrics),
        draining: deps.draining.clone(),
        patience: options.probe_patience,
    });
    let api = Arc::new(Api::new(deps, options));
    let routes = Router::new()
        .route("/", get(meta::root))
        .route("/jobs", get(list::list).post(submit::submit))
        .route("/jobs/{id}", get(read::read).delete(actions::delete))
        .route("/jobs/{id}/words", get(words::words))
        .route("/jobs/{id}/cancel", post(actions::cancel))
        .route("/jobs/{id}/retry", post(actions::retry))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::to_page))
        .route("/docs/", get(docs::page))
        .route("/docs/{*file}", get(docs::asset))
        .route("/problems", get(meta::problems))
        .route("/problems/{name}", get(meta::problem))
        .fallback(not_found)
        .with_state(Arc::clone(&api))
        .merge(health);
    // Around the whole router, not as its layer: so the middleware sees the router's own 404 and 405.
    Router::new().fallback_service(RequestMiddleware::new(api, routes))
}

async fn not_found() -> Problem {
    Problem::new(ProblemKind::NotFound, "nothing is at this path; GET /docs shows every route")
}
