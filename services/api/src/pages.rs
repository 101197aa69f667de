//! The pages for browsers, which the wiring mounts inside the API's middleware.
//!
//! The API knows where they are, not what they show: their crate does not know the API, nor the API their crate.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tally_jobs::id::JobId;

use crate::accept::AcceptedTypes;
use crate::deps::Api;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The list of jobs, where a browser goes after a delete.
pub(crate) const JOBS: &str = "/ui/jobs";

/// The pages for browsers.
#[derive(Clone)]
pub struct Pages {
    /// Answers GET for `/`, `/ui` and every path below it.
    pub router: Router,
    /// Writes the page of a problem.
    pub problem: Arc<dyn Fn(&ShownProblem<'_>) -> String + Send + Sync>,
    /// The `Content-Security-Policy` of that page.
    pub policy: &'static str,
}

/// A problem, as a page shows it.
#[derive(Clone, Debug)]
pub struct ShownProblem<'a> {
    /// The status of the answer.
    pub status: StatusCode,
    /// The path that explains its type.
    pub type_path: &'a str,
    /// The title of its type.
    pub title: &'a str,
    /// What was wrong this time.
    pub detail: &'a str,
    /// Each wrong part of the request, as pointer and detail.
    pub errors: Vec<(&'a str, &'a str)>,
    /// The id under which the log has the cause.
    pub request_id: &'a str,
}

impl Pages {
    pub(crate) fn problem_page(&self, problem: &ShownProblem<'_>) -> Response {
        let mut response = (self.problem)(problem).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HTML);
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy));
        headers.append(VARY, HeaderValue::from_static("accept"));
        response
    }
}

/// Whether the client names HTML, as browsers do. Programs that accept anything get JSON.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    AcceptedTypes::of(headers).named("text/html").is_some_and(|weight| weight > 0)
}

/// Whether this request came from a form of a page.
pub(crate) fn is_browser(api: &Api, headers: &HeaderMap) -> bool {
    api.pages.is_some() && wants_html(headers)
}

/// Sends a browser to the page of a job.
pub(crate) fn to_job(id: JobId) -> Response {
    see_other(&format!("{JOBS}/{id}"))
}

/// Sends a browser to a page (303).
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(LOCATION, path);
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
    response
}
