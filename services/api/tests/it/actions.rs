//! Cancel, retry, delete.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tally_kernel::FaultKind;

use crate::test_api::{TestApi, TestResponse};

async fn delete(api: &TestApi, path: &str) -> TestResponse {
    api.send(Request::delete(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn cancels_retries_and_deletes_unless_the_state_forbids_it() {
    let api = TestApi::new();
    let path = format!("/jobs/{}", api.submitted("a").await);
    let post = |verb: &str| {
        let path = format!("{path}/{verb}");
        let api = &api;
        async move { api.post(&path, "", "").await }
    };
    post("retry").await.problem(409, "wrong-state");
    let response = post("cancel").await;
    assert_eq!((response.status, &response.json()["state"]), (StatusCode::OK, &"cancelled".into()));
    let body = post("cancel").await.problem(409, "wrong-state");
    assert!(body["detail"].as_str().unwrap().contains("is cancelled"), "{body}");
    let response = post("retry").await;
    assert_eq!((response.status, &response.json()["state"]), (StatusCode::ACCEPTED, &"queued".into()));
    assert_eq!(response.header("retry-after"), "1");
    let response = delete(&api, &path).await;
    assert_eq!((response.status, response.body.len()), (StatusCode::NO_CONTENT, 0));
    api.get(&path).await.problem(404, "unknown-job");
    delete(&api, &path).await.problem(404, "unknown-job");
}

#[tokio::test]
async fn rejects_actions_on_unknown_and_expired_jobs() {
    let api = TestApi::new();
    api.post("/jobs/nonsense/cancel", "", "").await.problem(404, "unknown-job");
    let id = api.submitted("a").await;
    api.post(&format!("/jobs/{id}/cancel?force=1"), "", "").await.refusal("?force");
    api.memory.fail(Some(FaultKind::Unknown));
    api.post(&format!("/jobs/{id}/cancel"), "", "").await.problem(503, "outcome-unknown");
    api.memory.fail(None);
    api.memory.expire(id);
    delete(&api, &format!("/jobs/{id}")).await.problem(410, "expired-job");
    api.post(&format!("/jobs/{id}/retry"), "", "").await.problem(410, "expired-job");
}
