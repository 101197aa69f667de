//! What every request has, whatever its route: an id, the limit on concurrent requests, the check of its site, caught
//! panics, the form of problems, validators and compression.
//!
//! One middleware, so that the hot path pays for one.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tally_jobs::id::RequestId;
use tally_kernel::panic_message;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tower::{Layer, Service, service_fn};
use tracing::Instrument;

use crate::accept::accept_plain_form;
use crate::compression::compression;
use crate::conditional::{self, IfNoneMatch};
use crate::deps::{AnsweredRequest, Api};
use crate::pages::{Pages, wants_html};
use crate::problem::{Problem, ProblemKind, with_problem_body};
use crate::request_guard;
use crate::request_id::{X_REQUEST_ID, sent_or_new};
use crate::retry_after::for_refused;
use crate::route_template::route_template;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The middleware around a service.
#[derive(Clone)]
pub(crate) struct RequestMiddleware<S> {
    api: Arc<Api>,
    inner: S,
}

impl<S> RequestMiddleware<S> {
    pub(crate) const fn new(api: Arc<Api>, inner: S) -> Self {
        Self { api, inner }
    }
}

impl<S> Service<Request> for RequestMiddleware<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The clone that was made ready is the one to call; the new one takes its place.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let api = Arc::clone(&self.api);
        Box::pin(async move { Ok(handle(&api, inner, request).await) })
    }
}

async fn handle<S>(api: &Api, mut inner: S, mut request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let began = Instant::now();
    let context = RequestContext::of(api, &request);
    let span = tracing::debug_span!("request", request.id = context.id.as_str(), http.method = %context.method, url.path = request.uri().path());
    let response = if context.is_within_concurrency_limit() {
        accept_plain_form(request.headers_mut());
        let context = &context;
        let routes = service_fn(move |request| {
            let answer = match request_guard::check(&api.deps.hosts, &request) {
                Ok(()) => Ok(AssertUnwindSafe(inner.call(request)).catch_unwind()),
                Err(refusal) => Err(refusal.into_response()),
            };
            async move {
                let response = match answer {
                    Ok(answer) => answer.await.unwrap_or_else(panicked)?,
                    Err(refusal) => refusal,
                };
                Ok(context.with_problem(response))
            }
        });
        let compressed = compression().layer(routes).call(request).instrument(span).await;
        compressed.map(|response| response.map(Body::new)).unwrap_or_else(|never: Infallible| match never {})
    } else {
        let detail = "as many requests as Tally takes at once are under way; nothing was changed, try again";
        let seconds = for_refused(api.deps.submit.ids.chance());
        Problem::new(ProblemKind::Overloaded, detail).retry_after(seconds).to_response(context.id.as_str())
    };
    let response = context.complete(response);
    if let Some(observer) = &api.deps.observer {
        let RequestContext { method, route, .. } = &context;
        observer.answered(AnsweredRequest {
            method,
            route: *route,
            status: response.status(),
            took: began.elapsed(),
        });
    }
    response
}

fn panicked(panic: Box<dyn Any + Send>) -> Result<Response, Infallible> {
    Ok(Problem::defect(format!("a route panicked: {}", panic_message(&*panic))).into_response())
}

/// What the middleware knows of a request.
struct RequestContext<'a> {
    /// The pages, when a browser asks.
    pages: Option<&'a Pages>,
    id: RequestId,
    method: Method,
    route: Option<&'static str>,
    permit: Option<OwnedSemaphorePermit>,
    is_exempt: bool,
    known: IfNoneMatch,
}

impl<'a> RequestContext<'a> {
    fn of(api: &'a Api, request: &Request) -> Self {
        let route = route_template(request.uri().path());
        // An operator must see an overloaded process.
        let is_exempt = matches!(route, Some("/health/live" | "/health/ready" | "/metrics"));
        let permit = (!is_exempt).then(|| Arc::clone(&api.requests).try_acquire_owned().ok()).flatten();
        Self {
            pages: api.pages.as_ref().filter(|_| wants_html(request.headers())),
            id: sent_or_new(api, request.headers()),
            method: request.method().clone(),
            route,
            permit,
            is_exempt,
            known: IfNoneMatch::of(request.headers()),
        }
    }

    const fn is_within_concurrency_limit(&self) -> bool {
        self.is_exempt || self.permit.is_some()
    }

    /// Gives a refusal the form of a problem.
    fn with_problem(&self, response: Response) -> Response {
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => self.without_method(response),
            status if status.is_client_error() || status.is_server_error() => {
                with_problem_body(response, self.id.as_str(), self.pages)
            }
            _ => response,
        }
    }

    /// Adds what depends on the content coding, and the headers of every answer.
    fn complete(&self, mut response: Response) -> Response {
        if matches!(self.method, Method::GET | Method::HEAD) {
            response = conditional::answer(response, &self.known);
        }
        let headers = response.headers_mut();
        let id = HeaderValue::from_str(self.id.as_str()).expect("a request id is visible ASCII");
        headers.insert(X_REQUEST_ID, id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
        response
    }

    /// Answers a method that the route does not have: with the `Allow` header, and for OPTIONS without a body.
    fn without_method(&self, mut response: Response) -> Response {
        if let Some(allow) = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok()) {
            let allow = HeaderValue::from_str(&format!("{allow},OPTIONS")).ok();
            allow.and_then(|allow| response.headers_mut().insert(ALLOW, allow));
        }
        if self.method == Method::OPTIONS {
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.body_mut() = Body::empty();
            return response;
        }
        with_problem_body(response, self.id.as_str(), self.pages)
    }
}
