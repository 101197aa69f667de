//! Bad input gets a problem that says what to do. Nothing is stored, and the server continues.

use serde_json::{Value, json};
use tally_tests::message::Request;
use tally_tests::multipart::Form;
use tally_tests::server::Server;
use tally_tests::watch::Watch;

/// Sends each request. Each must get a problem with advice, and none may leave a job.
#[track_caller]
fn refused(requests: Vec<(&str, Request)>) {
    let server = Server::start();
    let watch = Watch::over(&server);
    for (what, request) in requests {
        let answer = server.send(&request);
        assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
        let problem = answer.problem(answer.status);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.len() >= 15, "{what}: it says little: {detail:?}");
        assert!(detail.len() < 2_000, "{what}: it echoes its input: {} bytes", detail.len());
        if let Some(errors) = problem["errors"].as_array() {
            let told = |one: &Value| {
                one["pointer"].is_string() && one["detail"].as_str().is_some_and(|d| !d.is_empty())
            };
            assert!(errors.iter().all(told), "{what}: {problem}");
        }
        assert_eq!(server.get("/health/live").status, 200, "{what}");
    }
    watch.expect_no_stray("a refused request");
}

fn json_body(body: impl Into<Vec<u8>>) -> Request {
    Request::post("/jobs").body("application/json", body)
}

