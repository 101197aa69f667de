//! The Big List of Naughty Strings in every place that takes a string.

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::{Answer, Request};
use tally_tests::multipart::Form;
use tally_tests::oracle;
use tally_tests::server::{Launch, Server};

use crate::{packages, world};

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Every answer is a success or a problem; never a defect of ours.
#[track_caller]
fn civil(place: &str, text: &str, answer: &Answer) {
    assert!(answer.status < 500, "{place} {text:?}: {} {}", answer.status, answer.text());
    let shaped = answer.header("content-type") == Some("application/problem+json");
    assert!(
        answer.status < 400 || shaped,
        "{place} {text:?}: {} is no problem: {}",
        answer.status,
        answer.text()
    );
    if answer.status >= 400 {
        let _problem = answer.problem(answer.status);
    }
}

#[test]
fn naughty_texts_are_counted_as_wc_does() {
    if !world::inside_after("strings::naughty_texts_are_counted_as_wc_does", || {
        drop(packages::naughty_strings());
    }) {
        return;
    }
    let server = Launch::new().guarded().start();
    for text in packages::naughty_strings() {
        let done = server.count_text(&text);
        assert_eq!(done["state"], "succeeded", "{text:?}: {done}");
        if let Some(words) = oracle::wc_words(text.as_bytes()) {
            assert_eq!(done["result"]["definitions"]["wc"], words, "{text:?}");
        }
        for query in ["sort=word", "sort=count&limit=1"] {
            let words = server.get(&format!("/jobs/{}/words?{query}", id_of(&done)));
            assert_eq!(words.status, 200, "{text:?}: {}", words.text());
        }
        let csv =
            server.send(&Request::get(&format!("/jobs/{}/words", id_of(&done))).header("Accept", "text/csv"));
        civil("csv", &text, &csv);
    }
}

#[test]
fn naughty_strings_in_every_field() {
    if !world::inside_after("strings::naughty_strings_in_every_field", || {
        let _cached = packages::naughty_strings();
    }) {
        return;
    }
    let server = Launch::new().guarded().start();
    let strings = packages::naughty_strings();
    assert!(strings.len() > 400, "only {} strings", strings.len());
    let mut jobs = Vec::new();
    for text in &strings {
        fields(&server, text, &mut jobs);
        headers(&server, text);
    }
    for id in jobs {
        let _ended = server.wait(&id);
    }
    assert_eq!(server.get("/health/ready").status, 200);
    // What was kept is still readable, all of it.
    let mut target = Some("/jobs?limit=1000".to_owned());
    while let Some(page) = target {
        target = server.get(&page).expect(200).json()["next"].as_str().map(str::to_owned);
    }
}

fn fields(server: &Server, text: &str, jobs: &mut Vec<String>) {
    let mut note = |place: &str, answer: &Answer| {
        civil(place, text, answer);
        if matches!(answer.status, 200 | 202) && answer.header("location").is_some() {
            jobs.push(id_of(&answer.json()));
        }
    };
    for name in [
        "url",
        "definition",
        "language",
        "priority",
        "case",
        "top",
        "wait",
        "webhook",
        "deadline_ms",
        "regions",
    ] {
        note(name, &server.submit(&json!({"text": "a", name: text})));
        let query = format!("/jobs?{name}={}", escaped(text));
        note(&format!("?{name}"), &server.send(&Request::post(&query).body("text/plain", "a")));
    }
    note("a member's name", &server.submit(&json!({"text": "a", text: 1})));
    note("a label's value", &server.submit(&json!({"text": "a", "labels": {"x": text}})));
    note("a label's name", &server.submit(&json!({"text": "a", "labels": {text: "x"}})));
    note("a region", &server.submit(&json!({"text": "a", "regions": [text]})));
    note(
        "a bare form",
        &server.send(&Request::post("/jobs").body("application/x-www-form-urlencoded", text)),
    );
    note("a raw body", &server.send(&Request::post("/jobs").bare_body(text)));
    note("a page", &server.send(&Request::post("/jobs").body("text/html; charset=utf-8", text)));
    note("markdown", &server.send(&Request::post("/jobs").body("text/markdown", text)));
    note("JSON", &server.send(&Request::post("/jobs").body("application/json", text)));
    let named = format!("/jobs?filename={}", escaped(text));
    note("filename", &server.send(&Request::post(&named).body("text/plain", "a")));
    let file = Form::new().file(&text.replace(['"', '\r', '\n'], "_"), "text/plain", b"a b");
    note("a file's name", &server.send(&Request::post("/jobs").body(&Form::content_type(), file.finish())));
    let field = Form::new().field(&text.replace(['"', '\r', '\n'], "_"), "x").field("text", "a");
    note("a field's name", &server.send(&Request::post("/jobs").body(&Form::content_type(), field.finish())));
    for filter in ["state", "label", "host", "since", "until", "q", "limit", "cursor", "nonsense"] {
        civil(filter, text, &server.get(&format!("/jobs?{filter}={}", escaped(text))));
    }
    let query: String =
        text.bytes().filter(|byte| byte.is_ascii_graphic() && *byte != b'#').map(char::from).collect();
    let answer = server.get(&format!("/jobs?{query}"));
    // RFC 3986 allows these in no query, so the HTTP parser may refuse the request before the API sees it.
    let malformed = query.contains(['"', '<', '>', '[', ']', '\\', '^', '`', '{', '|', '}']);
    if !(malformed && answer.status == 400 && answer.body.is_empty()) {
        civil("a raw query", text, &answer);
    }
    for path in [
        format!("/jobs/{}", escaped(text)),
        format!("/{}", escaped(text)),
        format!("/problems/{}", escaped(text)),
    ] {
        civil("a path", text, &server.get(&path));
    }
}

/// In headers only what a header can carry at all: no line ends.
fn headers(server: &Server, text: &str) {
    let value = text.replace(['\r', '\n', '\0'], " ");
    for name in [
        "Idempotency-Key",
        "X-Request-Id",
        "Prefer",
        "Content-Type",
        "Content-Disposition",
        "Accept",
        "Accept-Encoding",
        "If-None-Match",
        "Content-Encoding",
    ] {
        let request = Request::post("/jobs").header(name, &value).bare_body("{\"text\": \"a\"}");
        // Hanging up on bytes that no header may have is civil as well.
        if let Ok(answer) = server.try_send(&request) {
            if answer.status == 400 && answer.body.is_empty() {
                continue;
            }
            civil(name, text, &answer);
        }
        if let Ok(answer) = server.try_send(&Request::get("/jobs?limit=1").header(name, &value))
            && !answer.body.is_empty()
        {
            civil(name, text, &answer);
        }
    }
}
