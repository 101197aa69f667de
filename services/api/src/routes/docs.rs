//! `/openapi.json` for programs, and `/docs`, a page to try the API that works offline.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::{json, tagged};
use crate::openapi::openapi_json;
use crate::problem::{Problem, ProblemKind};
use crate::swagger_ui::{self, PageFile};

/// The page loads its own scripts and styles only; it sets styles on elements and shows icons from `data:` addresses.
const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

static OPENAPI: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi_json()));

/// The description of the API.
pub(crate) async fn openapi() -> Response {
    let mut response = tagged(OPENAPI.clone(), |body| json(StatusCode::OK, body));
    response.headers_mut().insert(CACHE_CONTROL, AN_HOUR);
    response
}

/// Redirects to the path with a slash, because the page's files are relative to it.
pub(crate) async fn to_page() -> Response {
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/docs/"));
    response
}

/// The page itself.
pub(crate) async fn page() -> Result<Response, Problem> {
    file("index.html")
}

/// A file of the page.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    file(&name)
}

fn file(name: &str) -> Result<Response, Problem> {
    let found = swagger_ui::file(name).map_err(|error| Problem::defect(format!("the docs page: {error}")))?;
    let Some(PageFile { bytes, content_type }) = found else {
        return Err(Problem::new(ProblemKind::NotFound, "the docs page has no such file; begin at /docs"));
    };
    let mut response = tagged(bytes, IntoResponse::into_response);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_SECURITY_POLICY, CSP);
    headers.insert(CACHE_CONTROL, AN_HOUR);
    Ok(response)
}
