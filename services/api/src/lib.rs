//! HTTP in: routes, problems, limits, OpenAPI, and the server that runs them.
//!
//! Parses requests, calls the use cases of `jobs` with requests of `wordcount`, and turns their results into answers.
//! Knows no adapter: the wiring chooses the store and the queue behind a use case.

mod accept;
mod body;
mod compression;
mod conditional;
mod deps;
mod dto;
mod intake;
mod openapi;
mod options;
mod pages;
mod params;
mod prefer;
mod problem;
mod request_guard;
mod request_id;
mod request_middleware;
mod retry_after;
mod route_template;
mod router;
mod routes;
mod serve;
mod suggest;
mod swagger_ui;

pub use axum::Router;
pub use deps::{AnsweredRequest, Deps, MetricsText, Observer};
pub use dto::differences_json;
pub use openapi::openapi_json;
pub use options::{ApiOptions, BodyLimits, ServerOptions};
pub use pages::{Pages, ShownProblem};
pub use problem::{ProblemKind, problem_types};
pub use request_guard::AllowedHosts;
pub use router::{router, router_with_pages};
pub use routes::health::{HealthDeps, health_router};
pub use serve::{Drained, listen, serve};
