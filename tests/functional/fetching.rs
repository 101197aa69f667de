//! Addresses that workers fetch: redirects, codings, broken and slow sites, and what may not be fetched at all.

use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tally_tests::PATIENCE_S;
use tally_tests::client::id_of;
use tally_tests::coding;
use tally_tests::message::Request;
use tally_tests::server::{Launch, Server, closed_port};
use tally_tests::site::{Site, whole};

#[track_caller]
fn failed(job: &Value, kind: &str) {
    assert_eq!(job["state"], "failed", "{job}");
    assert_eq!(job["error"]["type"], format!("/problems/{kind}"), "{job}");
    for part in ["title", "detail"] {
        assert!(job["error"][part].as_str().is_some_and(|text| text.len() > 10), "{job}");
    }
    assert_eq!(job["result"], Value::Null);
}

#[test]
fn follows_and_records_redirects() {
    let (server, site) = (Server::start(), Site::start());
    site.page("/end", "at the end");
    for status in [301, 302, 303, 307, 308] {
        site.redirect(&format!("/{status}"), status, "/end");
        let done = server.count_url(&site.url(&format!("/{status}")));
        assert_eq!(done["result"]["words"], 3, "{status}: {done}");
        assert_eq!(done["source"]["final_url"], site.url("/end"));
    }
    for hop in 0..5 {
        site.redirect(&format!("/chain/{hop}"), 302, &format!("{}", hop + 1));
    }
    site.page("/chain/5", "five hops away");
    assert_eq!(server.count_url(&site.url("/chain/0"))["result"]["words"], 3, "five are followed");
}

#[test]
fn too_many_redirects_fail_without_retry() {
    let (server, site) = (Server::start(), Site::start());
    for hop in 0..6 {
        site.redirect(&format!("/chain/{hop}"), 302, &format!("/chain/{}", hop + 1));
    }
    site.page("/chain/6", "never reached");
    failed(&server.count_url(&site.url("/chain/0")), "too-many-redirects");
    assert!(site.hits("/chain/6").is_empty());
    assert_eq!(site.hits("/chain/0").len(), 1, "no retry: it would fail again");
    site.redirect("/round", 302, "/round");
    failed(&server.count_url(&site.url("/round")), "too-many-redirects");
}

#[test]
fn redirects_to_invalid_addresses_fail() {
    let (server, site) = (Server::start(), Site::start());
    for (path, location) in [
        ("/file", "file:///etc/passwd"),
        ("/ftp", "ftp://127.0.0.1/"),
        ("/auth", "http://a:b@127.0.0.1/"),
        ("/data", "data:,a"),
    ] {
        site.redirect(path, 302, location);
        let job = server.count_url(&site.url(path));
        assert_eq!(job["state"], "failed", "{path}: {job}");
        assert_eq!(job["attempts"], 1, "{path}: {job}");
    }
}

