//! Answers that are not a success: a closed list of problem types (RFC 9457), and what each fault becomes.
//!
//! A cause is logged here once, under the request's id, and never sent. What to do about it is always sent.

mod guide;
mod kind;

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use tally_kernel::{Fault, FaultKind};
use utoipa::ToSchema;

use crate::dto::PartBody;
use crate::pages::{Pages, ShownProblem};
pub(crate) use guide::guide;
pub use kind::{ProblemKind, problem_types};

/// The media type of problems.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// One thing that was wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct InputError {
    /// Where: a JSON pointer into the body (`/top`; form fields are written the same way), a query parameter
    /// (`?top`) or a header (`header:Idempotency-Key`).
    #[schema(example = "/txet")]
    pub(crate) pointer: String,
    /// What is wrong and what would be right.
    #[schema(example = "unknown member; did you mean `text`?")]
    pub(crate) detail: String,
}

impl InputError {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A problem. The request middleware writes its body, because only the middleware knows the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) kind: ProblemKind,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) errors: Vec<InputError>,
    pub(crate) retry_after: Option<u32>,
    /// The parts that Tally depends on, if one of them is the problem.
    pub(crate) parts: Vec<PartBody>,
    /// The cause, for the log only.
    cause: Option<Box<ProblemCause>>,
}

/// What the log says of a problem.
#[derive(Clone, Debug)]
struct ProblemCause {
    level: tracing::Level,
    text: String,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            parts: Vec::new(),
            cause: None,
        }
    }

    /// The input was understood, but these parts of it are wrong.
    pub(crate) fn input(errors: Vec<InputError>) -> Self {
        let detail = match errors.as_slice() {
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} parts of the request are wrong; see errors", many.len()),
        };
        Self { errors, ..Self::new(ProblemKind::InvalidInput, detail) }
    }

    /// One part of the input is wrong.
    pub(crate) fn of_input(pointer: &str, detail: impl Into<String>) -> Self {
        Self::input(vec![InputError::new(pointer, detail)])
    }

    /// Sets `Retry-After`.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The problem of a port's fault. `seconds` is the jittered `Retry-After`.
    pub(crate) fn of_fault(fault: &Fault, seconds: u32) -> Self {
        let (kind, level, detail) = match fault.kind {
            FaultKind::Unavailable => (
                ProblemKind::Unavailable,
                tracing::Level::WARN,
                "a part that Tally leans on does not answer; nothing was changed, try again",
            ),
            FaultKind::Overloaded => (
                ProblemKind::Overloaded,
                tracing::Level::DEBUG,
                "Tally has as much work as it takes; nothing was changed, try again",
            ),
            FaultKind::Unknown => (
                ProblemKind::OutcomeUnknown,
                tracing::Level::WARN,
                "the outcome is unknown: it may or may not have been carried out; retry a submit with the same \
                 Idempotency-Key, everything else is safe to repeat as it is",
            ),
            FaultKind::Corrupt => (
                ProblemKind::Internal,
                tracing::Level::ERROR,
                "stored data cannot be read; the operator finds the cause in the log under this request's id",
            ),
        };
        let problem = Self::new(kind, detail).with_cause(level, format!("{fault}{}", causes(fault)));
        if kind == ProblemKind::Internal { problem } else { problem.retry_after(seconds) }
    }

    /// A defect in Tally.
    pub(crate) fn defect(text: String) -> Self {
        let detail = "a defect in Tally; the operator finds it in the log under this request's id";
        Self::new(ProblemKind::Internal, detail).with_cause(tracing::Level::ERROR, text)
    }

    fn with_cause(mut self, level: tracing::Level, text: String) -> Self {
        self.cause = Some(Box::new(ProblemCause { level, text }));
        self
    }

    /// Logs the cause. A level is part of a call site, so there is one call for each.
    fn log(&self, request_id: &str) {
        let Some(cause) = &self.cause else { return };
        let ProblemCause { level, text } = &**cause;
        let problem = self.kind.slug();
        match *level {
            tracing::Level::ERROR => {
                tracing::error!(request.id = request_id, problem, cause = text, "failed");
            }
            tracing::Level::WARN => tracing::warn!(request.id = request_id, problem, cause = text, "failed"),
            _ => tracing::debug!(request.id = request_id, problem, cause = text, "turned away"),
        }
    }

    /// The body, for the request with this id.
    pub(crate) fn to_json(&self, request_id: &str) -> Bytes {
        let body = ProblemBody {
            type_: self.kind.type_path(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            request_id,
            errors: &self.errors,
            parts: &self.parts,
        };
        let mut json = serde_json::to_vec(&body).expect("a struct of strings has a JSON form");
        json.push(b'\n');
        json.into()
    }

    /// The whole answer, for the request with this id.
    pub(crate) fn to_response(&self, request_id: &str) -> Response {
        self.log(request_id);
        let mut response = self.to_json(request_id).into_response();
        self.put_head(&mut response);
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        response
    }

    /// The same as a page, for a browser.
    fn to_page(&self, request_id: &str, pages: &Pages) -> Response {
        self.log(request_id);
        let errors = self.errors.iter().map(|error| (&*error.pointer, &*error.detail));
        let mut response = pages.problem_page(&ShownProblem {
            status: self.kind.status(),
            type_path: self.kind.type_path(),
            title: self.kind.title(),
            detail: &self.detail,
            errors: errors.collect(),
            request_id,
        });
        self.put_head(&mut response);
        response
    }

    fn put_head(&self, response: &mut Response) {
        *response.status_mut() = self.kind.status();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if self.kind == ProblemKind::UnsupportedContentCoding {
            // RFC 9110, 12.5.3: the codings that would be accepted.
            let accepted = HeaderValue::from_static("gzip, br, zstd, deflate");
            response.headers_mut().insert(ACCEPT_ENCODING, accepted);
        }
    }
}

