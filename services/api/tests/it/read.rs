//! `GET /jobs/{id}`.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tally_jobs::state::AttemptOutcome;
use tally_kernel::{FaultKind, Timestamp};
use tally_wordcount::CountFailure;

use crate::memory_store::DAWN_MS;
use crate::test_api::TestApi;

#[tokio::test]
async fn shows_a_job_in_every_state() {
    let api = TestApi::new();
    let id = api.submitted("one two two").await;
    let path = format!("/jobs/{id}");
    let queued = api.get(&path).await;
    assert_eq!((queued.status, queued.header("retry-after")), (StatusCode::OK, "1"));
    let job = queued.json();
    assert_eq!((&job["state"], &job["attempts"]), (&"queued".into(), &0.into()));
    for absent in ["started_at", "finished_at", "expires_at", "result", "error", "retrying"] {
        assert_eq!(job.get(absent), Some(&serde_json::Value::Null), "{absent}");
    }
    assert_eq!(
        job["deadline_at"].as_str().unwrap()[..10],
        job["created_at"].as_str().unwrap()[..10].replace("-15", "-16")
    );

    api.work_off(id).await;
    let ended = api.get(&path).await;
    assert!(ended.headers.get("retry-after").is_none());
    let job = ended.json();
    assert_eq!((&job["state"], &job["attempts"]), (&"succeeded".into(), &1.into()));
    assert!(job["started_at"].is_string() && job["finished_at"].is_string() && job["expires_at"].is_string());
    assert_eq!(job["source"]["charset"], "utf-8");
    let result = &job["result"];
    assert_eq!(result["words"], 3);
    assert_eq!(
        result["top_words"],
        serde_json::json!([{"word": "two", "count": 2}, {"word": "one", "count": 1}])
    );
    assert_eq!(result["regions"], serde_json::json!({"body": 3}));
    for number in [
        "characters",
        "characters_without_spaces",
        "graphemes",
        "lines",
        "paragraphs",
        "sentences",
        "reading_time_ms",
        "speaking_time_ms",
        "text_bytes",
    ] {
        assert!(result[number].as_u64().is_some_and(|number| number > 0), "{number}");
    }
}

#[tokio::test]
async fn a_failure_has_a_problem_type_and_says_when_it_is_retried() {
    let api = TestApi::new();
    // The clock runs; a claim before the acceptance of the job would fail.
    let at = Timestamp::from_ms(DAWN_MS).after(Duration::from_secs(60));
    let id = api.submitted("a").await;
    let failure = CountFailure::SourceUnavailable.because("it answered 503; it is tried again");
    let again = at.after(Duration::from_secs(90));
    api.memory.end(id, &AttemptOutcome::Retry { failure: failure.clone(), at: again }, at);
    let response = api.get(&format!("/jobs/{id}")).await;
    let job = response.json();
    assert_eq!((&job["state"], &job["error"]), (&"queued".into(), &serde_json::Value::Null));
    assert_eq!(job["retrying"]["next_attempt_at"], again.to_string());
    assert_eq!(job["retrying"]["error"]["type"], "/problems/source-unavailable");
    assert_eq!(job["retrying"]["error"]["retryable"], true);
    let seconds: u64 = response.header("retry-after").parse().unwrap();
    assert!((130..=150).contains(&seconds), "{seconds}");

    let id = api.submitted("b").await;
    api.memory.end(
        id,
        &AttemptOutcome::Failed(CountFailure::TooLarge.because("61 MB; the limit is 50 MB")),
        at,
    );
    let job = api.get(&format!("/jobs/{id}")).await.json();
    assert_eq!(job["state"], "failed");
    let error = serde_json::json!({
        "type": "/problems/document-too-large", "title": "The document is too large",
        "detail": "61 MB; the limit is 50 MB", "retryable": false
    });
    assert_eq!((&job["error"], &job["retrying"]), (&error, &serde_json::Value::Null));
}

