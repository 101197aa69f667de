//! Cancel, retry, delete.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tally_kernel::FaultKind;

use crate::house::{House, Told};

async fn delete(house: &House, path: &str) -> Told {
    house.ask(Request::delete(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn orders_are_carried_out_or_the_state_says_why_not() {
    let house = House::new();
    let path = format!("/jobs/{}", house.submitted("a").await);
    let post = |verb: &str| {
        let path = format!("{path}/{verb}");
        let house = &house;
        async move { house.post(&path, "", "").await }
    };
    post("retry").await.problem(409, "wrong-state");
    let told = post("cancel").await;
    assert_eq!((told.status, &told.json()["state"]), (StatusCode::OK, &"cancelled".into()));
    let body = post("cancel").await.problem(409, "wrong-state");
    assert!(body["detail"].as_str().unwrap().contains("is cancelled"), "{body}");
    let told = post("retry").await;
    assert_eq!((told.status, &told.json()["state"]), (StatusCode::ACCEPTED, &"queued".into()));
    assert_eq!(told.header("retry-after"), "1");
    let told = delete(&house, &path).await;
    assert_eq!((told.status, told.body.len()), (StatusCode::NO_CONTENT, 0));
    house.get(&path).await.problem(404, "unknown-job");
    delete(&house, &path).await.problem(404, "unknown-job");
}

#[tokio::test]
async fn orders_to_what_is_not_there_are_told_so() {
    let house = House::new();
    house.post("/jobs/nonsense/cancel", "", "").await.problem(404, "unknown-job");
    let id = house.submitted("a").await;
    house.post(&format!("/jobs/{id}/cancel?force=1"), "", "").await.refusal("?force");
    house.memory.fail(Some(FaultKind::Unknown));
    house.post(&format!("/jobs/{id}/cancel"), "", "").await.problem(503, "outcome-unknown");
    house.memory.fail(None);
    house.memory.expire(id);
    delete(&house, &format!("/jobs/{id}")).await.problem(410, "expired-job");
    house.post(&format!("/jobs/{id}/retry"), "", "").await.problem(410, "expired-job");
}
