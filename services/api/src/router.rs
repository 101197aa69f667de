//! Every route, in one table.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::deps::{Api, Deps};
use crate::door::Door;
use crate::options::ApiOptions;
use crate::problem::{Problem, ProblemKind};
use crate::routes::health::Health;
use crate::routes::{amend, docs, health, list, meta, read, submit, words};

/// The API as a service: every route behind the door.
pub fn router(deps: Deps, options: ApiOptions) -> Router {
    let health = health::routes(Health {
        probes: deps.probes.clone(),
        metrics: Arc::clone(&deps.metrics),
        draining: deps.draining.clone(),
        patience: options.probe_patience,
    });
    let api = Arc::new(Api::new(deps, options));
    let routes = Router::new()
        .route("/", get(meta::root))
        .route("/jobs", get(list::list).post(submit::submit))
        .route("/jobs/{id}", get(read::read).delete(amend::delete))
        .route("/jobs/{id}/words", get(words::words))
        .route("/jobs/{id}/cancel", post(amend::cancel))
        .route("/jobs/{id}/retry", post(amend::retry))
        .route("/openapi.json", get(docs::openapi))
        .route("/docs", get(docs::to_page))
        .route("/docs/", get(docs::page))
        .route("/docs/{*file}", get(docs::asset))
        .route("/problems", get(meta::problems))
        .route("/problems/{name}", get(meta::problem))
        .fallback(nothing)
        .with_state(Arc::clone(&api))
        .merge(health);
    // Before the whole router and not as its layer, so that the door sees its own 404 and 405 as they leave it.
    Router::new().fallback_service(Door::new(api, routes))
}

/// The template of the route that a path belongs to, for metrics: few names, whatever clients ask for.
pub(crate) fn template(path: &str) -> Option<&'static str> {
    let mut parts = path.strip_prefix('/')?.splitn(4, '/');
    Some(match (parts.next()?, parts.next(), parts.next(), parts.next()) {
        ("", None, ..) => "/",
        ("jobs", None, ..) => "/jobs",
        ("jobs", Some(_), None, _) => "/jobs/{id}",
        ("jobs", Some(_), Some("words"), None) => "/jobs/{id}/words",
        ("jobs", Some(_), Some("cancel"), None) => "/jobs/{id}/cancel",
        ("jobs", Some(_), Some("retry"), None) => "/jobs/{id}/retry",
        ("health", Some("live"), None, _) => "/health/live",
        ("health", Some("ready"), None, _) => "/health/ready",
        ("metrics", None, ..) => "/metrics",
        ("openapi.json", None, ..) => "/openapi.json",
        ("docs", ..) => "/docs",
        ("problems", None, ..) => "/problems",
        ("problems", Some(_), None, _) => "/problems/{name}",
        _ => return None,
    })
}

async fn nothing() -> Problem {
    Problem::new(ProblemKind::NotFound, "nothing is at this path; GET /docs shows every route")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_by_its_template() {
        for (path, told) in [
            ("/", Some("/")),
            ("/jobs/0197", Some("/jobs/{id}")),
            ("/jobs/0197/words", Some("/jobs/{id}/words")),
            ("/jobs/0197/events/1", None),
            ("/docs/swagger-ui.css", Some("/docs")),
            ("/wp-admin.php", None),
            ("*", None),
        ] {
            assert_eq!(template(path), told, "{path}");
        }
    }
}
