//! Health, metrics, the OpenAPI description and its page.

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::coding;
use tally_tests::message::Request;
use tally_tests::server::{Launch, Server};
use tally_tests::site::Site;
use tally_tests::wait;

#[test]
fn health_reports_liveness_and_readiness() {
    let server = Server::start();
    assert_eq!(server.get("/health/live").expect(200).json()["status"], "live");
    let ready = server.get("/health/ready").expect(200).json();
    assert_eq!(ready["status"], "ready");
    let parts = ready["parts"].as_array().expect("each part by its name");
    assert!(!parts.is_empty(), "{ready}");
    for part in parts {
        assert!(part["name"].is_string() && part["latency_ms"].is_number(), "{ready}");
        assert_eq!(part["ok"], true, "{ready}");
    }
}

#[test]
fn metrics_count_jobs_and_requests() {
    let server = Launch::new().start();
    for _ in 0..3 {
        let _done = server.count_text("a b c");
    }
    let _problem = server.get("/nothing").problem(404);
    let answer = server.get("/metrics").expect(200);
    assert!(answer.header("content-type").unwrap().contains("text"), "{:?}", answer.headers);
    let text = answer.text();
    assert!(text.contains("# TYPE") && text.contains("# HELP"), "{text}");
    assert!(text.trim_end().ends_with("# EOF"), "OpenMetrics ends with its mark: {text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok(), "no value at the end of: {line}");
    }
    let total = |part: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#') && line.contains(part));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
    };
    assert!(total("succeeded") >= 3.0, "three jobs succeeded: {text}");
    assert!(total("404") >= 1.0, "one request had status 404: {text}");
}

#[test]
fn metrics_show_the_running_jobs() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    // A cached count is up to two seconds old.
    wait::until("a job runs", || server.metric("tally_jobs_running") >= 1.0);
    gate.open();
    assert_eq!(server.wait(&id)["state"], "succeeded");
}

#[test]
fn openapi_describes_every_route() {
    let server = Server::start();
    let api = server.get("/openapi.json").expect(200).json();
    assert!(api["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", api["openapi"]);
    let paths = api["paths"].as_object().expect("paths");
    for (path, method) in [
        ("/jobs", "post"),
        ("/jobs", "get"),
        ("/jobs/{id}", "get"),
        ("/jobs/{id}", "delete"),
        ("/jobs/{id}/words", "get"),
        ("/jobs/{id}/cancel", "post"),
        ("/jobs/{id}/retry", "post"),
        ("/health/live", "get"),
        ("/health/ready", "get"),
        ("/metrics", "get"),
    ] {
        let operation = &paths.get(path).unwrap_or_else(|| panic!("{path} is not described"))[method];
        assert!(operation["responses"].is_object(), "{method} {path}: {operation}");
        assert!(operation["operationId"].is_string() && operation["summary"].is_string(), "{method} {path}");
    }
    // Each reference has a target.
    let mut references = Vec::new();
    collect(&api, &mut references);
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("references stay in the document");
        assert!(api.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn the_docs_page_loads_nothing_from_other_servers() {
    let server = Server::start();
    let mut page = server.get("/docs");
    if (300..400).contains(&page.status) {
        page = server.get(page.header("location").expect("a redirect has a target"));
    }
    let page = page.expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("content-security-policy").is_some(), "{:?}", page.headers);
    let html = page.text();
    for attribute in ["src=\"", "href=\""] {
        for part in html.split(attribute).skip(1) {
            let target = part.split('"').next().unwrap();
            assert!(!target.starts_with("http") && !target.starts_with("//"), "it loads {target}");
            if target.starts_with('#') || target.starts_with("data:") {
                continue;
            }
            let path = if target.starts_with('/') {
                target.to_owned()
            } else {
                format!("/docs/{}", target.trim_start_matches("./"))
            };
            let asset = server.get(&path);
            assert_eq!(asset.status, 200, "{target} is not there");
            if path.ends_with(".js") && asset.body.len() < 20_000 {
                assert!(!asset.text().contains("https://"), "{path} asks another server: {}", asset.text());
            }
        }
    }
}

#[test]
fn the_start_page_links_to_the_docs() {
    let server = Server::start();
    let page = server.send(&Request::get("/").header("Accept", "text/html")).expect(200);
    assert!(page.text().contains("/docs"), "{}", page.text());
    assert!(server.get("/").expect(200).text().contains("/docs"));
}

#[test]
fn compresses_responses_on_request() {
    let server = Server::start();
    let plain = server.get("/openapi.json").expect(200);
    assert_eq!(plain.header("content-encoding"), None);
    let zipped = server.send(&Request::get("/openapi.json").header("Accept-Encoding", "gzip")).expect(200);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-encoding")));
    assert_eq!(coding::gunzip(&zipped.body), plain.body);
    assert!(zipped.body.len() < plain.body.len() / 2);
    for coding in ["br", "zstd"] {
        let coded = server.send(&Request::get("/openapi.json").header("Accept-Encoding", coding)).expect(200);
        assert_eq!(coded.header("content-encoding"), Some(coding));
    }
    let refused =
        server.send(&Request::get("/openapi.json").header("Accept-Encoding", "identity, *;q=0")).expect(200);
    assert_eq!(refused.header("content-encoding"), None);
}

#[test]
fn responses_have_security_headers() {
    let server = Server::start();
    let job = server.count_text("private words");
    let target = format!("/jobs/{}", id_of(&job));
    for path in [target.as_str(), "/jobs", "/nothing", "/docs/", "/health/live"] {
        let answer = server.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}: {:?}", answer.headers);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert!(
            answer.header("server").is_none_or(|server| !server.contains('.')),
            "no version is shown: {path}"
        );
    }
    let record = server.get(&target);
    let cache = record.header("cache-control").unwrap_or_default();
    assert!(
        cache.contains("no-store") || cache.contains("private"),
        "a record is not cached by proxies: {cache:?}"
    );
}
