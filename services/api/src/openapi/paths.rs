//! Every route: its parameters, its bodies, its answers.

use serde_json::{Value, json};
use tally_jobs::key::LONGEST_KEY;
use tally_jobs::options::Label;
use tally_jobs::state::JobState;

use super::inputs::{Choice, choices, label, submit_body};
use super::parts::{RouteDescription, if_none_match, job_id, json_of, parameter, prefer};

pub(super) fn paths() -> Value {
    json!({
        "/jobs": {"post": submit(), "get": list()},
        "/jobs/{id}": {"get": read(), "delete": delete()},
        "/jobs/{id}/words": {"get": words()},
        "/jobs/{id}/cancel": {"post": cancel()},
        "/jobs/{id}/retry": {"post": retry()},
        "/jobs/{id}/delete": {"post": delete_by_form()},
        "/health/live": {"get": live()},
        "/health/ready": {"get": ready()},
        "/metrics": {"get": metrics()},
        "/openapi.json": {"get": openapi()},
        "/docs": {"get": docs()},
        "/problems": {"get": problems()},
        "/problems/{name}": {"get": problem()},
        "/": {"get": root()}
    })
}

fn query(name: &str, schema: Value, means: &str) -> Value {
    parameter("query", name, schema, means)
}

fn labels_parameter(means: &str) -> Value {
    let schema = json!({"type": "array", "items": label(), "maxItems": Label::MOST});
    let mut parameter = query("label", schema, means);
    parameter["style"] = json!("form");
    parameter["explode"] = json!(true);
    parameter
}

fn option(choice: Choice) -> Value {
    let Choice { name, json, text, means } = choice;
    if name == "labels" {
        let content = json!({"application/json": {"schema": json}});
        return json!({"in": "query", "name": name, "required": false, "content": content, "description": means});
    }
    query(name, text.unwrap_or(json), &means)
}

fn submit() -> Value {
    let key = json!({"type": "string", "pattern": format!("^[!-~]{{1,{LONGEST_KEY}}}$")});
    let key_means = "The same key with the same request gives the first job back, as long as the job is kept, at \
        least for a day; with another request it is a 422.";
    let filename = json!({"type": "string"});
    let accepted = ["Location", "Retry-After", "Preference-Applied", "Idempotency-Replayed"];
    RouteDescription::new(
        "jobs",
        "submitJob",
        "Submit a job",
        "Takes exactly one of an address, a text and a document. Options may stand in the body or in the query; the \
         body goes before. 202 means that the job is on disk.",
    )
    .parameters([parameter("header", "Idempotency-Key", key, key_means), prefer()])
    .parameters(choices().into_iter().map(option))
    .parameters([
        labels_parameter("A label as name:value; may be given several times."),
        query("filename", filename, "The name of a document that is sent as the body itself."),
    ])
    .body(submit_body())
    .answer(200, "The job has ended while the answer waited, or a repeated key's job has.", json_of("Job"), &[
        "Location",
        "Preference-Applied",
        "Idempotency-Replayed",
    ])
    .answer(202, "The job is accepted and durable.", json_of("Job"), &accepted)
    .links(202, &["getJob", "getWords", "cancelJob", "retryJob", "deleteJob"])
    .usual_problems()
    .problem(400, "The body is not JSON, not a form, not UTF-8 or its content coding is broken.")
    .problem(403, "A page of another site sent it.")
    .problem(408, "The body came too slowly.")
    .problem(413, "The body is too large.")
    .problem(415, "A content coding or a charset that is not supported.")
    .problem(422, "A part of the request is not valid; errors[] names each. Or the key was used for another request.")
    .done()
}

fn list() -> Value {
    let states: Vec<_> = JobState::ALL.map(JobState::as_str).to_vec();
    let moment = json!({"type": "string", "format": "date-time"});
    let host = json!({"type": "string", "example": "example.com",
        "pattern": "^(\\[[0-9A-Fa-f:.]{1,256}\\]|[^\\s\\u0000-\\u001f\\u007f-\\u009f/?#@:\\\\\\[\\]%]{1,256})$"});
    let text = json!({"type": "string", "minLength": 1, "maxLength": 256,
        "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 50});
    RouteDescription::new(
        "jobs",
        "listJobs",
        "List jobs",
        "The newest first. Every filter that is given must hold.",
    )
    .parameters([
        query("state", json!({"type": "string", "enum": states}), "In this state."),
        labels_parameter("With this label, as name:value; with all of them when given several times."),
        query("host", host, "Of an address on this host."),
        query("since", moment.clone(), "Accepted at this time or later (RFC 3339)."),
        query("until", moment, "Accepted before this time (RFC 3339)."),
        query("q", text, "With this text in its id, address or file name."),
        query("limit", limit, "How many jobs a page has."),
        query("cursor", cursor(), "Where the page begins: from the `next` of an earlier page."),
        if_none_match(),
    ])
    .answer(200, "A page of jobs.", json_of("JobList"), &["ETag", "Link"])
    .answer(304, "You have this version.", Value::Null, &["ETag"])
    .usual_problems()
    .problem(422, "A parameter is not valid.")
    .done()
}

/// Opaque: only a cursor from an earlier page has a meaning.
fn cursor() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 512, "pattern": "^[!-~]+$"})
}

fn read() -> Value {
    let wait = choices().into_iter().filter(|choice| choice.name == "wait").map(option);
    let shown = ["ETag", "Retry-After", "Preference-Applied"];
    let regions = choices().into_iter().filter(|choice| choice.name == "regions").map(|choice| {
        let means =
            "The numbers over these parts of the document, whatever was chosen when it was submitted.";
        option(Choice { means: means.to_owned(), ..choice })
    });
    RouteDescription::new(
        "jobs",
        "getJob",
        "Read a job",
        "At once, or when it has ended, at most a minute later.",
    )
    .parameters([job_id(), prefer(), if_none_match()])
    .parameters(wait)
    .parameters(regions)
    .answer(200, "The job as it stands.", json_of("Job"), &shown)
    .answer(304, "You have this version.", Value::Null, &shown)
    .usual_problems()
    .problem(404, "There is no such job.")
    .problem(410, "The job is kept no longer.")
    .problem(422, "A parameter is not valid.")
    .done()
}

