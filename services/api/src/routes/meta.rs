//! `/` and `/problems/{name}`: a page for browsers, JSON for programs.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json as object;
use tower::ServiceExt;

use super::{json, tagged, to_json};
use crate::deps::Api;
use crate::pages::wants_html;
use crate::problem::{Problem, ProblemKind, guide, problem_types};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// The pages load nothing but their own style.
const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// These pages change with a release only.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}\
    pre{padding:.75rem;overflow:auto;border:1px solid #8886;border-radius:.3rem}\
    :root{color-scheme:light dark}dt{font-weight:600}";

/// Names the server and links to its routes. A browser gets the page that counts, where there are pages.
pub(crate) async fn root(State(api): State<Arc<Api>>, request: Request) -> Result<Response, Problem> {
    if wants_html(request.headers()) {
        if let Some(pages) = &api.pages {
            return pages.router.clone().oneshot(request).await.map_err(|never| match never {});
        }
        let body = own_address(
            &request,
            "<h1>Tally</h1><p>Counts the words of anything, by several definitions at once.</p>\
            <pre>curl -sd 'hello brave new world' 'http://localhost:8080/jobs?wait=5s'</pre>\
            <ul><li><a href=\"/docs\">Every route, to try</a></li><li><a href=\"/openapi.json\">OpenAPI</a></li>\
            <li><a href=\"/problems\">What problems mean</a></li><li><a href=\"/jobs\">Jobs</a></li>\
            <li><a href=\"/health/ready\">Health</a>, <a href=\"/metrics\">metrics</a></li></ul>",
        );
        return Ok(page("Tally", &body));
    }
    let links = object!({
        "name": "tally",
        "version": env!("CARGO_PKG_VERSION"),
        "links": {
            "jobs": "/jobs", "docs": "/docs", "openapi": "/openapi.json", "problems": "/problems",
            "live": "/health/live", "ready": "/health/ready", "metrics": "/metrics"
        }
    });
    plain(&links)
}

/// Lists every problem type.
pub(crate) async fn problems(request: Request) -> Result<Response, Problem> {
    if wants_html(request.headers()) {
        let rows = problem_types().map(|(slug, title)| {
            format!("<li><a href=\"/problems/{slug}\">{slug}</a>: {}</li>", escaped(title))
        });
        let body = format!("<h1>Problems</h1><ul>{}</ul>", rows.collect::<String>());
        return Ok(page("Problems", &body));
    }
    let all =
        problem_types().map(|(slug, title)| object!({"type": format!("/problems/{slug}"), "title": title}));
    plain(&object!({"problems": all.collect::<Vec<_>>()}))
}

/// Explains a problem type: cause, fix, example.
pub(crate) async fn problem(Path(slug): Path<String>, request: Request) -> Result<Response, Problem> {
    let known = problem_types().find(|(known, _)| *known == slug);
    let Some(((slug, title), guide)) = known.and_then(|known| Some((known, guide(known.0)?))) else {
        let detail = "there is no such problem type; GET /problems lists them all";
        return Err(Problem::new(ProblemKind::NotFound, detail));
    };
    let example = own_address(&request, guide.example);
    let status = ProblemKind::ALL.iter().find(|kind| kind.slug() == slug).map(|kind| kind.status().as_u16());
    if wants_html(request.headers()) {
        let status = status.map_or("a job fails with it".to_owned(), |status| format!("status {status}"));
        let body = format!(
            "<h1>{}</h1><p><code>/problems/{slug}</code>, {status}</p><dl><dt>Why</dt><dd>{}</dd><dt>What to \
             do</dt><dd>{}</dd><dt>For example</dt><dd><pre>{}</pre></dd></dl><p><a href=\"/problems\">All</a></p>",
            escaped(title),
            escaped(guide.cause),
            escaped(guide.fix),
            escaped(&example)
        );
        return Ok(page(title, &body));
    }
    plain(&object!({
        "type": format!("/problems/{slug}"), "title": title, "status": status,
        "cause": guide.cause, "fix": guide.fix, "example": example
    }))
}

/// An example with the address of this server, as the client reached it.
fn own_address(request: &Request, example: &str) -> String {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost:8080");
    let is_https = request.headers().get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let scheme = if is_https { "https" } else { "http" };
    example.replace("http://localhost:8080", &format!("{scheme}://{}", escaped(host)))
}

fn plain(value: &serde_json::Value) -> Result<Response, Problem> {
    let mut response = tagged(to_json(value)?, |body| json(StatusCode::OK, body));
    response.headers_mut().insert(CACHE_CONTROL, AN_HOUR);
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn page(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head><body>{body}</body></html>\n",
        escaped(title)
    );
    let mut response = tagged(Bytes::from(html), IntoResponse::into_response);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HTML);
    headers.insert(CONTENT_SECURITY_POLICY, CSP);
    headers.insert(CACHE_CONTROL, AN_HOUR);
    headers.append(VARY, HeaderValue::from_static("accept"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
