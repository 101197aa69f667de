//! A job that kills its process is stopped after three times, and takes no innocent one with it.
//!
//! What kills here is the test: each time the job is seen to run, the process is killed from outside. To the server
//! that looks the same as a document that crashes its reader.

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::Launch;
use tally_tests::site::Site;

#[test]
fn a_job_that_is_there_at_three_crashes_fails_and_its_neighbours_succeed() {
    let (mut server, site) = (Launch::new().start(), Site::start());
    let gate = site.gated("/poison", "deadly ", "words");
    let id = id_of(&server.submit(&json!({"url": site.url("/poison")})).expect(202).json());
    let mut neighbours = Vec::new();
    for crash in 1..=3 {
        site.await_hits("/poison", crash);
        let job = server.job(&id);
        assert_eq!((&job["state"], &job["attempts"]), (&json!("running"), &json!(crash)), "{job}");
        // It is done when the crash comes, so only the job that kills is charged. At the third time that job runs
        // exclusively, and no other would end before it.
        if crash < 3 {
            let done = server.count_text(&format!("neighbour of crash {crash}"));
            neighbours.push((id_of(&done), 4));
        }
        server.kill();
        server.start_again();
    }
    let failed = server.wait(&id);
    assert_eq!(failed["state"], "failed", "{failed}");
    assert_eq!(failed["error"]["type"], "/problems/crashed-worker", "{failed}");
    assert_eq!(site.hits("/poison").len(), 3, "it ran three times and not once more");
    for (neighbour, words) in neighbours {
        let job = server.wait(&neighbour);
        assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(words)), "{job}");
    }
    assert_eq!(server.count_text("life goes on")["result"]["words"], 3);
    // Its owner may try again, and then it starts with a clean sheet.
    gate.open();
    let again = server.send(&Request::post(&format!("/jobs/{id}/retry"))).expect(202);
    assert_eq!(again.json()["state"], "queued");
    assert_eq!(server.wait(&id)["result"]["words"], 2);
}

/// The most crashes of a job beside others: two with them, which are charged to none, then three alone.
const MOST_CRASHES: usize = 5;

#[test]
fn a_job_that_kills_beside_others_fails_and_they_succeed() {
    let (mut server, site) = (Launch::new().start(), Site::start());
    let _gate = site.gated("/poison", "deadly ", "words");
    let id = id_of(&server.submit(&json!({"url": site.url("/poison")})).expect(202).json());
    let mut neighbours = Vec::new();
    let mut crashes = 0;
    let failed = loop {
        let job = server.job(&id);
        if job["state"] == "failed" {
            break job;
        }
        if site.hits("/poison").len() == crashes {
            std::thread::yield_now();
            continue;
        }
        crashes += 1;
        assert!(crashes <= MOST_CRASHES, "it ran once more: {job}");
        // They may wait, run or be done when the crash comes.
        for _ in 0..3 {
            let raced = server.submit(&json!({"text": "right before the crash"})).expect(202);
            neighbours.push(id_of(&raced.json()));
        }
        server.kill();
        server.start_again();
    };
    assert_eq!(failed["error"]["type"], "/problems/crashed-worker", "{failed}");
    for neighbour in neighbours {
        let job = server.wait(&neighbour);
        assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(4)), "{job}");
    }
}

#[test]
fn neighbours_that_run_beside_it_each_time_are_spared() {
    let (mut server, site) = (Launch::new().start(), Site::start());
    let poison = site.gated("/poison", "deadly ", "words");
    let slow = site.gated("/slow", "an innocent ", "neighbour");
    let guilty = id_of(&server.submit(&json!({"url": site.url("/poison")})).expect(202).json());
    let innocent = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    for crash in 1..=2 {
        site.await_hits("/poison", crash);
        site.await_hits("/slow", crash);
        server.kill();
        server.start_again();
    }
    // Neither was charged, because the other ran too. Now each runs exclusively, and is charged with its own crashes.
    slow.open();
    for crash in 3..=5 {
        site.await_hits("/poison", crash);
        server.kill();
        server.start_again();
    }
    assert_eq!(server.wait(&guilty)["error"]["type"], "/problems/crashed-worker");
    let spared = server.wait(&innocent);
    assert_eq!(spared["result"]["words"], 3, "{spared}");
    poison.open();
}

#[test]
fn an_orderly_end_clears_the_count_of_crashes() {
    let (mut server, site) = (Launch::new().start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let id = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    for crash in 1..=2 {
        site.await_hits("/slow", crash);
        server.kill();
        server.start_again();
    }
    gate.open();
    let done = server.wait(&id);
    assert_eq!((&done["state"], &done["attempts"]), (&json!("succeeded"), &json!(3)), "{done}");
}