#[test]
fn reads_odd_answers_as_browsers_do() {
    let (server, site) = (Server::start(), Site::start());
    let page = b"<!doctype html><title>t</title><p>four words to count</p>".to_vec();
    let answer = |kind: &str, odd: &str, body: &[u8]| {
        let head =
            format!("Content-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n{odd}", body.len());
        [format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat()
    };
    let zipped = coding::gzip(&page);
    let gzip = "Content-Encoding: gzip\r\n";
    let named = "Content-Disposition: attachment; filename=\"film.srt\"\r\n";
    let film = b"1\n00:00:01,000 --> 00:00:02,000\n<i>Two</i> words\n";
    // Without a number or a time, only the name says what it is.
    let table = b"five,words,in,three,cells\n";
    let answers = [
        (
            4,
            answer(
                "text/html",
                "Content-Security-Policy: script-src 'self'\r\n  https://a.example;\r\n",
                &page,
            ),
        ),
        (4, answer("text/html", "X Foo: bar\r\n", &page)),
        (4, answer("text/html", "X-Foo : bar\r\n", &page)),
        (4, answer("text/html", "X-Foo: a\x01b\r\n", &page)),
        (4, answer("text/html", ": bar\r\n", &page)),
        (4, answer("text/html", "PHP Warning: Unable to load a library in Unknown on line 0\r\n", &page)),
        (4, answer("text/html", "Content-Encoding: UTF-8\r\n", &page)),
        (4, answer("text/html", "Content-Encoding: none\r\n", &page)),
        (4, answer("text/html", gzip, &[&zipped[..], &[0; 10]].concat())),
        (4, answer("text/html", gzip, &[&zipped[..], b"\r\n"].concat())),
        (4, answer("text/plain; charset=utf-8", "", &page)),
        (2, answer("text/plain; charset=utf-8", "", film)),
        (2, answer("text/plain", "", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<b>Two</b> words\n")),
        (2, answer("application/octet-stream", named, film)),
        (2, answer("application/force-download", named, film)),
        (2, answer("application/x-msdownload", named, film)),
        (
            3,
            answer(
                "application/vnd.ms-excel",
                "Content-Disposition: attachment; filename=a.csv\r\n",
                b"a,b,c\n",
            ),
        ),
        (
            5,
            answer(
                "application/force-download",
                "Content-Disposition: inline; filename*=UTF-8''%C3%A4.csv\r\n",
                table,
            ),
        ),
        (5, answer("text/comma-separated-values", "", table)),
    ];
    for (number, (words, answer)) in answers.into_iter().enumerate() {
        let path = format!("/{number}");
        let shown = String::from_utf8_lossy(&answer).into_owned();
        site.script(&path, move |_, stream| stream.write_all(&answer));
        let done = server.count_url(&site.url(&path));
        assert_eq!(done["result"]["definitions"]["wc"], words, "{shown}: {done}");
    }
    // A length that is said twice and differently could hide another answer.
    site.script("/lengths", |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length : 3\r\nContent-Length: 5\r\n\r\nwords")
    });
    failed(&server.count_url(&site.url("/lengths")), "source-refused");
}

#[test]
fn decodes_content_codings() {
    let (server, site) = (Server::start(), Site::start());
    let plain = "gzip words here ".repeat(1_000);
    let headers = [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")];
    site.answer("/gzip", 200, &headers, coding::gzip(plain.as_bytes()));
    let done = server.count_url(&site.url("/gzip"));
    assert_eq!(done["result"]["words"], 3_000);
    assert_eq!(done["source"]["bytes"], plain.len(), "bytes after decoding");
    assert!(site.hits("/gzip")[0].header("accept-encoding").is_some_and(|coding| coding.contains("gzip")));
    let members = [coding::gzip(b"one two "), coding::gzip(b"three")].concat();
    site.answer("/members", 200, &headers, members);
    assert_eq!(
        server.count_url(&site.url("/members"))["result"]["words"],
        3,
        "gzip may have several members"
    );
}

#[test]
fn decompression_bombs_and_broken_codings_fail() {
    let (server, site) = (Launch::new().flag("--fetch-max", "20MB").start(), Site::start());
    let headers = [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")];
    site.answer("/bomb", 200, &headers, coding::bomb(1_000_000_000));
    failed(&server.count_url(&site.url("/bomb")), "document-too-large");
    assert_eq!(site.hits("/bomb").len(), 1);
    let peak = server.process().memory().peak;
    assert!(peak < 150_000_000, "a bomb took {peak} bytes");
    let mut cut = coding::gzip("words ".repeat(50_000).as_bytes());
    cut.truncate(cut.len() / 2);
    site.answer("/cut", 200, &headers, cut);
    let id = id_of(&server.submit(&json!({"url": site.url("/cut")})).expect(202).json());
    site.await_hits("/cut", 1);
    let job = after_first_attempt(&server, &id);
    assert!(job.to_string().contains("broken-body"), "{job}");
    stop(&server, &id);
}

/// The record after its first attempt has ended.
fn after_first_attempt(server: &Server, id: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let job = server.get(&format!("/jobs/{id}?wait=100ms")).expect(200).json();
        if job["state"] != "running" && job["attempts"] != 0 || Instant::now() > until {
            return job;
        }
    }
}

/// Cancels a job that would be retried for minutes.
fn stop(server: &Server, id: &str) {
    let answer = server.send(&Request::post(&format!("/jobs/{id}/cancel")));
    assert!(matches!(answer.status, 200 | 409), "{}", answer.text());
}

#[test]
fn retries_a_page_that_recovers() {
    let (server, site) = (Server::start(), Site::start());
    site.script("/flaky", |visit, stream| {
        let answer = match visit {
            0 => whole(503, &[("Content-Type", "text/plain")], b"not now"),
            _ => whole(200, &[("Content-Type", "text/plain")], b"back again"),
        };
        stream.write_all(&answer)
    });
    let answer = server.submit(&json!({"url": site.url("/flaky")})).expect(202);
    site.await_hits("/flaky", 1);
    let between = after_first_attempt(&server, &id_of(&answer.json()));
    if between["state"] == "queued" {
        assert_eq!(between["retrying"]["error"]["type"], "/problems/source-unavailable", "{between}");
        assert!(between["retrying"]["next_attempt_at"].is_string(), "{between}");
        assert_eq!(between["error"], Value::Null, "it has not failed: {between}");
    }
    let done = server.finish(&answer);
    assert_eq!((&done["result"]["words"], &done["attempts"]), (&json!(2), &json!(2)));
    assert_eq!((&done["retrying"], &done["error"]), (&Value::Null, &Value::Null));
    assert_eq!(site.hits("/flaky").len(), 2);
}

#[test]
fn honours_retry_after_of_the_site() {
    let (server, site) = (Server::start(), Site::start());
    let (tell, visits) = std::sync::mpsc::channel();
    site.script("/busy", move |visit, stream| {
        let _nobody_asks = tell.send(Instant::now());
        let answer = match visit {
            0 => whole(429, &[("Retry-After", "3")], b""),
            _ => whole(200, &[("Content-Type", "text/plain")], b"a b c"),
        };
        stream.write_all(&answer)
    });
    assert_eq!(server.count_url(&site.url("/busy"))["result"]["words"], 3);
    let first = visits.recv().unwrap();
    let second = visits.recv().unwrap();
    assert!(second - first >= Duration::from_millis(2_900), "it was retried after {:?}", second - first);
}

#[test]
fn permanent_failures_are_not_retried() {
    let (server, site) = (Server::start(), Site::start());
    for status in [400, 401, 403, 404, 410, 451] {
        let path = format!("/{status}");
        site.answer(&path, status, &[("Content-Type", "text/html")], "<p>An error page is no document</p>");
        let job = server.count_url(&site.url(&path));
        failed(&job, "source-refused");
        assert_eq!((&job["attempts"], &job["error"]["retryable"]), (&json!(1), &json!(false)), "{job}");
        assert_eq!(site.hits(&path).len(), 1, "a single request");
    }
    site.answer("/image", 200, &[("Content-Type", "image/png")], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec());
    failed(&server.count_url(&site.url("/image")), "unsupported-document");
    assert_eq!(site.hits("/image").len(), 1);
}

#[test]
fn truncated_bodies_are_not_counted() {
    let (server, site) = (Server::start(), Site::start());
    site.script("/short", |_, stream| {
        stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nonly these words",
        )
    });
    site.script("/chunks", |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nwords\r\n")
    });
    for path in ["/short", "/chunks"] {
        let id = id_of(&server.submit(&json!({"url": site.url(path)})).expect(202).json());
        site.await_hits(path, 1);
        let job = after_first_attempt(&server, &id);
        assert_ne!(job["state"], "succeeded", "{path}: {job}");
        assert!(job.to_string().contains("/problems/broken-body"), "{path}: {job}");
        stop(&server, &id);
    }
}

#[test]
fn sites_without_http_or_without_answer_fail() {
    let (server, site) = (Server::start(), Site::start());
    site.script("/garbage", |_, stream| stream.write_all(b"220 mail.example ESMTP\r\n"));
    site.script("/silent", |_, _| Ok(()));
    site.script("/huge-head", |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        (0..20_000).try_for_each(|n| stream.write_all(format!("X-{n}: {}\r\n", "x".repeat(100)).as_bytes()))
    });
    for path in ["/garbage", "/silent", "/huge-head"] {
        let id = id_of(&server.submit(&json!({"url": site.url(path)})).expect(202).json());
        site.await_hits(path, 1);
        let job = after_first_attempt(&server, &id);
        assert_ne!(job["state"], "succeeded", "{path}: {job}");
        assert!(job["error"].is_object() || job["retrying"].is_object(), "{path}: {job}");
        stop(&server, &id);
    }
    let id = id_of(
        &server.submit(&json!({"url": format!("http://127.0.0.1:{}/", closed_port())})).expect(202).json(),
    );
    let job = after_first_attempt(&server, &id);
    assert!(job.to_string().contains("/problems/unreachable"), "{job}");
    stop(&server, &id);
}