#[tokio::test]
async fn an_absent_job_is_404_or_410() {
    let api = TestApi::new();
    for path in [
        "/jobs/00000000-0000-7000-8000-000000000000",
        "/jobs/not-an-id",
        "/jobs/000000000000070008000000000000000",
        "/jobs/%00",
    ] {
        api.get(path).await.problem(404, "unknown-job");
    }
    let id = api.submitted("a").await;
    api.memory.expire(id);
    api.get(&format!("/jobs/{id}")).await.problem(410, "expired-job");
    api.get(&format!("/jobs/{id}?wait=1")).await.problem(410, "expired-job");
    api.memory.fail(Some(FaultKind::Unavailable));
    api.get(&format!("/jobs/{id}")).await.problem(503, "unavailable");
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_a_defect() {
    let api = TestApi::new();
    let id = api.counted("a").await;
    api.memory.damage(id);
    for path in [format!("/jobs/{id}"), format!("/jobs/{id}/words")] {
        api.get(&path).await.problem(500, "internal");
    }
}

#[tokio::test]
async fn a_list_counts_records_that_cannot_be_read_and_shows_the_others() {
    let api = TestApi::new();
    let [damaged, other] = [api.counted("a").await, api.counted("b").await];
    let all = api.get("/jobs").await.json();
    assert_eq!(all["jobs"].as_array().unwrap().len(), 2);
    assert!(all.get("unreadable").is_none());
    api.memory.damage(damaged);
    let rest = api.get("/jobs").await.json();
    assert_eq!(rest["jobs"][0]["id"], other.to_string());
    assert_eq!((rest["jobs"].as_array().unwrap().len(), &rest["unreadable"]), (1, &1.into()));
}

#[tokio::test]
async fn shows_the_numbers_of_other_regions() {
    let api = TestApi::new();
    let html = "<nav>home about</nav><main>three little words</main>";
    let id = api.post("/jobs", "text/html", html).await.id();
    api.work_off(id).await;
    let own = api.get(&format!("/jobs/{id}")).await.json();
    assert_eq!((&own["result"]["words"], &own["options"]["regions"]), (&3.into(), &serde_json::Value::Null));
    let nav = api.get(&format!("/jobs/{id}?regions=nav")).await.json();
    assert_eq!(
        (&nav["result"]["words"], &nav["options"]["regions"]),
        (&2.into(), &serde_json::json!(["nav"]))
    );
    assert_eq!(nav["result"]["top_words"], serde_json::json!([]));
}

#[tokio::test]
async fn a_long_poll_ends_with_the_job() {
    let api = TestApi::new();
    let id = api.submitted("a b c").await;
    let path = format!("/jobs/{id}");
    let short = api.get(&format!("{path}?wait=10ms")).await;
    assert_eq!((short.status, &short.json()["state"]), (StatusCode::OK, &"queued".into()));
    let asking = Request::get(&path).header("prefer", "wait=30").body(Body::empty()).unwrap();
    let (response, ()) = tokio::join!(api.send(asking), api.work_off(id));
    assert_eq!(response.json()["state"], "succeeded");
    assert_eq!(response.header("preference-applied"), "wait=30");
    api.get(&format!("{path}?wait=ever")).await.refusal("?wait");
    api.get(&format!("{path}?wiat=1")).await.refusal("?wiat");
}

#[tokio::test]
async fn answers_at_once_when_too_many_requests_wait() {
    let api = TestApi::with(tally_api::ApiOptions { waits_at_once: 0, ..tally_api::ApiOptions::default() });
    let response = api.post_json("/jobs?wait=60", r#"{"text": "a"}"#).await;
    assert_eq!(response.status, StatusCode::ACCEPTED);
    let path = format!("/jobs/{}", response.id());
    let response =
        api.send(Request::get(path).header("prefer", "wait=60").body(Body::empty()).unwrap()).await;
    assert_eq!(response.status, StatusCode::OK);
    assert!(response.headers.get("preference-applied").is_none());
}

#[tokio::test]
async fn an_unchanged_job_is_not_sent_again() {
    let api = TestApi::new();
    let id = api.submitted("a b c").await;
    let path = format!("/jobs/{id}");
    let first = api.get(&path).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    let again = |tag: &str| Request::get(&path).header("if-none-match", tag).body(Body::empty()).unwrap();
    let same = api.send(again(&tag)).await;
    assert_eq!((same.status, same.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!((same.header("etag"), same.header("cache-control")), (&*tag, "no-store"));
    assert_eq!(same.header("retry-after"), "1");
    api.work_off(id).await;
    let other = api.send(again(&tag)).await;
    assert_eq!(other.status, StatusCode::OK);
    assert_ne!(other.header("etag"), tag);
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let api = TestApi::new();
    let path = format!("/jobs/{}", api.submitted("a b c").await);
    let get = api.get(&path).await;
    let head = api.send(Request::head(&path).body(Body::empty()).unwrap()).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-length"), get.body.len().to_string());
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(head.header("content-type"), "application/json");
}
