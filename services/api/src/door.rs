//! What happens to every request, whatever its route: its id, the bound on how many there are, panics, the shape of
//! problems, validators and compression.
//!
//! One middleware, so that the hot path pays for one.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::time::Instant;
use tower::Service;
use tracing::Instrument;

use crate::deps::{Answer, Api};
use crate::pause::for_the_refused;
use crate::problem::{Problem, ProblemKind, shape};
use crate::router::template;
use crate::{compress, conditional};

/// The header of a request's id.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a client.
const LONGEST_ID: usize = 128;

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// The door, with what is behind it.
#[derive(Clone)]
pub(crate) struct Door<S> {
    api: Arc<Api>,
    inner: S,
}

impl<S> Door<S> {
    pub(crate) const fn new(api: Arc<Api>, inner: S) -> Self {
        Self { api, inner }
    }
}

impl<S> Service<Request> for Door<S>
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
        // The clone that was made ready is the one to call; the fresh one takes its place.
        let fresh = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, fresh);
        let api = Arc::clone(&self.api);
        Box::pin(async move { Ok(pass(&api, inner, request).await) })
    }
}

async fn pass<S>(api: &Api, mut inner: S, request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let began = Instant::now();
    let visit = Visit::of(api, &request);
    let id = visit.id.to_str().unwrap_or_default();
    let span = tracing::debug_span!("request", request.id = id, http.method = %visit.method, url.path = request.uri().path());
    let response = if visit.is_admitted() {
        let answer = AssertUnwindSafe(inner.call(request)).catch_unwind();
        answer
            .instrument(span)
            .await
            .unwrap_or_else(|panic| Ok(panicked(&*panic)))
            .unwrap_or_else(|never| match never {})
    } else {
        let detail = "as many requests as Tally takes at once are under way; nothing was changed, try again";
        let seconds = for_the_refused(api.deps.submit.ids.chance());
        Problem::new(ProblemKind::Overloaded, detail).retry_after(seconds).into_response()
    };
    let response = visit.finish(response);
    if let Some(observer) = &api.deps.observer {
        let Visit { method, route, .. } = &visit;
        observer.answered(Answer { method, route: *route, status: response.status(), took: began.elapsed() });
    }
    response
}

/// What is known of a request beside its route's own affair.
struct Visit {
    id: HeaderValue,
    method: Method,
    route: Option<&'static str>,
    permit: Option<tokio::sync::OwnedSemaphorePermit>,
    is_exempt: bool,
    offer: compress::Offer,
    known: conditional::Known,
}

impl Visit {
    fn of(api: &Api, request: &Request) -> Self {
        let route = template(request.uri().path());
        // Whoever looks after an overloaded process must still see it.
        let is_exempt = matches!(route, Some("/health/live" | "/health/ready" | "/metrics"));
        let permit = (!is_exempt).then(|| Arc::clone(&api.requests).try_acquire_owned().ok()).flatten();
        Self {
            id: request_id(api, request.headers()),
            method: request.method().clone(),
            route,
            permit,
            is_exempt,
            offer: compress::Offer::of(request.headers()),
            known: conditional::Known::of(request.headers()),
        }
    }

    const fn is_admitted(&self) -> bool {
        self.is_exempt || self.permit.is_some()
    }

    fn finish(&self, response: Response) -> Response {
        let id = self.id.to_str().unwrap_or_default();
        let mut response = match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => self.without_method(response, id),
            status if status.is_client_error() || status.is_server_error() => shape(response, id),
            _ => response,
        };
        if matches!(self.method, Method::GET | Method::HEAD) {
            response = conditional::answer(response, &self.known, self.offer);
        }
        response = compress::answer(response, self.offer, &self.method);
        let headers = response.headers_mut();
        headers.insert(X_REQUEST_ID, self.id.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
        response
    }

    /// A route that lacks this method says which it has; for OPTIONS that is the answer itself.
    fn without_method(&self, mut response: Response, id: &str) -> Response {
        if let Some(allow) = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok()) {
            let allow = HeaderValue::from_str(&format!("{allow},OPTIONS")).ok();
            allow.and_then(|allow| response.headers_mut().insert(ALLOW, allow));
        }
        if self.method == Method::OPTIONS {
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.body_mut() = axum::body::Body::empty();
            return response;
        }
        shape(response, id)
    }
}

/// The client's id when it is sane, else a fresh one.
fn request_id(api: &Api, headers: &HeaderMap) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(X_REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| {
        let submit = &api.deps.submit;
        let id = submit.ids.fresh(submit.clock.now());
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        HeaderValue::from_str(id.as_hyphenated().encode_lower(&mut text)).expect("a UUID is visible ASCII")
    })
}

fn panicked(panic: &(dyn Any + Send)) -> Response {
    let said = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    Problem::defect(format!("a route panicked: {}", said.unwrap_or_default())).into_response()
}
