//! Options of a submit: their limits and effects.

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::multipart::Form;
use tally_tests::server::{Launch, Server};
use tally_tests::site::Site;

#[test]
fn records_show_the_effective_options() {
    let server = Server::start();
    let free = server.count_text("a");
    assert_eq!(free["priority"], "normal");
    assert_eq!(free["labels"], json!({}));
    assert_eq!(free["options"]["top"], 100);
    let asked = json!({
        "text": "a b", "definition": "office", "top": 7, "case": "keep", "regions": ["body"], "language": "de",
        "priority": "high", "deadline_ms": 60_000, "retain_ms": 3_600_000, "ngrams": 2,
        "labels": {"team": "docs", "n": "1"},
    });
    let job = server.finish(&server.submit(&asked));
    for option in ["definition", "top", "case", "ngrams", "regions", "language", "deadline_ms", "retain_ms"] {
        assert_eq!(job["options"][option], asked[option], "{option}: {job}");
    }
    assert_eq!((&job["priority"], &job["labels"]), (&asked["priority"], &asked["labels"]));
}

#[test]
fn out_of_range_options_name_the_member_and_the_range() {
    let server = Server::start();
    let many: Value = (0..17).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    for (name, value, hint) in [
        ("top", json!(10_001), "10000"),
        ("top", json!(-1), ""),
        ("top", json!("many"), ""),
        ("top", json!(1.5), ""),
        ("definition", json!("words"), "unicode"),
        ("ngrams", json!(1), "2to5"),
        ("case", json!("lower"), "fold"),
        ("regions", json!(["body", "sidebar"]), "aside"),
        ("regions", json!([]), ""),
        ("language", json!("en_US"), ""),
        ("priority", json!("urgent"), "high"),
        ("deadline_ms", json!(0), ""),
        ("deadline_ms", json!(1e18), ""),
        ("retain_ms", json!(-5), ""),
        ("labels", json!(["a"]), ""),
        ("labels", json!({"a": 1}), ""),
        ("labels", json!({"": "x"}), ""),
        ("labels", json!({"a:b": "x"}), ""),
        ("labels", json!({"a": "x".repeat(129)}), "128"),
        ("labels", many, "16"),
        ("labels", json!({"a": "line\nbreak"}), ""),
        ("wait", json!("soon"), ""),
        ("tpo", json!(5), "top"),
    ] {
        let problem = server.submit(&json!({"text": "a", name: value})).problem(422);
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], format!("/{name}"), "{value}: {problem}");
        let detail = error["detail"].as_str().unwrap_or_default().replace([',', ' ', '_'], "");
        assert!(detail.len() > 5 && detail.contains(hint), "{name}={value}: {problem}");
    }
}

#[test]
fn all_errors_are_reported_at_once() {
    let server = Server::start();
    let problem = server
        .submit(&json!({"text": "a", "top": "x", "priority": "x", "labels": 3, "colour": 1}))
        .problem(422);
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
    for pointer in ["/top", "/priority", "/labels", "/colour"] {
        assert!(pointers.contains(&json!(pointer)), "{pointer}: {problem}");
    }
}

#[test]
fn high_priority_runs_first_and_low_is_not_starved() {
    let launch = Launch::new().flag("--workers", "1").flag("--fetch-per-host", "100");
    let (server, site) = (launch.start(), Site::start());
    let gate = site.gated("/block", "a ", "b");
    // Enough to fill every slot of the worker, so that the others are queued.
    let blocking: Vec<String> = (0..80)
        .map(|_| id_of(&server.submit(&json!({"url": site.url("/block")})).expect(202).json()))
        .collect();
    let lined: Vec<(String, &str)> = (0..90)
        .map(|n| {
            let class = ["low", "normal", "high"][n % 3];
            let answer = server.submit(&json!({"text": format!("job {n}"), "priority": class})).expect(202);
            (id_of(&answer.json()), class)
        })
        .collect();
    gate.open();
    let mut ends: Vec<(String, &str)> = lined
        .iter()
        .map(|(id, class)| (server.wait(id)["started_at"].as_str().unwrap().to_owned(), *class))
        .collect();
    for id in blocking {
        assert_eq!(server.wait(&id)["state"], "succeeded");
    }
    ends.sort();
    let place = |wanted: &str| {
        let places =
            ends.iter().enumerate().filter(|(_, (_, class))| *class == wanted).map(|(place, _)| place);
        places.sum::<usize>()
    };
    assert!(place("high") <= place("low"), "high ones began after low ones: {ends:?}");
}

#[test]
fn forms_can_set_labels() {
    let server = Server::start();
    let form = Form::new().field("label", "a:1").field("label", "b:x:y").field("text", "t").finish();
    let done =
        server.finish(&server.send(&Request::post("/jobs?label=c:3").body(&Form::content_type(), form)));
    assert_eq!(done["labels"], json!({"a": "1", "b": "x:y", "c": "3"}));
    let unicode = json!({"ключ": "значение 🙂", "": "x"});
    let _problem = server.submit(&json!({"text": "a", "labels": unicode})).problem(422);
    let kept = server.finish(&server.submit(&json!({"text": "a", "labels": {"ключ": "значение 🙂"}})));
    assert_eq!(kept["labels"]["ключ"], "значение 🙂");
    let found = server.get("/jobs?label=%D0%BA%D0%BB%D1%8E%D1%87:%D0%B7%D0%BD%D0%B0%D1%87%D0%B5%D0%BD%D0%B8%D0%B5%20%F0%9F%99%82");
    assert_eq!(id_of(&found.expect(200).json()["jobs"][0]), id_of(&kept));
}

#[test]
fn a_job_without_retention_is_removed_soon() {
    let server = Server::start();
    let answer = server.send(&Request::post("/jobs?wait=30").json(&json!({"text": "a b", "retain_ms": 0})));
    let job = answer.expect(200).json();
    assert_eq!(job["result"]["words"], 2, "a waiting client sees its end");
    assert_eq!(job["expires_at"], job["finished_at"]);
}
