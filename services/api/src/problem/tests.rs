//! Problem types, and what faults and bare answers become.

use std::collections::HashSet;

use super::*;

#[test]
fn every_type_has_its_own_name_and_a_guide() {
    let mut seen = HashSet::new();
    for (slug, title) in problem_types() {
        assert!(seen.insert(slug), "{slug} twice");
        assert!(!title.is_empty());
        let guide = guide(slug).unwrap_or_else(|| panic!("{slug} has no guide"));
        assert!(guide.cause.len() > 20 && guide.fix.len() > 20 && !guide.example.is_empty(), "{slug}");
    }
    assert_eq!(guide("bad-luck"), None);
}

#[test]
fn a_fault_says_what_to_do_and_never_its_cause() {
    let because = |kind| Fault::because(kind, "admit a job", "mongodb://secret@host refused");
    let cases = [
        (FaultKind::Unavailable, 503, "/problems/unavailable"),
        (FaultKind::Overloaded, 503, "/problems/overloaded"),
        (FaultKind::Unknown, 503, "/problems/outcome-unknown"),
        (FaultKind::Corrupt, 500, "/problems/internal"),
    ];
    for (kind, status, type_path) in cases {
        let problem = Problem::of_fault(&because(kind), 3);
        assert_eq!(problem.kind.status().as_u16(), status);
        assert_eq!(problem.kind.type_path(), type_path);
        assert_eq!(problem.retry_after.is_some(), status == 503);
        let body = String::from_utf8(problem.to_json("r-1").to_vec()).unwrap();
        assert!(!body.contains("secret") && !body.contains("admit"), "{body}");
        assert!(body.contains(r#""request_id":"r-1""#), "{body}");
    }
}

#[test]
fn bare_answers_of_the_framework_get_a_body() {
    let mut bare = StatusCode::METHOD_NOT_ALLOWED.into_response();
    bare.headers_mut().insert(ALLOW, HeaderValue::from_static("GET,HEAD"));
    let shaped = with_problem_body(bare, "r-2", None);
    assert_eq!(shaped.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(shaped.headers()[ALLOW], "GET,HEAD");
    assert_eq!(shaped.headers()[CONTENT_TYPE], "application/problem+json");
}
