//! The router's own answers.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use tally_api::ApiOptions;

use crate::test_api::TestApi;

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let api = TestApi::new();
    for path in ["/job", "/jobs/", "/jobs/a/b/c", "//jobs", "/jobs/%FF"] {
        let response = api.get(path).await;
        assert!(response.status.is_client_error(), "{path}");
        assert_eq!(response.header("content-type"), "application/problem+json", "{path}");
    }
    api.get("/job").await.problem(404, "not-found");
    for (method, path, allow) in [
        (Method::PUT, "/jobs", "GET,HEAD,POST,OPTIONS"),
        (Method::PATCH, "/jobs/x", "GET,HEAD,DELETE,OPTIONS"),
        (Method::GET, "/jobs/x/cancel", "POST,OPTIONS"),
        (Method::TRACE, "/health/live", "GET,HEAD,OPTIONS"),
    ] {
        let response =
            api.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        response.problem(405, "method-not-allowed");
        assert_eq!(response.header("allow"), allow);
    }
}

#[tokio::test]
async fn options_lists_the_methods_and_grants_no_cors() {
    let api = TestApi::new();
    let request =
        Request::builder().method(Method::OPTIONS).uri("/jobs").header("origin", "https://evil.example");
    let response =
        api.send(request.header("access-control-request-method", "POST").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (response.status, response.header("allow")),
        (StatusCode::NO_CONTENT, "GET,HEAD,POST,OPTIONS")
    );
    assert!(response.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
}

#[tokio::test]
async fn refuses_requests_beyond_the_limit_but_shows_health() {
    let api = TestApi::with(ApiOptions { requests_at_once: 0, ..ApiOptions::default() });
    let response = api.post_json("/jobs", r#"{"text": "a"}"#).await;
    response.problem(503, "overloaded");
    assert_eq!(response.header("retry-after"), "3");
    assert_eq!(api.get("/health/live").await.status, StatusCode::OK);
    assert_eq!(api.get("/metrics").await.status, StatusCode::OK);
}
