//! The limits of bodies: size, ratio, coding, speed, memory.

use std::time::Duration;

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use tally_api::{ApiOptions, BodyLimits};
use tokio::io::AsyncReadExt;

use crate::test_api::{TestApi, TestResponse};

async fn coded(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    match coding {
        "gzip" => GzipEncoder::new(body).read_to_end(&mut wire).await,
        "deflate" => ZlibEncoder::new(body).read_to_end(&mut wire).await,
        "br" => BrotliEncoder::new(body).read_to_end(&mut wire).await,
        _ => ZstdEncoder::new(body).read_to_end(&mut wire).await,
    }
    .unwrap();
    wire
}

async fn send(api: &TestApi, kind: &str, coding: &str, body: impl Into<Body>) -> TestResponse {
    let request = Request::post("/jobs").header("content-type", kind).header("content-encoding", coding);
    api.send(request.body(body.into()).unwrap()).await
}

fn small_api() -> TestApi {
    let body = BodyLimits {
        document_bytes: 4 << 20,
        parsed_bytes: 100_000,
        silence: Duration::from_millis(40),
        ..BodyLimits::default()
    };
    TestApi::with(ApiOptions { body, ..ApiOptions::default() })
}

#[tokio::test]
async fn decodes_every_content_coding() {
    let api = TestApi::new();
    let json = br#"{"text": "hello brave new world"}"#;
    let large = "word ".repeat(40_000);
    for coding in ["gzip", "x-gzip", "deflate", "br", "zstd", "identity"] {
        let pack = |body: &'static [u8]| async move {
            if coding == "identity" {
                body.to_vec()
            } else {
                coded(coding.trim_start_matches("x-"), body).await
            }
        };
        let response = send(&api, "application/json", coding, pack(json).await).await;
        assert_eq!(response.status, StatusCode::ACCEPTED, "{coding}: {}", response.text());
        assert_eq!(&api.memory.bytes(response.id())[..], b"hello brave new world");
        let leaked: &'static [u8] = Box::leak(large.clone().into_boxed_str()).as_bytes();
        let response = send(&api, "text/plain", coding, pack(leaked).await).await;
        assert_eq!(api.memory.bytes(response.id()), large, "{coding}");
    }
    let mut twice = coded("gzip", b"one ").await;
    twice.extend(coded("gzip", b"two").await);
    let response = send(&api, "text/plain", "gzip", twice).await;
    assert_eq!(&api.memory.bytes(response.id())[..], b"one two");
}

#[tokio::test]
async fn rejects_broken_and_unknown_codings() {
    let api = TestApi::new();
    for coding in ["compress", "gzip, br", "aws-chunked"] {
        let response = send(&api, "text/plain", coding, "x").await;
        response.problem(415, "unsupported-content-coding");
        assert_eq!(response.header("accept-encoding"), "gzip, br, zstd, deflate");
    }
    for coding in ["gzip", "deflate", "br", "zstd"] {
        send(&api, "text/plain", coding, "not coded at all").await.problem(400, "invalid-body");
        let mut cut = coded(coding, "word ".repeat(40_000).as_bytes()).await;
        cut.truncate(cut.len() / 2);
        send(&api, "text/plain", coding, cut).await.problem(400, "invalid-body");
    }
    assert_eq!(api.memory.count(), 0);
}

#[tokio::test]
async fn limits_the_decoded_bytes() {
    let api = small_api();
    let bomb = vec![b'a'; 8 << 20];
    for coding in ["gzip", "br", "zstd"] {
        let response = send(&api, "text/plain", coding, coded(coding, &bomb).await).await;
        response.problem(413, "body-too-large");
        let response = send(&api, "application/json", coding, coded(coding, &bomb).await).await;
        response.problem(413, "body-too-large");
    }
    let ratio = vec![b'a'; 3 << 20];
    let body =
        send(&api, "text/plain", "zstd", coded("zstd", &ratio).await).await.problem(413, "body-too-large");
    assert!(body["detail"].as_str().unwrap().contains("200 times"), "{body}");
    assert_eq!((api.memory.count(), api.memory.blob_count()), (0, 0));
}

#[tokio::test]
async fn rejects_large_bodies_by_their_length_or_at_the_limit() {
    let api = small_api();
    let announced =
        Request::post("/jobs").header("content-type", "text/plain").header("content-length", "5000000");
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    api.send(announced.body(never).unwrap()).await.problem(413, "body-too-large");
    let pieces = stream::iter((0..100).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'a'; 100_000]))));
    api.post("/jobs", "text/plain", Body::from_stream(pieces)).await.problem(413, "body-too-large");
    api.post_json("/jobs", &format!(r#"{{"text": "{}"}}"#, "a".repeat(100_000)))
        .await
        .problem(413, "body-too-large");
    let form = "application/x-www-form-urlencoded";
    api.post("/jobs", form, "a".repeat(100_001)).await.problem(413, "body-too-large");
    assert_eq!((api.memory.count(), api.memory.blob_count()), (0, 0));
}

#[tokio::test]
async fn rejects_silent_and_cut_bodies() {
    let api = small_api();
    let start = |text: &'static str| stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
    for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
        let silent = futures_util::StreamExt::chain(start("{\"te"), stream::pending());
        api.post("/jobs", kind, Body::from_stream(silent)).await.problem(408, "request-timeout");
        let cut = stream::iter([Ok(Bytes::from("{\"te")), Err(std::io::Error::other("reset"))]);
        api.post("/jobs", kind, Body::from_stream(cut)).await.problem(400, "invalid-body");
    }
    let head = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhello";
    let silent = futures_util::StreamExt::chain(start(head), stream::pending());
    let kind = "multipart/form-data; boundary=X";
    api.post("/jobs", kind, Body::from_stream(silent)).await.problem(408, "request-timeout");
}

#[tokio::test(start_paused = true)]
async fn rejects_a_body_that_trickles() {
    let api = TestApi::new();
    let drop = |at: u32| async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), at + 1))
    };
    let trickle = Body::from_stream(stream::unfold(0, drop));
    let began = tokio::time::Instant::now();
    api.post("/jobs", "text/plain", trickle).await.problem(408, "request-timeout");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn limits_the_memory_of_all_bodies_together() {
    let body = BodyLimits { held_bytes: 1 << 20, ..BodyLimits::default() };
    let api = TestApi::with(ApiOptions { body, ..ApiOptions::default() });
    let large = serde_json::json!({"text": "word ".repeat(400_000)}).to_string();
    let response = api.post_json("/jobs", &large).await;
    response.problem(503, "overloaded");
    assert_eq!(api.post("/jobs", "text/plain", large).await.status, StatusCode::ACCEPTED);
    api.submitted("small ones go on").await;
}
