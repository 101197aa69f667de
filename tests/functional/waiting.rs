//! Waiting for a job's end: at submit, by long polls, by conditional requests.

use std::time::{Duration, Instant};

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::Server;
use tally_tests::site::Site;

#[test]
fn prefer_wait_returns_a_small_result_in_one_round_trip() {
    let server = Server::start();
    let request = Request::post("/jobs").header("Prefer", "wait=10").json(&json!({"text": "a b c"}));
    let answer = server.send(&request).expect(200);
    assert_eq!(answer.header("preference-applied"), Some("wait=10"));
    let job = answer.json();
    assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(answer.header("retry-after"), None);
    assert_eq!(server.job(&id_of(&job)), job, "the record does not change again");
}

#[test]
fn the_wait_parameter_accepts_several_spellings() {
    let server = Server::start();
    for wait in ["5", "5s", "5000ms", "5.0"] {
        let answer = server.send(&Request::post(&format!("/jobs?wait={wait}")).json(&json!({"text": "a b"})));
        assert_eq!(answer.expect(200).json()["result"]["words"], 2, "{wait}");
    }
    let answer = server.submit(&json!({"text": "a b", "wait": 5}));
    assert_eq!(answer.expect(200).json()["result"]["words"], 2);
}

#[test]
fn a_short_wait_ends_with_202_and_the_job_continues() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "two ", "words");
    let began = Instant::now();
    let request = Request::post("/jobs").header("Prefer", "wait=1").json(&json!({"url": site.url("/slow")}));
    let answer = server.send(&request).expect(202);
    assert!(began.elapsed() >= Duration::from_millis(900), "it did not wait: {:?}", began.elapsed());
    assert_eq!(answer.header("preference-applied"), Some("wait=1"));
    assert!(answer.header("retry-after").is_some());
    site.await_hits("/slow", 1);
    assert_eq!(server.job(&id_of(&answer.json()))["state"], "running");
    gate.open();
    assert_eq!(server.finish(&answer)["result"]["words"], 2);
}

#[test]
fn a_long_poll_returns_at_the_end_of_the_job() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "one ", "two three");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let poll = std::thread::spawn({
        let (client, target) = (server.clone(), format!("/jobs/{id}?wait=50"));
        move || client.get(&target)
    });
    let short = server.send(&Request::get(&format!("/jobs/{id}")).header("Prefer", "wait=1")).expect(200);
    assert_eq!(short.json()["state"], "running");
    assert!(!poll.is_finished(), "the long poll ended before the job");
    let opened = Instant::now();
    gate.open();
    let answer = poll.join().unwrap().expect(200);
    assert_eq!(answer.json()["result"]["words"], 3);
    assert!(opened.elapsed() < Duration::from_secs(5), "the long poll returned late: {:?}", opened.elapsed());
}

#[test]
fn a_poll_with_the_current_etag_returns_304() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let target = format!("/jobs/{id}");
    let running = server.get(&target).expect(200);
    let tag = running.header("etag").expect("every record has an ETag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "a strong tag: {tag}");
    assert!(running.header("retry-after").is_some(), "an unfinished job has Retry-After");
    let same = server.send(&Request::get(&target).header("If-None-Match", &tag)).expect(304);
    assert!(same.body.is_empty());
    assert_eq!(same.header("etag"), Some(tag.as_str()));
    let listed = server.send(&Request::get(&target).header("If-None-Match", &format!("\"x\", {tag}")));
    assert_eq!(listed.status, 304);
    gate.open();
    let done = server.wait(&id);
    assert_eq!(done["state"], "succeeded");
    let changed = server.send(&Request::get(&target).header("If-None-Match", &tag)).expect(200);
    let tag = changed.header("etag").unwrap().to_owned();
    assert_eq!(changed.header("retry-after"), None, "a finished job has no Retry-After");
    assert_eq!(server.send(&Request::get(&target).header("If-None-Match", &tag)).status, 304);
    assert_eq!(server.send(&Request::get(&target).header("If-None-Match", "*")).status, 304);
}

#[test]
fn a_long_poll_with_a_tag_waits_for_the_end() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let tag = server.get(&format!("/jobs/{id}")).header("etag").unwrap().to_owned();
    let poll = std::thread::spawn({
        let client = server.clone();
        move || client.send(&Request::get(&format!("/jobs/{id}?wait=50")).header("If-None-Match", &tag))
    });
    gate.open();
    assert_eq!(poll.join().unwrap().expect(200).json()["state"], "succeeded");
}

#[test]
fn head_returns_the_headers_of_get() {
    let server = Server::start();
    let id = id_of(&server.count_text("a b c"));
    let get = server.get(&format!("/jobs/{id}")).expect(200);
    let head = server.send(&Request::new("HEAD", &format!("/jobs/{id}"))).expect(200);
    assert!(head.body.is_empty());
    for name in ["etag", "content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[test]
fn ignores_an_invalid_prefer_but_refuses_an_invalid_query() {
    let server = Server::start();
    let request =
        Request::post("/jobs").header("Prefer", "wait=soon, respond-async").json(&json!({"text": "a"}));
    let answer = server.send(&request).expect(202);
    assert_eq!(answer.header("preference-applied"), None);
    assert_eq!(server.finish(&answer)["result"]["words"], 1);
    let _problem = server.send(&Request::post("/jobs?wait=soon").json(&json!({"text": "a"}))).problem(422);
}
