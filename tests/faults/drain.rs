//! SIGTERM under load: running jobs finish or are released uncharged; acknowledged jobs are kept.

use std::sync::atomic::AtomicU64;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;
use tally_tests::PATIENCE_S;
use tally_tests::client::id_of;
use tally_tests::server::Launch;
use tally_tests::site::Site;

use crate::history::{judge, settle};
use crate::load::{Done, Pages, submit};

#[test]
fn a_drain_under_load_loses_nothing_and_charges_nobody() {
    let mut rng = crate::seed("drain");
    let pages = Pages::new(&mut rng);
    let numbers = AtomicU64::new(0);
    let mut server = Launch::new().start();
    let mut attempts = Vec::new();
    let mut repeat = Vec::new();
    for _ in 0..8 {
        let client = (*server).clone();
        let after = Duration::from_millis(20 + rng.below(200));
        let (_never, moment) = channel::<()>();
        let done: Vec<Done> = std::thread::scope(|scope| {
            let each: Vec<_> = (0..8)
                .map(|_| {
                    let mut rng = rng.split();
                    let (client, pages, numbers) = (&client, &pages, &numbers);
                    scope.spawn(move || submit(client, &mut rng, pages, numbers, Vec::new(), 400))
                })
                .collect();
            let _passed = moment.recv_timeout(after);
            assert!(server.stop().success(), "a drain is no failure");
            each.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for done in done {
            attempts.extend(done.attempts);
            repeat.extend(done.repeat);
        }
        server.start_again();
    }
    let most = repeat.len();
    attempts.extend(submit(&server, &mut rng, &pages, &numbers, repeat, most).attempts);
    settle(&server);
    let verdict = judge(&server, &attempts);
    eprintln!("drain: {verdict:?}");
    verdict.assert_clean();
    for job in crate::history::all(&server) {
        assert_eq!(job["attempts"], 1, "it was charged for a drain: {job}");
    }
}

#[test]
fn a_drain_waits_for_what_runs() {
    let (mut server, site) = (Launch::new().flag("--drain-timeout", "30s").start(), Site::start());
    let gate = site.gated("/slow", "nearly ", "done");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    server.process().signal(Signal::TERM);
    let early = server.process().wait(Duration::from_millis(300));
    assert_eq!(early, None, "it left while a job ran");
    gate.open();
    let status = server.process().wait(Duration::from_secs(PATIENCE_S)).expect("it ends when the job has");
    assert!(status.success(), "{status}");
    server.kill();
    server.start_again();
    let done = server.job(&id);
    assert_eq!((&done["state"], &done["result"]["words"]), (&json!("succeeded"), &json!(2)), "{done}");
    assert_eq!(site.hits("/slow").len(), 1);
}

#[test]
fn what_does_not_end_in_time_is_given_back_uncharged() {
    let (mut server, site) = (Launch::new().flag("--drain-timeout", "1s").start(), Site::start());
    let gate = site.gated("/slow", "later ", "then");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    for drain in 1..=4 {
        site.await_hits("/slow", drain);
        let began = Instant::now();
        assert!(server.stop().success());
        assert!(began.elapsed() < Duration::from_secs(10), "the drain took {:?}", began.elapsed());
        server.start_again();
    }
    gate.open();
    let done = server.wait(&id);
    assert_eq!((&done["state"], &done["attempts"]), (&json!("succeeded"), &json!(1)), "{done}");
}

#[test]
fn those_who_wait_are_answered_when_it_drains() {
    let (mut server, site) = (Launch::new().flag("--drain-timeout", "2s").start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let client = (*server).clone();
    let target = format!("/jobs/{id}?wait=55");
    let (tell, asked) = channel();
    let poll = std::thread::spawn(move || {
        let mut connection = client.connect().unwrap();
        connection.write(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        tell.send(()).unwrap();
        connection.answer("GET")
    });
    asked.recv().unwrap();
    // Another request after it: what was written first has been read by then, most likely; either way it is answered.
    let _alive = server.get("/health/live");
    let began = Instant::now();
    assert!(server.stop().success());
    let answer = poll.join().unwrap().expect("a request that was taken is answered");
    assert_eq!(answer.status, 200);
    assert!(["running", "queued"].contains(&answer.json()["state"].as_str().unwrap()));
    assert!(began.elapsed() < Duration::from_secs(PATIENCE_S / 3));
    gate.open();
    server.start_again();
    assert_eq!(server.wait(&id)["result"]["words"], 2);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (mut server, site) = (Launch::new().flag("--drain-timeout", "60s").start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    server.process().signal(Signal::TERM);
    assert_eq!(server.process().wait(Duration::from_millis(300)), None);
    server.process().signal(Signal::TERM);
    let status = server.process().wait(Duration::from_secs(5)).expect("the second signal ends it at once");
    assert_eq!(status.code(), Some(130));
    server.kill();
    server.start_again();
    gate.open();
    assert_eq!(server.wait(&id)["result"]["words"], 2);
}
