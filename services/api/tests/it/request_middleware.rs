//! What every answer has: an id, a coding, the form of a problem even after a panic.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::test_api::{TestApi, TestResponse};

async fn with(api: &TestApi, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    api.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn keeps_a_valid_request_id_and_replaces_any_other() {
    let api = TestApi::new();
    let response = with(&api, "/job", &[("x-request-id", "from-the-client-17")]).await;
    assert_eq!(response.header("x-request-id"), "from-the-client-17");
    response.problem(404, "not-found");
    for bad in ["", "two words", "x".repeat(129).as_str()] {
        let response = with(&api, "/health/live", &[("x-request-id", bad)]).await;
        assert_eq!(response.header("x-request-id").len(), 36, "{bad:?}");
    }
}

#[tokio::test]
async fn compresses_large_answers_and_tags_each_coding() {
    let api = TestApi::new();
    for number in 0..20 {
        api.submitted(&number.to_string()).await;
    }
    let plain = api.get("/jobs").await;
    assert!(plain.headers.get("content-encoding").is_none());
    assert_eq!(plain.header("vary"), "accept-encoding");
    let tag = plain.header("etag");
    for coding in ["gzip", "br", "zstd"] {
        let coded = with(&api, "/jobs", &[("accept-encoding", coding)]).await;
        assert_eq!(coded.header("content-encoding"), coding);
        assert_eq!(coded.header("vary"), "accept-encoding");
        assert!(coded.body.len() * 3 < plain.body.len());
        assert_eq!(coded.header("etag"), format!("{}-{coding}\"", tag.trim_end_matches('"')));
        assert_eq!(decoded(coding, &coded.body).await, plain.body);
        let headers = [("accept-encoding", coding), ("if-none-match", coded.header("etag"))];
        let known = with(&api, "/jobs", &headers).await;
        assert_eq!((known.status, known.header("etag")), (StatusCode::NOT_MODIFIED, coded.header("etag")));
        assert_eq!((known.header("content-encoding"), known.header("vary")), ("", "accept-encoding"));
        let other = with(&api, "/jobs", &[("accept-encoding", coding), ("if-none-match", tag)]).await;
        assert_eq!(other.status, StatusCode::OK);
        let head = Request::head("/jobs").header("accept-encoding", coding).body(Body::empty()).unwrap();
        let head = api.send(head).await;
        assert_eq!(head.header("etag"), coded.header("etag"));
        assert_eq!((head.header("content-encoding"), head.header("content-length")), (coding, ""));
    }
    let short = with(&api, "/health/live", &[("accept-encoding", "gzip")]).await;
    assert!(short.headers.get("content-encoding").is_none());
}

#[tokio::test]
async fn compresses_long_problems_and_nothing_shorter_than_a_kibibyte() {
    let api = TestApi::new();
    let many = (0..40).map(|number| format!("unknown{number}=1")).collect::<Vec<_>>().join("&");
    let long = with(&api, &format!("/jobs?{many}"), &[("accept-encoding", "gzip")]).await;
    assert_eq!((long.status, long.header("content-encoding")), (StatusCode::UNPROCESSABLE_ENTITY, "gzip"));
    let short = with(&api, "/jobs?unknown=1", &[("accept-encoding", "gzip")]).await;
    assert_eq!((short.header("content-encoding"), short.header("vary")), ("", ""));
}

#[tokio::test]
async fn a_client_that_refuses_every_coding_gets_the_plain_form() {
    let api = TestApi::new();
    for refusal in ["identity;q=0", "gzip;q=0, *;q=0", "deflate, identity;q=0"] {
        let request =
            Request::post("/jobs").header("accept-encoding", refusal).body(Body::from("text")).unwrap();
        let response = api.send(request).await;
        assert_eq!(
            (response.status, response.header("content-encoding")),
            (StatusCode::ACCEPTED, ""),
            "{refusal}"
        );
    }
}

async fn decoded(coding: &str, body: &[u8]) -> Vec<u8> {
    use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZstdDecoder};
    use tokio::io::AsyncReadExt;
    let mut plain = Vec::new();
    match coding {
        "gzip" => GzipDecoder::new(body).read_to_end(&mut plain).await,
        "br" => BrotliDecoder::new(body).read_to_end(&mut plain).await,
        _ => ZstdDecoder::new(body).read_to_end(&mut plain).await,
    }
    .unwrap();
    plain
}

#[tokio::test]
async fn a_panic_is_a_problem_and_the_next_request_is_served() {
    let api = TestApi::new();
    api.memory.panic_at_find();
    let response = api.get("/jobs/00000000-0000-7000-8000-000000000000").await;
    response.problem(500, "internal");
    assert_eq!(api.get("/health/live").await.status, StatusCode::OK);
}
