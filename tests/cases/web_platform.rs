//! Every address of the web platform tests, as an address to count.

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::Launch;

use crate::canary::Canaries;
use crate::{names, packages, world};

#[test]
fn every_address_of_the_web_platform_tests() {
    if !world::inside_after("web_platform::every_address_of_the_web_platform_tests", || {
        drop(packages::web_platform_urls());
    }) {
        return;
    }
    names::serve();
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    let cases: Vec<Value> = packages::web_platform_urls().into_iter().filter(Value::is_object).collect();
    assert!(cases.len() > 800, "only {} cases", cases.len());
    let mut ends = std::collections::BTreeMap::new();
    let mut jobs = Vec::new();
    for case in &cases {
        let input = case["input"].as_str().unwrap();
        // As it stands, and as the address that a browser makes of it.
        for url in [Some(input), case["href"].as_str()].into_iter().flatten() {
            let answer = server.submit(&json!({"url": url, "deadline_ms": 60_000}));
            match answer.status {
                202 => jobs.push((url.to_owned(), id_of(&answer.json()))),
                422 => {
                    let _problem = answer.problem(422);
                    *ends.entry("refused at the door".to_owned()).or_insert(0) += 1;
                }
                other => panic!("{url:?}: {other} {}", answer.text()),
            }
        }
        let form = format!("url={}", input.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>());
        let answer = server.send(&Request::post("/jobs").body("application/x-www-form-urlencoded", form));
        match answer.status {
            202 => jobs.push((input.to_owned(), id_of(&answer.json()))),
            status => drop(answer.problem(if status == 400 { 400 } else { 422 })),
        }
    }
    for (url, id) in jobs {
        // What cannot be reached in this world would be tried for a minute.
        let mut job = server.get(&format!("/jobs/{id}?wait=2")).expect(200).json();
        if !tally_tests::client::is_end(&job) {
            let answer = server.send(&Request::post(&format!("/jobs/{id}/cancel")));
            job = if answer.status == 200 { answer.json() } else { server.job(&id) };
        }
        let end = job["error"]["type"].as_str().or(job["state"].as_str()).unwrap().to_owned();
        assert_ne!(end, "/problems/internal", "{url}: {job}");
        assert_ne!(end, "/problems/crashed-worker", "{url}: {job}");
        *ends.entry(end).or_insert(0) += 1;
    }
    canaries.assert_unharmed("the web platform tests");
    eprintln!("{} cases: {ends:#?}", cases.len());
    assert!(ends.get("succeeded").is_some_and(|&good| good > 50), "most public ones are reached: {ends:?}");
}
