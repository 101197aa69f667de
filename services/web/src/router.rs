//! Every page and its path.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use maud::Markup;
use tally_jobs::query::Query;

use crate::layout::POLICY;
use crate::page_error::PageError;
use crate::request_context::RequestContext;
use crate::{assets, count_page, errors_page, job_page, list_page, overview_page};

/// What the pages need from the wiring.
#[derive(Clone)]
pub struct PageDeps {
    /// Reads jobs.
    pub query: Query,
}

type Deps = State<Arc<PageDeps>>;
type PageResult = Result<Response, PageError>;

/// The routes of the pages: `/`, `/ui` and below.
pub fn router(deps: PageDeps) -> Router {
    Router::new()
        .route("/", get(count))
        .route("/ui", get(overview))
        .route("/ui/jobs", get(jobs))
        .route("/ui/jobs/{id}", get(job))
        .route("/ui/errors", get(errors))
        .route("/ui/assets/{version}/{name}", get(asset))
        .fallback(async || PageError::NoPage)
        .with_state(Arc::new(deps))
}

async fn count(State(deps): Deps, request: Request) -> PageResult {
    let context = RequestContext::of(&request, deps.query.clock.now());
    Ok(html(StatusCode::OK, &count_page::page(&deps, &context).await?))
}

async fn overview(State(deps): Deps, request: Request) -> PageResult {
    let context = RequestContext::of(&request, deps.query.clock.now());
    Ok(html(StatusCode::OK, &overview_page::page(&deps, &context).await?))
}

async fn jobs(State(deps): Deps, request: Request) -> PageResult {
    let context = RequestContext::of(&request, deps.query.clock.now());
    let (status, page) = list_page::page(&deps, &context).await?;
    Ok(html(status, &page))
}

async fn job(State(deps): Deps, Path(id): Path<String>, request: Request) -> PageResult {
    let context = RequestContext::of(&request, deps.query.clock.now());
    Ok(html(StatusCode::OK, &job_page::page(&deps, &context, &id).await?))
}

async fn errors(State(deps): Deps, request: Request) -> PageResult {
    let context = RequestContext::of(&request, deps.query.clock.now());
    Ok(html(StatusCode::OK, &errors_page::page(&deps, &context).await?))
}

async fn asset(Path((version, name)): Path<(String, String)>) -> PageResult {
    assets::response(&version, &name).ok_or(PageError::NoPage)
}

/// A page with the headers of all pages.
pub(crate) fn html(status: StatusCode, page: &Markup) -> Response {
    let mut response = (status, page.0.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.append(VARY, HeaderValue::from_static("accept"));
    response
}
