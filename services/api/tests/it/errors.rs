//! Answers of the router itself.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use tally_api::ApiOptions;

use crate::house::House;

#[tokio::test]
async fn no_route_and_no_method_are_problems_too() {
    let house = House::new();
    for path in ["/job", "/jobs/", "/jobs/a/b/c", "//jobs", "/jobs/%FF"] {
        let told = house.get(path).await;
        assert!(told.status.is_client_error(), "{path}");
        assert_eq!(told.header("content-type"), "application/problem+json", "{path}");
    }
    house.get("/job").await.problem(404, "not-found");
    for (method, path, allow) in [
        (Method::PUT, "/jobs", "GET,HEAD,POST,OPTIONS"),
        (Method::PATCH, "/jobs/x", "GET,HEAD,DELETE,OPTIONS"),
        (Method::GET, "/jobs/x/cancel", "POST,OPTIONS"),
        (Method::TRACE, "/health/live", "GET,HEAD,OPTIONS"),
    ] {
        let told = house.ask(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        told.problem(405, "method-not-allowed");
        assert_eq!(told.header("allow"), allow);
    }
}

#[tokio::test]
async fn options_says_what_a_path_takes_and_no_other_site_is_let_in() {
    let house = House::new();
    let request =
        Request::builder().method(Method::OPTIONS).uri("/jobs").header("origin", "https://evil.example");
    let told =
        house.ask(request.header("access-control-request-method", "POST").body(Body::empty()).unwrap()).await;
    assert_eq!((told.status, told.header("allow")), (StatusCode::NO_CONTENT, "GET,HEAD,POST,OPTIONS"));
    assert!(told.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
}

#[tokio::test]
async fn more_requests_than_the_bound_are_turned_away_but_health_is_still_seen() {
    let house = House::with(ApiOptions { requests_at_once: 0, ..ApiOptions::default() });
    let told = house.post_json("/jobs", r#"{"text": "a"}"#).await;
    told.problem(503, "overloaded");
    assert_eq!(told.header("retry-after"), "3");
    assert_eq!(house.get("/health/live").await.status, StatusCode::OK);
    assert_eq!(house.get("/metrics").await.status, StatusCode::OK);
}
