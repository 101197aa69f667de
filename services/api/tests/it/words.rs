//! `GET /jobs/{id}/words`.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::test_api::{TestApi, TestResponse};

const TEXT: &str = "the cat and the dog and the bird";

async fn asked(api: &TestApi, path: &str, accept: &str) -> TestResponse {
    api.send(Request::get(path).header("accept", accept).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn pages_words_in_either_order() {
    let api = TestApi::new();
    let path = format!("/jobs/{}/words", api.counted(TEXT).await);
    let first = api.get(&format!("{path}?limit=2")).await;
    assert_eq!(first.status, StatusCode::OK);
    let body = first.json();
    assert_eq!(body["words"], serde_json::json!([{"word": "the", "count": 3}, {"word": "and", "count": 2}]));
    assert_eq!((&body["total"], &body["complete"], &body["left_out"]), (&5.into(), &true.into(), &0.into()));
    let next = body["next"].as_str().unwrap();
    assert_eq!(first.header("link"), format!("<{next}>; rel=\"next\""));
    let second = api.get(next).await.json();
    let rest: Vec<_> = second["words"].as_array().unwrap().iter().map(|word| word["word"].clone()).collect();
    assert_eq!(rest, ["bird", "cat"]);
    let by_word = api.get(&format!("{path}?sort=word&limit=1")).await.json();
    assert_eq!(by_word["words"][0]["word"], "and");
}

#[tokio::test]
async fn streams_words_as_csv_and_as_ndjson() {
    let api = TestApi::new();
    let id = api.counted(TEXT).await;
    let path = format!("/jobs/{id}/words");
    let csv = asked(&api, &path, "text/csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"{id}.csv\""));
    assert_eq!(csv.text(), "word,count\r\nthe,3\r\nand,2\r\nbird,1\r\ncat,1\r\ndog,1\r\n");
    let lines = asked(&api, &format!("{path}?sort=word&limit=2"), "application/x-ndjson").await;
    assert_eq!(lines.text(), "{\"word\":\"and\",\"count\":2}\n{\"word\":\"bird\",\"count\":1}\n");
    asked(&api, &path, "application/pdf").await.problem(406, "not-acceptable");
}

#[tokio::test]
async fn a_job_without_words_is_a_conflict() {
    let api = TestApi::new();
    let id = api.submitted(TEXT).await;
    let path = format!("/jobs/{id}/words");
    api.get(&path).await.problem(409, "wrong-state");
    api.get("/jobs/00000000-0000-7000-8000-000000000000/words").await.problem(404, "unknown-job");
    for (query, pointer) in
        [("sort=size", "?sort"), ("limit=0", "?limit"), ("cursor=-1", "?cursor"), ("page=2", "?page")]
    {
        api.get(&format!("{path}?{query}")).await.refusal(pointer);
    }
    api.memory.expire(id);
    api.get(&path).await.problem(410, "expired-job");
}

#[tokio::test]
async fn word_lists_queue_for_a_slot() {
    let options = tally_api::ApiOptions {
        histograms_at_once: 0,
        histogram_patience: std::time::Duration::from_millis(10),
        ..tally_api::ApiOptions::default()
    };
    let api = TestApi::with(options);
    let path = format!("/jobs/{}/words", api.counted(TEXT).await);
    let response = api.get(&path).await;
    response.problem(503, "overloaded");
    assert_eq!(response.header("retry-after"), "2");
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_client_reads_nothing_leaves_its_slot() {
    let api =
        TestApi::with(tally_api::ApiOptions { histograms_at_once: 1, ..tally_api::ApiOptions::default() });
    let text: String = (0..30_000).map(|number| format!("w{number:05} ")).collect();
    let path = format!("/jobs/{}/words?sort=word", api.counted(&text).await);
    let mut unread = Vec::new();
    for _ in 0..8 {
        let request = Request::get(&path).header("accept", "text/csv").header("host", "localhost");
        let response = api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        unread.push(response.into_body());
    }
    assert_eq!(api.get(&path).await.json()["total"], 30_000);
    // Those that read on get the rest from where they were.
    for body in unread {
        let list = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert_eq!(list.lines().count(), 30_001);
        assert!(list.starts_with("word,count\r\nw00000,1\r\n") && list.ends_with("w29999,1\r\n"));
    }
}

#[tokio::test]
async fn shows_the_words_that_the_record_does_not() {
    let api = TestApi::new();
    let id = api.post_json("/jobs", &serde_json::json!({"text": TEXT, "top": 2}).to_string()).await.id();
    api.work_off(id).await;
    let record = api.get(&format!("/jobs/{id}")).await.json();
    assert_eq!(record["result"]["top_words"].as_array().unwrap().len(), 2);
    assert_eq!(api.get(&format!("/jobs/{id}/words")).await.json()["total"], 5);
}
