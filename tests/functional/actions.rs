//! Job actions: cancel, retry, delete.

use std::io::Read;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::{Answer, Request};
use tally_tests::server::{Launch, Server};
use tally_tests::site::Site;

fn apply(server: &Server, id: &str, verb: &str) -> Answer {
    server.send(&Request::post(&format!("/jobs/{id}/{verb}")))
}

fn delete(server: &Server, id: &str) -> Answer {
    server.send(&Request::new("DELETE", &format!("/jobs/{id}")))
}

#[test]
fn cancel_stops_a_running_job_within_a_second() {
    let (server, site) = (Server::start(), Site::start());
    let (tell, left) = channel();
    site.script("/endless", move |_, stream| {
        std::io::Write::write_all(stream, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nwords ")?;
        // Reading ends when the client disconnects.
        let gone = stream.read(&mut [0; 64]);
        let _nobody_asks = tell.send((Instant::now(), gone.is_err() || gone.is_ok_and(|n| n == 0)));
        Ok(())
    });
    let id = id_of(&server.submit(&json!({"url": site.url("/endless")})).expect(202).json());
    site.await_hits("/endless", 1);
    assert_eq!(server.job(&id)["state"], "running");
    let asked = Instant::now();
    let cancelled = apply(&server, &id, "cancel").expect(200).json();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(server.job(&id)["state"], "cancelled");
    let (at, gone) =
        left.recv_timeout(Duration::from_secs(20)).expect("the fetch continues after the cancel");
    assert!(gone);
    let took = at.duration_since(asked);
    // One second is promised. The rest allows for a busy machine.
    assert!(took < Duration::from_millis(1_500), "the job continued for {took:?}");
    assert!(cancelled["finished_at"].is_string() && cancelled["result"].is_null());
}

#[test]
fn a_queued_job_is_cancelled_and_never_runs() {
    // One worker runs this many jobs at once (its slots). The next one is queued.
    const SLOTS: usize = 32;
    let launch = Launch::new().flag("--workers", "1").flag("--fetch-per-host", "1000");
    let (server, site) = (launch.start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let slow: Vec<String> = (0..SLOTS)
        .map(|_| id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json()))
        .collect();
    site.await_hits("/slow", SLOTS);
    site.page("/never", "a b c");
    let id = id_of(&server.submit(&json!({"url": site.url("/never")})).expect(202).json());
    assert_eq!(server.job(&id)["state"], "queued");
    let cancelled = apply(&server, &id, "cancel").expect(200).json();
    assert_eq!((&cancelled["state"], &cancelled["attempts"]), (&json!("cancelled"), &json!(0)));
    gate.open();
    for id in slow {
        assert_eq!(server.wait(&id)["state"], "succeeded");
    }
    // Queued behind it: once this one has run, the other would have run, too.
    site.page("/behind", "d");
    assert_eq!(server.count_url(&site.url("/behind"))["state"], "succeeded");
    assert!(site.hits("/never").is_empty(), "it was fetched after the cancel");
    assert_eq!(server.job(&id), cancelled, "a cancelled job does not change");
}

#[test]
fn a_finished_job_cannot_be_cancelled() {
    let (server, site) = (Server::start(), Site::start());
    let done = id_of(&server.count_text("a"));
    let problem = apply(&server, &done, "cancel").problem(409);
    assert_eq!(problem["type"], "/problems/wrong-state");
    let failed = id_of(&server.count_url(&site.url("/gone")));
    assert_eq!(apply(&server, &failed, "cancel").problem(409)["type"], "/problems/wrong-state");
    assert_eq!(server.job(&done)["state"], "succeeded");
}

#[test]
fn retry_runs_a_failed_job_with_the_same_id() {
    let (server, site) = (Server::start(), Site::start());
    let failed = server.count_url(&site.url("/later"));
    assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(1)));
    let id = id_of(&failed);
    site.page("/later", "now it is there");
    let again = apply(&server, &id, "retry").expect(202);
    let again = again.json();
    assert_eq!((&again["id"], &again["error"]), (&failed["id"], &json!(null)));
    let done = server.wait(&id);
    assert_eq!(done["result"]["words"], 4);
    assert_eq!(done["attempts"], 2);
    assert_eq!(done["created_at"], failed["created_at"]);
    assert_eq!(apply(&server, &id, "retry").problem(409)["type"], "/problems/wrong-state");
}

#[test]
fn retry_runs_a_cancelled_job() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    assert_eq!(apply(&server, &id, "retry").problem(409)["type"], "/problems/wrong-state", "it runs");
    assert_eq!(apply(&server, &id, "cancel").expect(200).json()["state"], "cancelled");
    gate.open();
    assert_eq!(apply(&server, &id, "retry").expect(202).json()["finished_at"], json!(null));
    assert_eq!(server.wait(&id)["result"]["words"], 2);
}

#[test]
fn delete_removes_a_job_and_its_content() {
    let (server, site) = (Server::start(), Site::start());
    let id = id_of(&server.count_text("secret words here"));
    assert!(delete(&server, &id).expect(204).body.is_empty());
    for target in [format!("/jobs/{id}"), format!("/jobs/{id}/words"), format!("/jobs/{id}?wait=1")] {
        assert_eq!(server.get(&target).problem(410)["type"], "/problems/expired-job", "{target}");
    }
    for verb in ["cancel", "retry"] {
        assert_eq!(apply(&server, &id, verb).problem(410)["type"], "/problems/expired-job");
    }
    let again = delete(&server, &id);
    assert!(matches!(again.status, 204 | 410), "{}", again.status);
    let listed = server.get(&format!("/jobs?q={id}")).expect(200).json();
    assert_eq!(listed["jobs"], json!([]));
    let gate = site.gated("/slow", "a ", "b");
    let running = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    assert_eq!(delete(&server, &running).problem(409)["type"], "/problems/wrong-state");
    gate.open();
    let _done = server.wait(&running);
    assert_eq!(delete(&server, &running).status, 204);
}

#[test]
fn delete_removes_the_words_from_disk() {
    let mut server = Launch::new().start();
    let small = "smallcanarysecret ".repeat(10);
    let large = "largecanarysecret ".repeat(20_000);
    for text in [small, large] {
        let id = id_of(&server.count_text(&text));
        assert_eq!(delete(&server, &id).status, 204);
    }
    assert!(server.stop().success());
    for file in files(server.data()) {
        let bytes = std::fs::read(&file).unwrap();
        for canary in [&b"smallcanarysecret"[..], b"largecanarysecret"] {
            let found = bytes.windows(canary.len()).any(|window| window == canary);
            assert!(!found, "{} still holds {}", file.display(), String::from_utf8_lossy(canary));
        }
    }
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn actions_on_unknown_jobs_are_refused() {
    let server = Server::start();
    let nobody = "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90";
    for verb in ["cancel", "retry"] {
        assert_eq!(apply(&server, nobody, verb).problem(404)["type"], "/problems/unknown-job");
    }
    assert_eq!(delete(&server, nobody).problem(404)["type"], "/problems/unknown-job");
}

#[test]
fn concurrent_cancels_act_once() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let each: Vec<_> = (0..16).map(|_| scope.spawn(|| apply(&server, &id, "cancel").status)).collect();
        each.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    gate.open();
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
    assert_eq!(server.job(&id)["state"], "cancelled");
}