/// The causes of a fault, the nearest first, each after a colon.
fn causes(fault: &Fault) -> String {
    let mut text = String::new();
    let mut next = std::error::Error::source(fault);
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

/// A problem in an answer's extensions, until the request middleware writes its body.
#[derive(Clone)]
struct PendingProblem(Arc<Problem>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        self.put_head(&mut response);
        response.extensions_mut().insert(PendingProblem(Arc::new(self)));
        response
    }
}

/// Gives a refusal the body of a problem. `response` may also be a plain one of the framework.
/// `pages` are given when a browser asked.
pub(crate) fn with_problem_body(response: Response, request_id: &str, pages: Option<&Pages>) -> Response {
    let answer = |problem: &Problem| match pages {
        Some(pages) => problem.to_page(request_id, pages),
        None => problem.to_response(request_id),
    };
    if let Some(PendingProblem(problem)) = response.extensions().get::<PendingProblem>() {
        let mut problem_response = answer(problem);
        keep(response.headers(), problem_response.headers_mut());
        return problem_response;
    }
    if has_own_body(response.headers()) {
        return response;
    }
    let mut problem_response = answer(&of_status(response.status()));
    keep(response.headers(), problem_response.headers_mut());
    problem_response
}

/// A problem, or a page of ours that says what is wrong.
fn has_own_body(headers: &HeaderMap) -> bool {
    let own = |value: &HeaderValue| value == PROBLEM_JSON || value.as_bytes().starts_with(b"text/html");
    headers.get(CONTENT_TYPE).is_some_and(own)
}

fn keep(from: &HeaderMap, to: &mut HeaderMap) {
    if let Some(allow) = from.get(ALLOW) {
        to.insert(ALLOW, allow.clone());
    }
}

/// The problem behind a bare status of the framework.
fn of_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => {
            Problem::new(ProblemKind::NotFound, "nothing is at this path; GET /docs shows every route")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            let detail = "this path does not take this method; the Allow header names those that it takes";
            Problem::new(ProblemKind::MethodNotAllowed, detail)
        }
        status if status.is_client_error() => Problem::new(
            ProblemKind::BadRequest,
            "the request cannot be understood; check its path and headers",
        ),
        status => Problem::defect(format!("a bare answer of status {status}")),
    }
}

/// Why a request was not carried out (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// The problem's type: a path on this server, where it is explained.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-input")]
    type_: &'a str,
    /// The type's title.
    title: &'a str,
    /// The status of the answer.
    status: u16,
    /// What was wrong this time, and what to do about it.
    detail: &'a str,
    /// The request's id, under which the log has the cause.
    request_id: &'a str,
    /// Each part of the input that is wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<InputError>, required = false)]
    errors: &'a [InputError],
    /// Each part that Tally leans on, when one of them is the problem.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<PartBody>, required = false)]
    parts: &'a [PartBody],
}

#[cfg(test)]
mod tests;
