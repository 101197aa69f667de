//! `tally export` and `tally import`: jobs of a stopped server, in another one.

use std::fs;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{Ran, Server, run_command, signal, tally};

/// Large enough to be kept beside its record.
const LARGE_WORDS: usize = 1 << 20;
const KEYED: [&str; 6] = ["submit", "under a key", "--idempotency-key", "order-17", "-o", "json"];

fn moved(command: &str, folder: &std::path::Path, file: (&str, &std::path::Path)) -> Ran {
    run_command(tally().arg(command).arg(folder).arg(file.0).arg(file.1), b"")
}

#[test]
fn jobs_of_a_stopped_server_go_on_in_another() {
    let mut first = Server::start();
    let counted = first.run(["submit", "three short words", "--wait", "-o", "json"]).ended(0).json();
    // It can be retried, so what was handed in with it is kept, in a file of its own.
    let long = first.folder.path().join("long.pdf");
    fs::write(&long, "%PDF-1.7 ".repeat(LARGE_WORDS)).unwrap();
    let failed = first.run(["submit", long.to_str().unwrap(), "--wait", "-o", "json"]).ended(3).json();
    let keyed = first.run(KEYED).ended(0).json()["id"].clone();
    let shown = |server: &Server, id: &str| server.run(["get", id]).ended(0).json();
    let ids = [&counted, &failed].map(|job| job["id"].as_str().unwrap().to_owned());
    let before = ids.each_ref().map(|id| shown(&first, id));
    signal(&first.child, Signal::TERM);
    assert_eq!(first.end().0, 0);

    let place = TempDir::new().unwrap();
    let (file, folder) = (place.path().join("jobs.ndjson"), place.path().join("data"));
    let exported = moved("export", &first.folder.path().join("data"), ("-o", &file)).ended(0);
    assert!(exported.stderr.contains("exported 3 jobs"), "{exported:?}");
    let imported = moved("import", &folder, ("-i", &file)).ended(0);
    assert!(imported.stderr.contains("imported 3 jobs; 0 were here already"), "{imported:?}");
    let again = moved("import", &folder, ("-i", &file)).ended(0);
    assert!(again.stderr.contains("imported 0 jobs; 3 were here already"), "{again:?}");
    assert!(!again.stderr.contains("stay behind"), "{again:?}");

    let second = Server::start_on(&folder);
    assert_eq!(ids.each_ref().map(|id| shown(&second, id)), before);
    assert_eq!(second.run(KEYED).ended(0).json()["id"], keyed, "the key came along");
    let retried = second.run(["retry", &ids[1], "-o", "json"]).ended(0).json();
    assert_eq!(retried["state"], "queued");
    // What was handed in came along: it is read again, and refused for what it is.
    let ended = second.run(["watch", &ids[1], "-o", "json"]).ended(3).json();
    assert_eq!(ended["error"]["type"], failed["error"]["type"], "{ended}");
}

#[test]
fn a_store_that_was_used_before_keeps_its_own_secret_and_says_so() {
    let [mut first, mut second] = [Server::start(), Server::start()];
    let there = first.run(KEYED).ended(0).json()["id"].clone();
    let here = second.run(KEYED).ended(0).json()["id"].clone();
    for server in [&mut first, &mut second] {
        signal(&server.child, Signal::TERM);
        assert_eq!(server.end().0, 0);
    }
    let place = TempDir::new().unwrap();
    let (file, folder) = (place.path().join("jobs.ndjson"), second.folder.path().join("data"));
    moved("export", &first.folder.path().join("data"), ("-o", &file)).ended(0);
    let imported = moved("import", &folder, ("-i", &file)).ended(0);
    assert!(imported.stderr.contains("keys of idempotency stay behind"), "{imported:?}");
    let again = Server::start_on(&folder);
    assert_eq!(again.run(KEYED).ended(0).json()["id"], here);
    assert_eq!(again.run(["get", there.as_str().unwrap()]).ended(0).json()["id"], there);
}

#[test]
fn a_line_that_is_no_job_is_told_by_its_number() {
    let place = TempDir::new().unwrap();
    let (file, folder) = (place.path().join("jobs.ndjson"), place.path().join("data"));
    fs::write(&file, "{\"a\":1}\n").unwrap();
    let refused = moved("import", &folder, ("-i", &file)).ended(65);
    assert!(refused.stderr.contains("line 1: it is neither a job nor a piece of a body"), "{refused:?}");
    let nowhere = run_command(tally().arg("export"), b"").ended(2);
    assert!(nowhere.stderr.contains("MONGODB_URI"), "{nowhere:?}");
}
