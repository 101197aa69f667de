//! Idempotency keys: a repeated submit returns the same job, also after restarts and crashes.

use std::collections::HashSet;
use std::sync::Barrier;

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::{Answer, Request};
use tally_tests::rng::SeededRng;
use tally_tests::server::{Launch, Server};

fn key() -> String {
    format!("key-{:016x}", SeededRng::fresh_seed())
}

fn submit(server: &Server, key: &str, text: &str) -> Answer {
    server.send(&Request::post("/jobs").header("Idempotency-Key", key).json(&json!({"text": text})))
}

#[test]
fn the_same_request_returns_the_first_job() {
    let server = Server::start();
    let key = key();
    let first = submit(&server, &key, "one two three").expect(202);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = submit(&server, &key, "one two three");
    assert!(matches!(again.status, 200 | 202), "{}", again.status);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(id_of(&again.json()), id_of(&first.json()));
    let done = server.finish(&first);
    assert_eq!(done["result"]["words"], 3);
    let late = submit(&server, &key, "one two three").expect(200);
    assert_eq!(late.json(), done, "a replay of an ended job is its record");
    let other = server.send(
        &Request::post("/jobs")
            .header("Idempotency-Key", &self::key())
            .json(&json!({"text": "one two three"})),
    );
    assert_ne!(id_of(&other.json()), id_of(&done), "another key is another job");
    assert_eq!(server.finish(&other)["attempts"], 1);
}

#[test]
fn the_same_request_in_another_encoding_matches() {
    let server = Server::start();
    let key = key();
    let first = submit(&server, &key, "a b").expect(202);
    let spelled = Request::post("/jobs").header("Idempotency-Key", &key);
    let again = server.send(&spelled.body("application/json", " { \"top\" : 100, \"text\":\"a \\u0062\" } "));
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text());
    assert_eq!(server.finish(&first)["result"]["words"], 2);
}

#[test]
fn a_different_request_with_the_key_is_refused() {
    let server = Server::start();
    let key = key();
    let first = submit(&server, &key, "one").expect(202);
    let problem = submit(&server, &key, "two").problem(422);
    assert_eq!(problem["type"], "/problems/key-reused");
    let with_option =
        Request::post("/jobs?top=5").header("Idempotency-Key", &key).json(&json!({"text": "one"}));
    let problem = server.send(&with_option).problem(422);
    assert_eq!(problem["type"], "/problems/key-reused");
    assert_eq!(server.finish(&first)["result"]["words"], 1);
}

#[test]
fn a_hundred_concurrent_submits_create_one_job() {
    let server = Server::start();
    let key = key();
    let start = Barrier::new(100);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let each: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    submit(&server, &key, "all of us are one job")
                })
            })
            .collect();
        each.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 202)));
    let ids: HashSet<_> = answers.iter().map(|answer| id_of(&answer.json())).collect();
    assert_eq!(ids.len(), 1);
    let fresh = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none());
    assert_eq!(fresh.count(), 1, "exactly one of them created the job");
    let done = server.finish(&answers[0]);
    assert_eq!((&done["result"]["words"], &done["attempts"]), (&json!(6), &json!(1)));
}

#[test]
fn a_hundred_concurrent_large_submits_create_one_job() {
    let server = Server::start();
    let key = key();
    let body = "large ".repeat(40_000);
    let start = Barrier::new(20);
    let ids: HashSet<String> = std::thread::scope(|scope| {
        let each: Vec<_> = (0..20)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let request = Request::post("/jobs").header("Idempotency-Key", &key);
                    id_of(&server.send(&request.body("text/plain", body.clone())).json())
                })
            })
            .collect();
        each.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1);
    assert_eq!(server.wait(ids.iter().next().unwrap())["result"]["words"], 40_000);
}

#[test]
fn a_key_survives_restarts_and_crashes() {
    let mut server = Launch::new().start();
    let key = key();
    let first = server.finish(&submit(&server, &key, "kept over a restart").expect(202));
    assert!(server.stop().success());
    server.start_again();
    let again = submit(&server, &key, "kept over a restart").expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(), first);
    server.kill();
    server.start_again();
    assert_eq!(submit(&server, &key, "kept over a restart").expect(200).json(), first);
    assert_eq!(submit(&server, &key, "something else").problem(422)["type"], "/problems/key-reused");
}

#[test]
fn rejects_invalid_keys() {
    let server = Server::start();
    for bad in ["", "with space", "ключ", &"k".repeat(256)] {
        let problem = submit(&server, bad, "a").problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "header:Idempotency-Key", "{bad:?} {problem}");
    }
    let twice = Request::post("/jobs").header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    let _problem = server.send(&twice.json(&json!({"text": "a"}))).problem(422);
    let longest = format!("{:k<255}", key());
    assert_eq!(server.finish(&submit(&server, &longest, "a b"))["result"]["words"], 2);
}

#[test]
fn a_key_is_free_again_after_a_delete_and_the_old_id_stays_gone() {
    let (server, key) = (Server::start(), key());
    let mut ids: Vec<String> = Vec::new();
    for text in ["first words", "first words", "other words now", "first words"] {
        let request =
            Request::post("/jobs?wait=30s").header("Idempotency-Key", &key).json(&json!({"text": text}));
        let answer = server.send(&request).expect(200);
        assert_eq!(answer.header("idempotency-replayed"), None);
        let job = answer.json();
        let words = text.split(' ').count();
        assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(words)), "{job}");
        let id = id_of(&job);
        assert!(!ids.contains(&id), "{id} comes again");
        let again = server.send(&request).expect(200);
        assert_eq!((id_of(&again.json()), again.header("idempotency-replayed")), (id.clone(), Some("true")));
        let reused =
            Request::post("/jobs").header("Idempotency-Key", &key).json(&json!({"text": "not these"}));
        assert_eq!(server.send(&reused).problem(422)["type"], "/problems/key-reused");
        ids.push(id.clone());
        let _ = server.send(&Request::new("DELETE", &format!("/jobs/{id}"))).expect(204);
        for id in &ids {
            assert_eq!(server.get(&format!("/jobs/{id}")).problem(410)["type"], "/problems/expired-job");
        }
    }
}