#[test]
fn refuses_broken_json() {
    let deep = "[".repeat(200_000);
    let nested = format!("{{\"text\": {}{}}}", "[".repeat(500), "]".repeat(500));
    let deep_option =
        format!("{{\"text\": \"a\", \"labels\": {}{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let unknown_deep = format!("{{\"x\": {}1{}, \"text\": \"a\"}}", "[".repeat(100_000), "]".repeat(100_000));
    refused(vec![
        ("empty", json_body("")),
        ("blank", json_body("  \n ")),
        ("truncated", json_body("{\"text\": \"a")),
        ("truncated escape", json_body("{\"text\": \"a\\u12")),
        ("trailing", json_body("{\"text\": \"a\"} x")),
        ("two documents", json_body("{\"text\": \"a\"}{\"text\": \"b\"}")),
        ("single quotes", json_body("{'text': 'a'}")),
        ("comment", json_body("{\"text\": \"a\" /* b */}")),
        ("lone surrogate", json_body("{\"text\": \"\\ud800\"}")),
        ("bytes that are not UTF-8", json_body(b"{\"text\": \"\xff\xfe\"}".to_vec())),
        ("UTF-16", json_body(b"\xff\xfe{\0\"\0".to_vec())),
        ("a raw NUL in a string", json_body(b"{\"text\": \"a\0b\"}".to_vec())),
        ("only NULs", json_body(vec![0; 100])),
        ("NaN", json_body("{\"text\": \"a\", \"top\": NaN}")),
        ("deep", json_body(deep)),
        ("nested text", json_body(nested)),
        ("deep labels", json_body(deep_option)),
        ("deep unknown member", json_body(unknown_deep)),
    ]);
}

#[test]
fn refuses_json_of_another_shape() {
    refused(vec![
        ("an array", json_body("[]")),
        ("a string", json_body("\"text\"")),
        ("a number", json_body("1e999")),
        ("null", json_body("null")),
        ("nothing in it", json_body("{}")),
        ("only options", json_body("{\"top\": 3}")),
        ("a text that is a number", json_body("{\"text\": 5}")),
        ("a text that is null", json_body("{\"text\": null}")),
        ("a text that is a list", json_body("{\"text\": [\"a\"]}")),
        ("an address that is an object", json_body("{\"url\": {\"href\": \"http://example.com\"}}")),
        ("both", json_body("{\"url\": \"http://example.com/\", \"text\": \"a\"}")),
        ("text twice", json_body("{\"text\": \"a\", \"text\": \"b\"}")),
        ("an unknown member", json_body("{\"text\": \"a\", \"colour\": \"red\"}")),
        ("a typo", json_body("{\"txet\": \"a\"}")),
        ("an operator", json_body("{\"text\": {\"$ne\": null}}")),
        ("a prototype", json_body("{\"text\": \"a\", \"__proto__\": {\"top\": 1}}")),
        ("a file in JSON", json_body("{\"file\": \"a\"}")),
    ]);
}

#[test]
fn refuses_invalid_addresses() {
    let long = format!("http://example.com/{}", "a".repeat(100_000));
    let addresses = [
        "",
        " ",
        "example.com",
        "/path",
        "//host",
        "http://",
        "http:///",
        "http://[",
        "http://[::1",
        "http://a b/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1:25/",
        "javascript:alert(1)",
        "data:text/plain,a",
        "http://user:secret@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://exa\nmple.com/",
        "http://\0/",
        "http://example.com:99999/",
        "http://256.256.256.256/",
        "http://%00/",
        &long,
    ];
    refused(addresses.iter().map(|url| (*url, json_body(json!({"url": url}).to_string()))).collect());
}

#[test]
fn a_refusal_does_not_echo_credentials() {
    let server = Server::start();
    let answer = server.submit(&json!({"url": "http://user:secret-canary@example.com/"}));
    let _problem = answer.problem(422);
    assert!(!answer.text().contains("secret-canary"), "{}", answer.text());
}

#[test]
fn refuses_broken_forms() {
    let form = |body: &[u8]| Request::post("/jobs").body("application/x-www-form-urlencoded", body.to_vec());
    refused(vec![
        ("empty", form(b"")),
        ("not UTF-8", form(b"text=%ff%fe")),
        ("raw bytes", form(b"text=\xff\xfe")),
        ("both", form(b"text=a&url=http://example.com/")),
        ("text twice", form(b"text=a&text=b")),
        ("an unknown field", form(b"text=a&colour=red")),
        ("a bad option", form(b"text=a&top=many")),
        ("a bad address", form(b"url=nowhere")),
    ]);
}

#[test]
fn refuses_broken_multipart_forms() {
    let kind = Form::content_type();
    let send = |body: Vec<u8>| Request::post("/jobs").body(&kind, body);
    let file = || Form::new().file("a.txt", "text/plain", b"a b c");
    let many = (0..2_000).fold(Form::new(), |form, n| form.field(&format!("f{n}"), "x"));
    refused(vec![
        ("no boundary", Request::post("/jobs").body("multipart/form-data", file().finish())),
        (
            "another boundary",
            Request::post("/jobs").body("multipart/form-data; boundary=other", file().finish()),
        ),
        ("empty", send(Vec::new())),
        ("no part", send(Form::new().finish())),
        ("not closed", send(file().cut_short())),
        ("cut in a head", send(b"--tally-tests-7f3b9c\r\nContent-Disposition: form-da".to_vec())),
        ("no disposition", send(Form::new().part("Content-Type: text/plain\r\n", b"a").finish())),
        ("no name", send(Form::new().part("Content-Disposition: form-data\r\n", b"a").finish())),
        ("two files", send(file().file("b.txt", "text/plain", b"d").finish())),
        ("file and text", send(file().field("text", "a").finish())),
        ("only options", send(Form::new().field("top", "3").finish())),
        ("a bad option behind the file", send(file().field("top", "many").finish())),
        ("an unknown field", send(file().field("colour", "red").finish())),
        (
            "a text that is not UTF-8",
            send(Form::new().part("Content-Disposition: form-data; name=\"text\"\r\n", b"\xff").finish()),
        ),
        ("thousands of fields", send(many.finish())),
        (
            "a huge head",
            send(
                Form::new()
                    .part(
                        &format!("Content-Disposition: form-data; name=\"{}\"\r\n", "x".repeat(100_000)),
                        b"a",
                    )
                    .finish(),
            ),
        ),
        ("garbage", send(vec![0xff; 10_000])),
    ]);
}

#[test]
fn refuses_other_bad_bodies_and_queries() {
    let text = |query: &str| Request::post(&format!("/jobs?{query}")).body("text/plain", "a");
    refused(vec![
        ("nothing at all", Request::post("/jobs")),
        ("an unknown parameter", text("colour=red")),
        ("a parameter twice", text("top=1&top=2")),
        ("a bad parameter", text("top=x")),
        ("an address in the query", text("url=http://example.com/")),
        ("a query that is not UTF-8", text("label=%ff:x")),
        ("a webhook that is not there yet", text("webhook=http://example.com/")),
        (
            "invalid gzip",
            Request::post("/jobs").header("Content-Encoding", "gzip").body("text/plain", "not gzip"),
        ),
        (
            "truncated gzip",
            Request::post("/jobs").header("Content-Encoding", "gzip").body("text/plain", {
                let mut zipped = tally_tests::coding::gzip("words ".repeat(100_000).as_bytes());
                zipped.truncate(zipped.len() / 2);
                zipped
            }),
        ),
        (
            "a bomb",
            Request::post("/jobs")
                .header("Content-Encoding", "gzip")
                .body("application/json", tally_tests::coding::bomb(300_000_000)),
        ),
    ]);
}

#[test]
fn a_huge_json_body_is_refused_or_counted_completely() {
    let server = Server::start();
    let text = "word ".repeat(2_000_000);
    let fits = server.finish(&server.submit(&json!({"text": text})));
    assert_eq!(fits["result"]["words"], 2_000_000);
    let too_much = format!("{{\"text\": \"{}\"}}", "word ".repeat(12_000_000));
    let watch = Watch::over(&server);
    let problem = server.send(&json_body(too_much)).problem(413);
    assert_eq!(problem["type"], "/problems/body-too-large");
    watch.expect_no_stray("a refused body");
}

#[test]
fn text_that_looks_like_an_attack_is_counted() {
    let server = Server::start();
    for (text, words) in [
        ("a\u{0}b \u{1}\u{2}", None),
        ("'; DROP TABLE jobs; --", Some(5)),
        ("<script>alert(1)</script>", Some(1)),
        ("{\"$gt\": \"\"}", Some(2)),
        ("\u{202e}right to left\u{202c}", Some(3)),
        ("\u{feff}marked", Some(1)),
        ("%s %n %x", Some(3)),
        ("${jndi:ldap://127.0.0.1/a}", Some(1)),
    ] {
        let done = server.finish(&server.submit(&json!({"text": text, "definition": "wc"})));
        assert_eq!(done["state"], "succeeded", "{text:?}: {done}");
        if let Some(words) = words {
            assert_eq!(done["result"]["words"], words, "{text:?}: {done}");
        }
    }
}

#[test]
fn counts_extremely_long_lines_and_words() {
    let server = Server::start();
    let raw = |body: Vec<u8>| {
        // Counted by `wc`, which has no longest word. The others cut such a word after some kilobytes.
        let request = Request::post("/jobs?definition=wc").body("text/plain; charset=utf-8", body);
        let done = server.finish(&server.send(&request));
        assert_eq!(done["state"], "succeeded", "{}", done["error"]);
        done["result"].clone()
    };
    let line = raw(b"word ".repeat(2_000_000));
    assert_eq!((&line["words"], &line["characters"]), (&json!(2_000_000), &json!(10_000_000)));
    assert_eq!(raw(vec![b'x'; 10_000_000])["words"], 1, "one word of ten megabytes");
    assert_eq!(raw(vec![b'\n'; 3_000_000])["lines"], 3_000_000);
    let accents = "e".to_owned() + &"\u{301}".repeat(1_000_000);
    assert_eq!(raw(accents.into_bytes())["words"], 1, "one letter with a million accents");
    // Bytes that are not text are refused as such, whatever the request declares.
    for binary in [vec![0; 1_000_000], (0..=255).cycle().take(1_000_000).collect::<Vec<u8>>()] {
        let done = server.finish(&server.send(&Request::post("/jobs").body("text/plain", binary)));
        assert_eq!(done["error"]["type"], "/problems/unsupported-document", "{done}");
    }
}

#[test]
fn hostile_html_is_counted_in_time() {
    let server = Server::start();
    for (what, html) in [
        ("deep lists", "<ul><li>".repeat(60_000)),
        ("deep divs", "<div>".repeat(200_000)),
        ("unclosed comment", format!("<p>a</p><!--{}", "-".repeat(2_000_000))),
        ("unclosed attribute", format!("<p a=\"{}", "x".repeat(2_000_000))),
        ("many attributes", format!("<p {}>a</p>", "a=1 ".repeat(200_000))),
        ("deep formatting", "<b><i><u>".repeat(50_000)),
        ("tables in tables", "<table><tr><td>".repeat(50_000)),
        ("entities", "&amp;&nosuch;&#x110000;".repeat(100_000)),
        ("scripts", "<script>".repeat(50_000)),
    ] {
        let request = Request::post("/jobs?deadline_ms=30000").body("text/html; charset=utf-8", html);
        let done = server.finish(&server.send(&request));
        let ended_well =
            done["state"] == "succeeded" || done["error"]["type"] == "/problems/unreadable-document";
        assert!(ended_well, "{what}: {done}");
    }
}
