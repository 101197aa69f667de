//! HTTP in: routes, problems, limits, OpenAPI, and the server loop that carries them.
//!
//! Parses at the door, calls the use cases of the rooms, and shapes what they say. Knows no adapter: which store or
//! queue stands behind a use case is decided by whoever wires it.

mod body;
mod compress;
mod conditional;
mod deps;
mod door;
mod dto;
mod intake;
mod openapi;
mod options;
mod params;
mod pause;
mod prefer;
mod problem;
mod router;
mod routes;
mod serve;
mod suggest;

pub use axum::Router;
pub use deps::{Answer, Deps, MetricsText, Observer};
pub use openapi::openapi_json;
pub use options::{ApiOptions, BodyLimits, ServerOptions};
pub use problem::{ProblemKind, problem_types};
pub use router::router;
pub use routes::health::{Health, health_router};
pub use serve::{Drained, serve};