#[test]
fn a_slow_page_times_out_and_is_retried() {
    let (server, site) = (Launch::new().flag("--fetch-timeout", "1s").start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let job = after_first_attempt(&server, &id);
    assert!(job.to_string().contains("/problems/fetch-timeout"), "{job}");
    gate.open();
    assert_eq!(server.wait(&id)["result"]["words"], 2, "it is retried");
}

#[test]
fn a_page_larger_than_the_limit_fails() {
    let (server, site) = (Launch::new().flag("--fetch-max", "100kB").start(), Site::start());
    site.page("/large", &"word ".repeat(30_000));
    failed(&server.count_url(&site.url("/large")), "document-too-large");
    site.script("/endless", |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")?;
        (0..10_000).try_for_each(|_| stream.write_all("endless ".repeat(1_000).as_bytes()))
    });
    failed(&server.count_url(&site.url("/endless")), "document-too-large");
    assert_eq!(site.hits("/endless").len(), 1);
    site.page("/fits", &"word ".repeat(19_999));
    assert_eq!(server.count_url(&site.url("/fits"))["result"]["words"], 19_999);
}

#[test]
fn the_deadline_ends_a_hanging_job() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/hangs", "a ", "b");
    let answer = server.submit(&json!({"url": site.url("/hangs"), "deadline_ms": 800})).expect(202);
    let began = Instant::now();
    failed(&server.finish(&answer), "deadline-exceeded");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    gate.open();
}

