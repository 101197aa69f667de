//! The OpenAPI 3.1 description of the API: schemas of answers from their types, paths and inputs from one table.
//!
//! It says exactly what the routes do. Tools send everything that it allows, and what it does not, and must find no
//! difference.

mod inputs;
mod parts;
mod paths;

use serde_json::{Value, json};
use utoipa::OpenApi;

use crate::dto::{HealthBody, JobBody, ListBody, LiveBody, PriorityName, StateName, WordsBody};
use crate::problem::ProblemBody;

/// The schemas of answers.
#[derive(OpenApi)]
#[openapi(components(schemas(
    JobBody,
    ListBody,
    WordsBody,
    LiveBody,
    HealthBody,
    ProblemBody,
    StateName,
    PriorityName
)))]
struct AnswerSchemas;

/// The description as JSON.
#[must_use]
pub fn openapi_json() -> String {
    let mut described = serde_json::to_value(AnswerSchemas::openapi()).expect("schemas have a JSON form");
    described["openapi"] = json!("3.1.0");
    described["info"] = json!({
        "title": "Tally",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "Counts the words of anything, by several definitions at once.",
        "description": "Submit an address, a text or a document with `POST /jobs`, and read what was counted with \
            `GET /jobs/{id}`. Every answer that is no success is a problem by RFC 9457.",
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"}
    });
    described["servers"] = json!([{"url": "/"}]);
    described["tags"] = json!([
        {"name": "jobs", "description": "Submit, read, change."},
        {"name": "operation", "description": "Health and metrics."},
        {"name": "about", "description": "What there is, and what problems mean."}
    ]);
    described["paths"] = paths::paths();
    if let Value::Object(schemas) = inputs::schemas()
        && let Some(known) = described["components"]["schemas"].as_object_mut()
    {
        known.extend(schemas);
    }
    described.to_string()
}

#[cfg(test)]
mod tests;
