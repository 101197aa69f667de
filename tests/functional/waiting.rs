//! Waiting for a job's end: with the submit, by long polls, by polls that cost nothing.

use std::time::{Duration, Instant};

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::Server;
use tally_tests::site::Site;

#[test]
fn prefer_wait_answers_a_small_text_in_one_round_trip() {
    let server = Server::start();
    let request = Request::post("/jobs").header("Prefer", "wait=10").json(&json!({"text": "a b c"}));
    let answer = server.send(&request).expect(200);
    assert_eq!(answer.header("preference-applied"), Some("wait=10"));
    let job = answer.json();
    assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(answer.header("retry-after"), None);
    assert_eq!(server.job(&id_of(&job)), job, "the record does not change any more");
}

#[test]
fn a_parameter_waits_as_well_in_several_spellings() {
    let server = Server::start();
    for wait in ["5", "5s", "5000ms", "5.0"] {
        let answer = server.send(&Request::post(&format!("/jobs?wait={wait}")).json(&json!({"text": "a b"})));
        assert_eq!(answer.expect(200).json()["result"]["words"], 2, "{wait}");
    }
    let answer = server.submit(&json!({"text": "a b", "wait": 5}));
    assert_eq!(answer.expect(200).json()["result"]["words"], 2);
}

#[test]
fn a_wait_that_is_too_short_ends_with_202_and_the_job_goes_on() {
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
fn a_long_poll_returns_at_the_end_and_not_before() {
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
    assert!(opened.elapsed() < Duration::from_secs(5), "the end was told late: {:?}", opened.elapsed());
}

#[test]
fn a_poll_of_what_is_known_costs_a_304() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let target = format!("/jobs/{id}");
    let running = server.get(&target).expect(200);
    let tag = running.header("etag").expect("every record has an ETag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "a strong tag: {tag}");
    assert!(running.header("retry-after").is_some(), "an unfinished job says when to ask again");
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
    assert_eq!(changed.header("retry-after"), None, "a finished job has nothing to wait for");
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
fn head_says_what_get_would_without_the_body() {
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
fn nonsense_in_prefer_is_no_preference_but_nonsense_in_the_query_is_an_error() {
    let server = Server::start();
    let request =
        Request::post("/jobs").header("Prefer", "wait=soon, respond-async").json(&json!({"text": "a"}));
    let answer = server.send(&request).expect(202);
    assert_eq!(answer.header("preference-applied"), None);
    assert_eq!(server.finish(&answer)["result"]["words"], 1);
    let _problem = server.send(&Request::post("/jobs?wait=soon").json(&json!({"text": "a"}))).problem(422);
}
