//! What every answer has: an id, a coding, a shape even after a panic.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::house::{House, Told};

async fn with(house: &House, path: &str, headers: &[(&str, &str)]) -> Told {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    house.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_sane_request_id_is_taken_and_any_other_replaced() {
    let house = House::new();
    let told = with(&house, "/job", &[("x-request-id", "from-the-client-17")]).await;
    assert_eq!(told.header("x-request-id"), "from-the-client-17");
    told.problem(404, "not-found");
    for bad in ["", "two words", "x".repeat(129).as_str()] {
        let told = with(&house, "/health/live", &[("x-request-id", bad)]).await;
        assert_eq!(told.header("x-request-id").len(), 36, "{bad:?}");
    }
}

#[tokio::test]
async fn large_answers_are_compressed_as_the_client_likes_and_have_tags_of_their_own() {
    let house = House::new();
    for number in 0..20 {
        house.submitted(&number.to_string()).await;
    }
    let plain = house.get("/jobs").await;
    assert!(plain.headers.get("content-encoding").is_none());
    assert_eq!(plain.header("vary"), "accept-encoding");
    let tag = plain.header("etag");
    for coding in ["gzip", "br", "zstd"] {
        let coded = with(&house, "/jobs", &[("accept-encoding", coding)]).await;
        assert_eq!(coded.header("content-encoding"), coding);
        assert_eq!(coded.header("vary"), "accept-encoding");
        assert!(coded.body.len() * 3 < plain.body.len());
        assert_eq!(coded.header("etag"), format!("{}-{coding}\"", tag.trim_end_matches('"')));
        assert_eq!(decoded(coding, &coded.body).await, plain.body);
        let headers = [("accept-encoding", coding), ("if-none-match", coded.header("etag"))];
        let known = with(&house, "/jobs", &headers).await;
        assert_eq!((known.status, known.header("etag")), (StatusCode::NOT_MODIFIED, coded.header("etag")));
        let other = with(&house, "/jobs", &[("accept-encoding", coding), ("if-none-match", tag)]).await;
        assert_eq!(other.status, StatusCode::OK);
        let head = Request::head("/jobs").header("accept-encoding", coding).body(Body::empty()).unwrap();
        let head = house.ask(head).await;
        assert_eq!(head.header("etag"), coded.header("etag"));
        assert_eq!((head.header("content-encoding"), head.header("content-length")), (coding, ""));
    }
    let short = with(&house, "/health/live", &[("accept-encoding", "gzip")]).await;
    assert!(short.headers.get("content-encoding").is_none());
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
    let house = House::new();
    house.memory.panic_at_find();
    let told = house.get("/jobs/00000000-0000-7000-8000-000000000000").await;
    told.problem(500, "internal");
    assert_eq!(house.get("/health/live").await.status, StatusCode::OK);
}
