//! Lists of jobs: filters, and pages without gaps or repetitions.

use std::collections::HashSet;

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::message::Answer;
use tally_tests::rng::SeededRng;
use tally_tests::server::Server;
use tally_tests::site::Site;

/// A unique label, so that other jobs on the server do not matter.
fn mark() -> String {
    format!("{:016x}", SeededRng::fresh_seed())
}

#[track_caller]
fn jobs(answer: &Answer) -> Vec<Value> {
    answer.clone().expect(200).json()["jobs"].as_array().expect("a list of jobs").clone()
}

#[track_caller]
fn ids(server: &Server, target: &str) -> Vec<String> {
    jobs(&server.get(target)).iter().map(id_of).collect()
}

/// Follows the `Link` header over all pages. It must agree with `next` in the body.
fn walk(server: &Server, first: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut target = Some(first.to_owned());
    while let Some(page) = target {
        let answer = server.get(&page).expect(200);
        found.extend(jobs(&answer).iter().map(id_of));
        target = answer.json()["next"].as_str().map(str::to_owned);
        let link = answer.header("link").unwrap_or_default();
        match &target {
            Some(next) => assert_eq!(link, format!("<{next}>; rel=\"next\"")),
            None => assert!(!link.contains("rel=\"next\""), "{link}"),
        }
        assert!(found.len() < 10_000, "the pages do not end");
    }
    found
}

#[test]
fn pages_list_each_job_once_newest_first() {
    let server = Server::start();
    let mark = mark();
    let mut made: Vec<String> = (0..57)
        .map(|n| {
            id_of(
                &server.finish(&server.submit(&json!({"text": format!("job {n}"), "labels": {"of": mark}}))),
            )
        })
        .collect();
    made.reverse();
    for limit in [1, 7, 56, 57, 58, 1000] {
        let walked = walk(&server, &format!("/jobs?label=of:{mark}&limit={limit}"));
        assert_eq!(walked, made, "limit {limit}");
    }
}

#[test]
fn new_jobs_do_not_change_later_pages() {
    let server = Server::start();
    let mark = mark();
    let submit = || id_of(&server.finish(&server.submit(&json!({"text": "x", "labels": {"of": mark}}))));
    let made: HashSet<String> = (0..20).map(|_| submit()).collect();
    let mut seen = Vec::new();
    let mut target = Some(format!("/jobs?label=of:{mark}&limit=3"));
    while let Some(page) = target {
        let answer = server.get(&page).expect(200);
        seen.extend(jobs(&answer).iter().map(id_of));
        target = answer.json()["next"].as_str().map(str::to_owned);
        submit();
    }
    let distinct: HashSet<String> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "a job was listed twice");
    assert_eq!(distinct, made, "the jobs of the beginning and no later ones");
}

#[test]
fn filters_work_alone_and_combined() {
    let (server, site) = (Server::start(), Site::start());
    let mark = mark();
    site.page("/found", "a b");
    let labels = |kind: &str| json!({"of": mark, "kind": kind});
    let good =
        id_of(&server.finish(&server.submit(&json!({"url": site.url("/found"), "labels": labels("good")}))));
    let bad =
        id_of(&server.finish(&server.submit(&json!({"url": site.url("/gone"), "labels": labels("bad")}))));
    let text = id_of(&server.finish(&server.submit(&json!({"text": "a", "labels": labels("good")}))));
    let all = format!("/jobs?label=of:{mark}");
    assert_eq!(ids(&server, &all), [text.as_str(), &bad, &good]);
    assert_eq!(ids(&server, &format!("{all}&state=failed")), [bad.as_str()]);
    assert_eq!(ids(&server, &format!("{all}&state=succeeded")), [text.as_str(), &good]);
    assert_eq!(ids(&server, &format!("{all}&label=kind:good")), [text.as_str(), &good]);
    assert_eq!(ids(&server, &format!("{all}&host={}", site.host())), [bad.as_str(), &good]);
    assert_eq!(ids(&server, &format!("{all}&host={}&label=kind:good", site.host())), [good.as_str()]);
    assert_eq!(ids(&server, &format!("{all}&q=FOUND")), [good.as_str()]);
    assert_eq!(ids(&server, &format!("/jobs?q={bad}")), [bad.as_str()]);
    assert!(ids(&server, &format!("{all}&state=running")).is_empty());
    assert!(ids(&server, &format!("{all}&label=kind:other")).is_empty());
}

#[test]
fn time_filters_accept_the_timestamps_of_records() {
    let server = Server::start();
    let mark = mark();
    let made: Vec<Value> = (0..3)
        .map(|_| {
            let done = server.finish(&server.submit(&json!({"text": "x", "labels": {"of": mark}})));
            // The next job gets another millisecond.
            let _later = server.get(&format!("/jobs/{}?wait=5ms", id_of(&done)));
            let second = server.finish(&server.submit(&json!({"text": "between"})));
            let _ = id_of(&second);
            done
        })
        .collect();
    let at = |place: usize| made[place]["created_at"].as_str().unwrap().to_owned();
    let all = format!("/jobs?label=of:{mark}");
    let found = ids(&server, &format!("{all}&since={}", at(1)));
    assert!(
        found.contains(&id_of(&made[1])) && found.contains(&id_of(&made[2])),
        "since includes its moment"
    );
    let found = ids(&server, &format!("{all}&until={}", at(1)));
    assert!(
        !found.contains(&id_of(&made[1])) && !found.contains(&id_of(&made[2])),
        "until excludes its moment"
    );
    assert!(ids(&server, &format!("{all}&since=2100-01-01T00:00:00Z")).is_empty());
    assert_eq!(ids(&server, &format!("{all}&until=2100-01-01T00:00:00Z")).len(), 3);
}

#[test]
fn rejects_invalid_list_parameters() {
    let server = Server::start();
    for (query, pointer) in [
        ("state=done", "?state"),
        ("limit=0", "?limit"),
        ("limit=1001", "?limit"),
        ("limit=ten", "?limit"),
        ("since=yesterday", "?since"),
        ("cursor=nonsense", "?cursor"),
        ("cursor=%00%ff", "?cursor"),
        ("label=nocolon", "?label"),
        ("stat=queued", "?stat"),
        ("limit=1&limit=2", "?limit"),
    ] {
        let answer = server.get(&format!("/jobs?{query}"));
        let status = if query.contains("%ff") { 400 } else { 422 };
        let problem = answer.problem(status);
        if status == 422 {
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{query}: {problem}");
        }
    }
}

#[test]
fn a_cursor_of_another_list_is_refused_or_harmless() {
    let server = Server::start();
    let mark = mark();
    for _ in 0..3 {
        let _done = server.finish(&server.submit(&json!({"text": "a b", "labels": {"of": mark}})));
    }
    let next =
        server.get(&format!("/jobs?label=of:{mark}&limit=1")).json()["next"].as_str().unwrap().to_owned();
    let cursor = next.split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let elsewhere = server.get(&format!("/jobs?state=failed&cursor={cursor}"));
    assert!(matches!(elsewhere.status, 200 | 422), "{}", elsewhere.text());
    let mut broken = cursor;
    broken.pop();
    let cut = server.get(&format!("/jobs?cursor={broken}"));
    assert!(matches!(cut.status, 200 | 422), "{}", cut.text());
}