/// Each worker runs only some of the jobs of one host at once. The others are deferred without charge.
#[test]
fn many_jobs_of_one_slow_page_all_finish() {
    let (server, site, elsewhere) = (Server::start(), Site::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let submit = || id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    let crowd: Vec<_> = (0..40).map(|_| submit()).collect();
    site.await_hits("/slow", 8);
    elsewhere.page("/page", "a b c");
    assert_eq!(server.count_url(&elsewhere.url("/page"))["result"]["words"], 3, "it does not wait for them");
    gate.open();
    for id in crowd {
        let job = server.wait(&id);
        assert_eq!((&job["state"], &job["attempts"]), (&json!("succeeded"), &json!(1)), "{job}");
    }
    assert_eq!(site.hits("/slow").len(), 40);
}

#[test]
fn fetches_of_one_host_stay_within_the_limit() {
    let (server, site) = (Launch::new().flag("--fetch-per-host", "2").start(), Site::start());
    let gates = ["/a", "/b"].map(|path| (site.gated(path, "a ", "b"), path));
    let submit = |path| id_of(&server.submit(&json!({"url": site.url(path)})).expect(202).json());
    let ids: Vec<_> = gates.iter().cycle().take(12).map(|(_, path)| submit(path)).collect();
    let under_way = || site.hits("/a").len() + site.hits("/b").len();
    let until = Instant::now() + Duration::from_secs(PATIENCE_S);
    // Two jobs run. Each of the others has been claimed and deferred, more than once.
    while deferred(&server) < 20.0 || under_way() < 2 {
        assert!(
            Instant::now() < until,
            "{} found no place, {} are under way",
            deferred(&server),
            under_way()
        );
        let one = server.get(&format!("/jobs/{}?wait=50ms", ids[0])).expect(200).json();
        assert!(one["finished_at"].is_null(), "{one}");
    }
    assert_eq!(under_way(), 2);
    gates.iter().for_each(|(gate, _)| gate.open());
    for id in ids {
        let job = server.wait(&id);
        assert_eq!((&job["state"], &job["attempts"]), (&json!("succeeded"), &json!(1)), "{job}");
    }
}

/// How often a job was deferred because its host was busy.
fn deferred(server: &Server) -> f64 {
    server.metric("tally_jobs_deferred_total{reason=\"busy\"}")
}

#[test]
fn requests_to_sites_identify_tally() {
    let (server, site) = (Server::start(), Site::start());
    site.page("/page?q=1", "a b");
    let done = server.count_url(&format!("{}#fragment", site.url("/page?q=1")));
    assert_eq!(done["result"]["words"], 2);
    let hit = &site.hits("/page?q=1")[0];
    assert!(
        hit.header("user-agent").is_some_and(|agent| agent.to_ascii_lowercase().contains("tally")),
        "{hit:?}"
    );
    assert_eq!(hit.header("host"), Some(site.url("").trim_start_matches("http://")));
    for name in ["cookie", "authorization", "referer"] {
        assert_eq!(hit.header(name), None, "{name}");
    }
}

#[test]
fn loopback_is_not_fetched_unless_allowed() {
    let (server, site) = (Launch::new().guarded().start(), Site::local());
    site.page("/secret", "never read this");
    let port = site.url("/secret").rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let answer = server.submit(&json!({"url": format!("http://{host}:{port}")}));
        if answer.status == 422 {
            let _problem = answer.problem(422);
            continue;
        }
        let job = server.finish(&answer);
        failed(&job, "target-not-allowed");
        assert_eq!(job["attempts"], 1, "{job}");
        let detail = job["error"]["detail"].as_str().unwrap();
        assert!(detail.contains("fetch-allow"), "the detail names the option: {detail}");
    }
    assert!(site.hits("/secret").is_empty(), "{:?}", site.hits("/secret"));
}

#[test]
fn redirects_from_an_allowed_host_stay_guarded() {
    let (server, site) =
        (Launch::new().guarded().flag("--fetch-allow", "127.0.0.1/32").start(), Site::local());
    site.redirect("/away", 302, "http://127.0.0.2:80/");
    site.redirect("/cloud", 302, "http://169.254.169.254/latest/meta-data/");
    site.redirect("/six", 307, "http://[::1]/");
    for path in ["/away", "/cloud", "/six"] {
        failed(&server.count_url(&site.url(path)), "target-not-allowed");
        assert_eq!(site.hits(path).len(), 1);
    }
}