fn words() -> Value {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 100_000, "default": 1000});
    let place = json!({"type": "string", "pattern": "^[0-9]{1,9}$"});
    let line = json!({"schema": {"type": "string"}});
    let mut content = json_of("Words");
    content["text/csv"] = line.clone();
    content["application/x-ndjson"] = line;
    RouteDescription::new(
        "jobs",
        "getWords",
        "Read a job's words",
        "Every distinct word with its count: in pages of JSON, or all at once as text/csv or application/x-ndjson.",
    )
    .parameters([
        job_id(),
        query("sort", json!({"type": "string", "enum": ["count", "word"], "default": "count"}), "The order."),
        query("limit", limit, "How many words; csv and ndjson have all when not given."),
        query("cursor", place, "Where the page begins: from the `next` of a page in the same order."),
        query("format", json!({"type": "string", "enum": ["json", "csv", "ndjson"]}), "The form, whatever Accept says."),
        if_none_match(),
    ])
    .answer(200, "The words.", content, &["ETag", "Link"])
    .answer(304, "You have this version.", Value::Null, &["ETag"])
    .usual_problems()
    .problem(404, "There is no such job.")
    .problem(406, "None of the forms is acceptable.")
    .problem(409, "The job has not succeeded.")
    .problem(410, "The job is kept no longer.")
    .problem(422, "A parameter is not valid.")
    .done()
}

fn order(id: &str, summary: &str, description: &str) -> RouteDescription {
    RouteDescription::new("jobs", id, summary, description)
        .parameters([job_id()])
        .usual_problems()
        .problem(403, "A page of another site sent it.")
        .problem(404, "There is no such job.")
        .problem(409, "The job's state does not allow it.")
        .problem(410, "The job is kept no longer.")
        .problem(422, "The route takes no parameters.")
}

fn cancel() -> Value {
    order("cancelJob", "Cancel a job", "A queued job never starts; a running one stops within a second.")
        .answer(200, "The job, cancelled.", json_of("Job"), &[])
        .done()
}

fn retry() -> Value {
    order("retryJob", "Retry a job", "A failed or cancelled job runs again, as the same job.")
        .answer(202, "The job, queued again.", json_of("Job"), &["Retry-After"])
        .done()
}

fn delete() -> Value {
    order(
        "deleteJob",
        "Delete a job",
        "Its record and its content are gone. A running job must be cancelled first.",
    )
    .answer(204, "It is gone.", Value::Null, &[])
    .done()
}

fn delete_by_form() -> Value {
    order("deleteJobByForm", "Delete a job by a form", "The same as DELETE, for clients that can only POST.")
        .answer(204, "It is gone.", Value::Null, &[])
        .done()
}

fn live() -> Value {
    RouteDescription::new(
        "operation",
        "live",
        "Is the process up?",
        "Asks nothing of any part that Tally leans on.",
    )
    .answer(200, "It is.", json_of("Live"), &[])
    .usual_problems()
    .done()
}

fn ready() -> Value {
    RouteDescription::new(
        "operation",
        "ready",
        "Can it take a job?",
        "Each part that Tally leans on, with its latency.",
    )
    .answer(200, "It can.", json_of("Health"), &[])
    .usual_problems()
    .problem(503, "It cannot: a part does not answer (see parts), or the process drains.")
    .done()
}

fn metrics() -> Value {
    let text = json!({"schema": {"type": "string"}});
    let text = json!({"application/openmetrics-text": text, "text/plain": text});
    let means = "In the OpenMetrics text format; as plain text for browsers.";
    RouteDescription::new("operation", "metrics", "Metrics", means)
        .answer(200, "The metrics.", text, &[])
        .usual_problems()
        .done()
}

fn openapi() -> Value {
    let content = json!({"application/json": {"schema": {"type": "object"}}});
    RouteDescription::new("about", "openapi", "This description", "OpenAPI 3.1.")
        .parameters([if_none_match()])
        .answer(200, "The description.", content, &["ETag"])
        .answer(304, "You have this version.", Value::Null, &["ETag"])
        .usual_problems()
        .done()
}

fn docs() -> Value {
    RouteDescription::new("about", "docs", "A page to try it", "Needs no net.")
        .answer(308, "The page is at /docs/.", Value::Null, &["Location"])
        .answer(200, "The page.", json!({"text/html": {"schema": {"type": "string"}}}), &["ETag"])
        .usual_problems()
        .done()
}

/// A page for people, or JSON for programs.
fn about(id: &str, summary: &str) -> RouteDescription {
    let content = json!({
        "application/json": {"schema": {"type": "object"}},
        "text/html": {"schema": {"type": "string"}}
    });
    RouteDescription::new("about", id, summary, "A page for browsers, JSON for everything else.")
        .parameters([if_none_match()])
        .answer(200, "It.", content, &["ETag"])
        .answer(304, "You have this version.", Value::Null, &["ETag"])
        .usual_problems()
}

fn problems() -> Value {
    about("problems", "Every problem type").done()
}

fn problem() -> Value {
    let name = parameter("path", "name", json!({"type": "string"}), "The last part of a problem's type.");
    about("problem", "What a problem type means")
        .parameters([name])
        .problem(404, "There is no such type.")
        .done()
}

fn root() -> Value {
    about("root", "What this is").done()
}
