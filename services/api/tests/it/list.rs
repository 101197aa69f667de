//! `GET /jobs`.

use axum::http::StatusCode;
use tally_kernel::FaultKind;

use crate::test_api::{TestApi, TestResponse};

fn ids(response: &TestResponse) -> Vec<String> {
    let jobs = response.json()["jobs"].as_array().unwrap().clone();
    jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn lists_jobs_newest_first_in_pages() {
    let api = TestApi::new();
    let mut made = Vec::new();
    for text in ["a", "b", "c", "d", "e"] {
        made.push(api.submitted(text).await.to_string());
    }
    made.reverse();
    let (mut seen, mut path) = (Vec::new(), "/jobs?limit=2".to_owned());
    loop {
        let page = api.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        seen.extend(ids(&page));
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else {
            assert!(page.headers.get("link").is_none());
            break;
        };
        assert_eq!(page.header("link"), format!("<{next}>; rel=\"next\""));
        path = next;
    }
    assert_eq!(seen, made);
}

#[tokio::test]
async fn filters_lists_by_every_parameter() {
    let api = TestApi::new();
    let counted = api.counted("a").await.to_string();
    let response =
        api.post_json("/jobs", r#"{"url": "https://Example.com/x", "labels": {"team": "docs"}}"#).await;
    let page = response.id().to_string();
    for (query, found) in [
        ("state=succeeded", vec![&counted]),
        ("state=queued", vec![&page]),
        ("state=failed", vec![]),
        ("label=team:docs", vec![&page]),
        ("label=team:docs&label=team:other", vec![]),
        ("host=EXAMPLE.com", vec![&page]),
        ("since=2020-01-01T00:00:00Z&until=2040-01-01T00:00:00%2B01:00", vec![&page, &counted]),
        ("until=2020-01-01T00:00:00Z", vec![]),
        (&format!("q={counted}"), vec![&counted]),
    ] {
        let response = api.get(&format!("/jobs?{query}")).await;
        let found: Vec<_> = found.into_iter().cloned().collect();
        assert_eq!(ids(&response), found, "{query}");
    }
}

#[tokio::test]
async fn rejects_unknown_parameters_of_a_list() {
    let api = TestApi::new();
    for (query, pointer) in [
        ("state=done", "?state"),
        ("state=queued&state=running", "?state"),
        ("label=team", "?label"),
        ("host=a/b", "?host"),
        ("since=yesterday", "?since"),
        ("until=1", "?until"),
        ("q=", "?q"),
        ("limit=0", "?limit"),
        ("limit=1001", "?limit"),
        ("cursor=%20", "?cursor"),
        ("stat=queued", "?stat"),
    ] {
        api.get(&format!("/jobs?{query}")).await.refusal(pointer);
    }
    api.get("/jobs?cursor=not-ours").await.refusal("?cursor");
    api.get("/jobs?q=%FF").await.problem(400, "invalid-query");
    api.memory.fail(Some(FaultKind::Corrupt));
    api.get("/jobs").await.problem(500, "internal");
}

#[tokio::test]
async fn a_list_shows_no_words() {
    let api = TestApi::new();
    let options = r#"{"text": "to be or not to be", "why": true, "ngrams": 2}"#;
    let id = api.post_json("/jobs", options).await.id();
    api.work_off(id).await;
    let result = api.get("/jobs").await.json()["jobs"][0]["result"].clone();
    assert_eq!(result["words"], 6);
    assert_eq!((&result["top_words"], &result["ngrams"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(result.get("differences"), Some(&serde_json::Value::Null));
    let result = api.get(&format!("/jobs/{id}")).await.json()["result"].clone();
    assert_eq!(result["top_words"].as_array().unwrap().len(), 4);
    assert_eq!(result["ngrams"][0], serde_json::json!({"words": "to be", "count": 2}));
    assert!(result["differences"].is_array(), "{result}");
}
