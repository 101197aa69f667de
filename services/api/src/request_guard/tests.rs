//! Hosts and origins that are allowed, refused and invalid.

use super::*;

fn local() -> AllowedHosts {
    AllowedHosts::new("127.0.0.1".parse().unwrap(), &["Tally.Example.".to_owned()])
}

/// The status of the refusal of a request with these headers; 0 if it is allowed.
fn status(method: Method, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().method(method).uri("/jobs");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let checked = check(&local(), &request.body(()).unwrap());
    checked.map_or_else(|problem| problem.kind.status().as_u16(), |()| 0)
}

#[test]
fn a_local_server_answers_to_loopback_names_and_given_ones() {
    let get = |host: &str| status(Method::GET, &[("host", host)]);
    for host in [
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "localhost:",
        "tally.localhost:1",
        "127.0.0.1:8080",
        "127.9.9.9",
        "[::1]:8080",
        "[::ffff:127.0.0.1]",
        "tally.example",
        "TALLY.example.:443",
    ] {
        assert_eq!(get(host), 0, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "xlocalhost",
        "10.0.0.1",
        "0.0.0.0:8080",
        "[2001:db8::1]",
        "a.tally.example",
        "2130706433",
        "127.1",
    ] {
        assert_eq!(get(host), 421, "{host}");
    }
}

#[test]
fn without_given_names_only_a_local_server_checks_them() {
    let is_allowed = |listen: &str, given: &[&str], host| {
        let given: Vec<_> = given.iter().map(|name| (*name).to_owned()).collect();
        AllowedHosts::new(listen.parse().unwrap(), &given).allow(host)
    };
    assert!(!is_allowed("127.0.0.1", &[], "evil.example"));
    assert!(!is_allowed("::1", &[], "evil.example"));
    assert!(is_allowed("127.3.4.5", &[], "127.3.4.5"));
    assert!(is_allowed("0.0.0.0", &[], "evil.example"));
    assert!(is_allowed("192.168.1.2", &[], "evil.example"));
    assert!(!is_allowed("192.168.1.2", &["a.example"], "evil.example"));
    assert!(is_allowed("192.168.1.2", &["a.example"], "192.168.1.2"));
    assert!(is_allowed("0.0.0.0", &["a.example"], "localhost"));
}

#[test]
fn a_missing_double_or_invalid_host_is_a_bad_request() {
    assert_eq!(status(Method::GET, &[]), 400);
    assert_eq!(status(Method::GET, &[("host", "localhost"), ("host", "localhost")]), 400);
    for host in [
        "",
        ":8080",
        "localhost:x",
        "localhost:99999",
        "localhost:80:80",
        "user@localhost",
        "local host",
        "[::1",
        "[x]",
        "http://localhost/",
        "localhost/",
        "localhost,localhost",
        "::1",
        "lo\"cal",
        "localhost?x",
    ] {
        assert_ne!(status(Method::GET, &[("host", host)]), 0, "{host}");
    }
    let old = Request::builder().version(Version::HTTP_10).body(()).unwrap();
    assert!(check(&local(), &old).is_ok(), "HTTP/1.0 has no Host");
}

#[test]
fn the_request_lines_host_takes_the_headers_place() {
    let absolute = |uri: &str| {
        let request = Request::builder().uri(uri).header("host", "localhost").body(()).unwrap();
        check(&local(), &request).is_ok()
    };
    assert!(absolute("http://127.0.0.1:8080/jobs"));
    assert!(!absolute("http://evil.example/jobs"));
}

#[test]
fn other_sites_change_nothing() {
    let host = ("host", "localhost:8080");
    let post = |header| status(Method::POST, &[host, header]);
    for header in [
        ("origin", "http://localhost:8080"),
        ("origin", "http://LOCALHOST:8080"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("accept", "*/*"),
    ] {
        assert_eq!(post(header), 0, "{header:?}");
    }
    for header in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:3000"),
        ("origin", "http://localhost"),
        ("origin", "http://127.0.0.1:8080"),
        ("origin", "null"),
        ("origin", ""),
        ("origin", "ftp://localhost:8080"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "what"),
    ] {
        assert_eq!(post(header), 403, "{header:?}");
        assert_eq!(status(Method::DELETE, &[host, header]), 403, "{header:?}");
        assert_eq!(status(Method::GET, &[host, header]), 0, "{header:?}");
        assert_eq!(status(Method::OPTIONS, &[host, header]), 0, "{header:?}");
    }
    // The default port of the scheme, also behind a proxy that ends TLS.
    assert_eq!(status(Method::POST, &[("host", "tally.example"), ("origin", "https://tally.example")]), 0);
    assert_eq!(
        status(Method::POST, &[("host", "tally.example:443"), ("origin", "https://tally.example")]),
        0
    );
    assert_eq!(
        status(Method::POST, &[("host", "tally.example"), ("origin", "https://tally.example:8443")]),
        403
    );
}
