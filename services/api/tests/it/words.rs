//! `GET /jobs/{id}/words`.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::house::{House, Told};

const TEXT: &str = "the cat and the dog and the bird";

async fn asked(house: &House, path: &str, accept: &str) -> Told {
    house.ask(Request::get(path).header("accept", accept).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn words_come_in_pages_of_either_order() {
    let house = House::new();
    let path = format!("/jobs/{}/words", house.counted(TEXT).await);
    let first = house.get(&format!("{path}?limit=2")).await;
    assert_eq!(first.status, StatusCode::OK);
    let body = first.json();
    assert_eq!(body["words"], serde_json::json!([{"word": "the", "count": 3}, {"word": "and", "count": 2}]));
    assert_eq!((&body["total"], &body["complete"], &body["left_out"]), (&5.into(), &true.into(), &0.into()));
    let next = body["next"].as_str().unwrap();
    assert_eq!(first.header("link"), format!("<{next}>; rel=\"next\""));
    let second = house.get(next).await.json();
    let rest: Vec<_> = second["words"].as_array().unwrap().iter().map(|word| word["word"].clone()).collect();
    assert_eq!(rest, ["bird", "cat"]);
    let by_word = house.get(&format!("{path}?sort=word&limit=1")).await.json();
    assert_eq!(by_word["words"][0]["word"], "and");
}

#[tokio::test]
async fn words_stream_as_csv_and_as_ndjson() {
    let house = House::new();
    let id = house.counted(TEXT).await;
    let path = format!("/jobs/{id}/words");
    let csv = asked(&house, &path, "text/csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"{id}.csv\""));
    assert_eq!(csv.text(), "word,count\r\nthe,3\r\nand,2\r\nbird,1\r\ncat,1\r\ndog,1\r\n");
    let lines = asked(&house, &format!("{path}?sort=word&limit=2"), "application/x-ndjson").await;
    assert_eq!(lines.text(), "{\"word\":\"and\",\"count\":2}\n{\"word\":\"bird\",\"count\":1}\n");
    asked(&house, &path, "application/pdf").await.problem(406, "not-acceptable");
}

#[tokio::test]
async fn words_of_a_job_without_any_are_a_conflict() {
    let house = House::new();
    let id = house.submitted(TEXT).await;
    let path = format!("/jobs/{id}/words");
    house.get(&path).await.problem(409, "wrong-state");
    house.get("/jobs/00000000-0000-7000-8000-000000000000/words").await.problem(404, "unknown-job");
    for (query, pointer) in
        [("sort=size", "?sort"), ("limit=0", "?limit"), ("cursor=-1", "?cursor"), ("page=2", "?page")]
    {
        house.get(&format!("{path}?{query}")).await.refusal(pointer);
    }
    house.memory.expire(id);
    house.get(&path).await.problem(410, "expired-job");
}

#[tokio::test]
async fn lists_of_words_queue_for_their_place() {
    let options = tally_api::ApiOptions {
        histograms_at_once: 0,
        histogram_patience: std::time::Duration::from_millis(10),
        ..tally_api::ApiOptions::default()
    };
    let house = House::with(options);
    let path = format!("/jobs/{}/words", house.counted(TEXT).await);
    let told = house.get(&path).await;
    told.problem(503, "overloaded");
    assert_eq!(told.header("retry-after"), "2");
}
