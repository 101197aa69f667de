//! Every error response is a problem that says what to do (RFC 9457), also those of the router.

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::{Launch, Server};
use tally_tests::site::Site;
use tally_tests::watch::Watch;

#[test]
fn unknown_paths_are_refused() {
    let server = Server::start();
    for path in [
        "/",
        "/nothing",
        "/jobs/",
        "/job",
        "/jobs/x/y/z",
        "//jobs",
        "/../etc/passwd",
        "/jobs/%2e%2e/x",
        "/%00",
    ] {
        let answer = server.get(path);
        if path == "/" && answer.status < 400 {
            continue; // A start page is not an error.
        }
        // A proxy in front may refuse a path that leaves the site or contains a NUL as malformed. Its answer is a
        // problem, too.
        let malformed = path.starts_with("/..") || path == "/%00";
        let by_proxy = !server.is_ours() && malformed && answer.status == 400;
        let problem = answer.problem(if by_proxy { 400 } else { 404 });
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
}

#[test]
fn invalid_ids_are_refused() {
    let server = Server::start();
    let long = "9".repeat(2_000);
    for id in [
        "1",
        "not-a-uuid",
        "0190d5f47b1e7c3a9f003b5c6d7e8f90",
        "{0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90}",
        "urn:uuid:0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90",
        "%F0%9F%98%80",
        "%ff%fe",
        "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f9%30%00",
        "null",
        "$ne",
        "'%20OR%201=1--",
        &long,
    ] {
        let answer = server.get(&format!("/jobs/{id}"));
        assert!(matches!(answer.status, 400 | 404), "{id}: {} {}", answer.status, answer.text());
        let _problem = answer.problem(answer.status);
    }
    let unknown = server.get("/jobs/0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90").problem(404);
    assert_eq!(unknown["type"], "/problems/unknown-job");
}

#[test]
fn unsupported_methods_are_refused() {
    let server = Server::start();
    let id = id_of(&server.count_text("a"));
    let job = format!("/jobs/{id}");
    for (method, path, taken) in [
        ("PUT", "/jobs", &["GET", "POST"][..]),
        ("DELETE", "/jobs", &["GET", "POST"]),
        ("POST", job.as_str(), &["GET", "DELETE"]),
        ("PATCH", job.as_str(), &["GET", "DELETE"]),
        ("GET", &format!("{job}/cancel"), &["POST"]),
        ("DELETE", "/health/live", &["GET"]),
        ("POST", "/metrics", &["GET"]),
        ("BREW", "/jobs", &["GET", "POST"]),
    ] {
        let answer = server.send(&Request::new(method, path));
        let problem = answer.problem(405);
        assert_eq!(problem["type"], "/problems/method-not-allowed");
        let allow = answer.header("allow").expect("405 says what is allowed");
        for one in taken {
            assert!(
                allow.split(',').any(|allowed| allowed.trim() == *one),
                "{method} {path}: Allow: {allow}"
            );
        }
    }
}

#[test]
fn options_lists_the_allowed_methods() {
    let server = Server::start();
    let answer = server.send(&Request::new("OPTIONS", "/jobs"));
    assert!(matches!(answer.status, 200 | 204), "{} {}", answer.status, answer.text());
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")), "{:?}", answer.headers);
}

#[test]
fn too_large_bodies_are_refused() {
    let server = Launch::new().flag("--max-upload", "100kB").start();
    let large = "words ".repeat(40_000);
    for request in [
        Request::post("/jobs").body("text/plain", large.clone()),
        Request::post("/jobs").json(&json!({"text": large})),
        Request::post("/jobs").body("application/x-www-form-urlencoded", large.clone()),
        Request::post("/jobs").body(
            &tally_tests::multipart::Form::content_type(),
            tally_tests::multipart::Form::new().file("a.txt", "text/plain", large.as_bytes()).finish(),
        ),
        Request::post("/jobs")
            .header("Content-Encoding", "gzip")
            .body("text/plain", tally_tests::coding::gzip(large.as_bytes())),
    ] {
        let problem = server.send(&request).problem(413);
        assert_eq!(problem["type"], "/problems/body-too-large");
        assert!(problem["detail"].as_str().unwrap().contains("100"), "the detail names the limit: {problem}");
    }
    // Chunked, so the length is not known in advance.
    let request = server.placed(&Request::post("/jobs").header("Content-Type", "text/plain"));
    let mut sent = 0;
    let answer = server.connect().unwrap().stream(&request, |chunk| {
        chunk.extend_from_slice(&large.as_bytes()[..10_000]);
        sent += 1;
        sent < 40
    });
    let _problem = answer.unwrap().problem(413);
    assert_eq!(server.get("/jobs").expect(200).json()["jobs"], json!([]), "nothing was stored");
    let fits = server.send(&Request::post("/jobs?wait=30").body("text/plain", &large.as_bytes()[..99_996]));
    assert_eq!(fits.expect(200).json()["result"]["words"], 16_666);
}

#[test]
fn unknown_codings_and_charsets_are_refused() {
    let server = Server::start();
    let coded = Request::post("/jobs").header("Content-Encoding", "compress").body("text/plain", "x");
    assert_eq!(server.send(&coded).problem(415)["type"], "/problems/unsupported-content-coding");
    let charset = Request::post("/jobs").body("application/json; charset=utf-16", "{\"text\":\"x\"}");
    assert_eq!(server.send(&charset).problem(415)["type"], "/problems/unsupported-charset");
}

#[test]
fn a_too_large_head_is_refused() {
    let server = Server::start();
    let answer = server.send(&Request::get("/jobs").header("X-Long", &"x".repeat(200_000)));
    assert!(matches!(answer.status, 400 | 431), "{}", answer.status);
    let answer = server.get(&format!("/jobs?q={}", "x".repeat(200_000)));
    // A filter of this length may also find nothing.
    assert!(matches!(answer.status, 200 | 400 | 414 | 422 | 431), "{}", answer.status);
    assert_eq!(server.get("/health/live").status, 200);
}

#[test]
fn non_http_bytes_are_refused_and_the_server_continues() {
    let server = Server::start();
    let watch = Watch::over(&server);
    let host = "Host: localhost\r\n";
    let cases: Vec<Vec<u8>> = vec![
        b"GARBAGE\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        format!("POST /jobs HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\nx").into_bytes(),
        format!("POST /jobs HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx").into_bytes(),
        format!("POST /jobs HTTP/1.1\r\n{host}Content-Length: 99999999999999999999\r\n\r\n").into_bytes(),
        format!("POST /jobs HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
        format!("POST /jobs HTTP/1.1\r\n{host}Transfer-Encoding: gzip, chunked, chunked\r\n\r\n0\r\n\r\n")
            .into_bytes(),
        format!("GET /jobs HTTP/1.1\r\n{host}Bad Header: x\r\n\r\n").into_bytes(),
        format!("GET /jobs\0 HTTP/1.1\r\n{host}\r\n").into_bytes(),
    ];
    for bytes in cases {
        let answer = server.connect().unwrap().raw(&bytes);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
        // The server may just close the connection if the bytes are not HTTP.
        if let Ok(answer) = answer {
            assert!(
                (400..500).contains(&answer.status) || answer.status == 505,
                "{shown}: {}",
                answer.status
            );
        }
        assert_eq!(server.get("/health/live").status, 200, "{shown}");
    }
    watch.expect_no_stray("bytes that are not HTTP");
}

#[test]
fn both_length_headers_are_never_two_requests() {
    // Request smuggling: proxy and server disagree about where a body ends.
    let server = Server::start();
    let smuggled = "GET /jobs?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let body = format!("0\r\n\r\n{smuggled}");
    let request = format!(
        "POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n{body}",
        body.len()
    );
    let mut connection = server.connect().unwrap();
    let first = connection.raw(request.as_bytes());
    if let Ok(first) = first
        && first.status < 400
    {
        let second = connection.answer("GET");
        assert!(second.is_err(), "the connection stays open after an ambiguous request: {second:?}");
        let _ended = server.finish(&first);
    }
}

#[test]
fn every_problem_type_has_a_page() {
    let (server, site) = (Server::start(), Site::start());
    let mut types = vec![
        server.get("/nothing").problem(404)["type"].clone(),
        server.get("/jobs?limit=0").problem(422)["type"].clone(),
        server.send(&Request::post("/jobs").body("application/json", "{")).problem(400)["type"].clone(),
    ];
    types.push(server.count_url(&site.url("/gone"))["error"]["type"].clone());
    for kind in types {
        let path = kind.as_str().unwrap();
        let page = server.get(path).expect(200);
        assert!(page.text().len() > 100, "{path} explains little: {}", page.text());
    }
    let _problem = server.get("/problems/bad-luck").problem(404);
}

#[test]
fn a_request_keeps_its_id_or_gets_a_new_one() {
    let server = Server::start();
    let given = server.send(&Request::get("/nothing").header("X-Request-Id", "mine-17"));
    assert_eq!(given.problem(404)["request_id"], "mine-17");
    let good = server.send(&Request::get("/health/live").header("X-Request-Id", "mine-18")).expect(200);
    assert_eq!(good.header("x-request-id"), Some("mine-18"));
    let made = server.get("/health/live");
    let other = server.get("/health/live");
    assert!(made.header("x-request-id").is_some_and(|id| id.len() >= 8));
    assert_ne!(made.header("x-request-id"), other.header("x-request-id"));
    for bad in ["x".repeat(2_000), "a b\tc".to_owned(), "<script>".to_owned()] {
        let answer = server.send(&Request::get("/nothing").header("X-Request-Id", &bad));
        let problem = answer.problem(404);
        assert!(problem["request_id"].as_str().unwrap().len() <= 200, "{problem}");
    }
}
