//! The cluster that all tests share, and what a test may ask of it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tally_tests::client::{Client, id_of};
use tally_tests::cluster::Cluster;
use tally_tests::rng::SeededRng;
use tally_tests::site::{Gate, Site};

/// Runs a test on the cluster, whole and ready, and alone. A test that fails leaves none behind: the next one starts
/// another.
pub(super) fn on_cluster(test: &str, act: impl FnOnce(&mut Cluster, &mut SeededRng)) {
    static SHARED_CLUSTER: Mutex<Option<Cluster>> = Mutex::new(None);
    let mut shared_cluster = SHARED_CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut cluster = shared_cluster.take().unwrap_or_else(Cluster::start);
    let acted = catch_unwind(AssertUnwindSafe(|| {
        cluster.mend();
        let mut rng = crate::seed(test);
        act(&mut cluster, &mut rng);
        cluster.mend();
        for member in cluster.members() {
            assert!(!member.log().contains("panicked"), "{} panicked: {}", member.name(), member.log());
        }
    }));
    if let Err(found) = acted {
        eprintln!("{test} failed; the last words of all members:\n{}", cluster.logs());
        resume_unwind(found);
    }
    *shared_cluster = Some(cluster);
}

/// Submits an address; the id of its job.
#[track_caller]
pub(super) fn submit_url(client: &Client, url: &str) -> String {
    id_of(&client.submit(&json!({ "url": url })).expect(202).json())
}

/// Submits a text; the id of its job.
#[track_caller]
pub(super) fn submit_text(client: &Client, text: &str) -> String {
    id_of(&client.submit(&json!({ "text": text })).expect(202).json())
}

/// A page whose first visitor waits at the gate; every other is served at once. It has three words.
pub(super) fn slow_at_first(site: &Site, path: &str) -> Gate {
    let gate = Gate::default();
    let ours = gate.clone();
    site.script(path, move |visit, stream| {
        if visit == 0 {
            ours.pass();
        }
        let page = tally_tests::site::whole(200, &[("Content-Type", "text/plain")], b"three plain words");
        std::io::Write::write_all(stream, &page)
    });
    gate
}

/// How a job must have ended that had three words.
#[track_caller]
pub(super) fn assert_done(job: &Value, attempts: u64) {
    assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(3)), "{job}");
    assert_eq!(job["attempts"], attempts, "{job}");
}

/// One line for a window that is hit by itself, without load: what was seen, and how long it took where that matters.
pub(super) fn tell(window: &str, what: &str, took: Duration) {
    let took = if took.is_zero() { String::new() } else { format!(" in {} ms", took.as_millis()) };
    eprintln!("{window}: {what}{took}");
}
