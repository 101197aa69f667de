//! Every route, in one table.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use tower::ServiceExt;

use crate::deps::{Api, Deps};
use crate::options::ApiOptions;
use crate::pages::Pages;
use crate::problem::{Problem, ProblemKind};
use crate::request_middleware::RequestMiddleware;
use crate::route_template::route_template;
use crate::routes::health::HealthDeps;
use crate::routes::{actions, docs, health, list, meta, read, submit, words};

/// The API as a service: every route behind the request middleware.
pub fn router(deps: Deps, options: ApiOptions) -> Router {
    build(deps, options, None)
}

/// The same with pages for browsers, which answer behind the same middleware.
pub fn router_with_pages(deps: Deps, options: ApiOptions, pages: Pages) -> Router {
    build(deps, options, Some(pages))
}

fn build(deps: Deps, options: ApiOptions, pages: Option<Pages>) -> Router {
    let health = health::routes(HealthDeps {
        probes: deps.probes.clone(),
        metrics: Arc::clone(&deps.metrics),
        draining: deps.draining.clone(),
        patience: options.probe_patience,
    });
    let api = Arc::new(Api::new(deps, options, pages));
    let routes = Router::new()
        .route("/", get(meta::root))
        .route("/jobs", get(list::list).post(submit::submit))
        .route("/jobs/{id}", get(read::read).delete(actions::delete))
        .route("/jobs/{id}/words", get(words::words))
        .route("/jobs/{id}/cancel", post(actions::cancel))
        .route("/jobs/{id}/retry", post(actions::retry))
        .route("/jobs/{id}/delete", post(actions::delete))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::to_page))
        .route("/docs/", get(docs::page))
        .route("/docs/{*file}", get(docs::asset))
        .route("/problems", get(meta::problems))
        .route("/problems/{name}", get(meta::problem))
        .fallback(pages_or_not_found)
        .with_state(Arc::clone(&api))
        .merge(health);
    // Around the whole router, not as its layer: so the middleware sees the router's own 404 and 405.
    Router::new().fallback_service(RequestMiddleware::new(api, routes))
}

/// The pages, for their paths. Not routes of this router: the pages' own router has their parameters.
async fn pages_or_not_found(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    let is_page = route_template(request.uri().path()) == Some("/ui");
    match api.pages.as_ref().filter(|_| is_page) {
        Some(pages) => pages.router.clone().oneshot(request).await.map_err(|never| match never {}),
        None => {
            Err(Problem::new(ProblemKind::NotFound, "nothing is at this path; GET /docs shows every route"))
        }
    }
}
