//! The data folder is removed or replaced under a running server, or damaged while no server runs: the server refuses
//! instead of losing jobs without a word.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tally_tests::client::{Client, id_of};
use tally_tests::message::Request;
use tally_tests::process::Process;
use tally_tests::server::{Launch, Server};
use tempfile::TempDir;

/// Within this time a server must notice.
const NOTICE: Duration = Duration::from_secs(1);

/// Submits until the first refusal: the ids that were acknowledged.
fn submit_until_refused(client: &Client) -> Vec<String> {
    let began = Instant::now();
    let mut acknowledged = Vec::new();
    loop {
        let answer = client.send(&Request::post("/jobs").body("text/plain", "one more job"));
        if answer.status != 202 {
            let _ = answer.problem(503);
            return acknowledged;
        }
        acknowledged.push(id_of(&answer.json()));
        assert!(began.elapsed() < NOTICE, "it still accepts jobs");
    }
}

/// A server on `place/data`, with some acknowledged jobs.
fn start_with_jobs(place: &Path) -> (Server, Vec<String>) {
    let data = place.join("data");
    fs::create_dir(&data).unwrap();
    let server = Launch::new().data(&data).start();
    let ids = (0..20).map(|number| id_of(&server.count_text(&format!("job {number}")))).collect();
    (server, ids)
}

#[test]
fn a_folder_that_is_moved_away_is_noticed_and_nothing_acknowledged_is_lost() {
    let place = TempDir::new().unwrap();
    let (mut server, mut ids) = start_with_jobs(place.path());
    let [data, moved] = ["data", "moved"].map(|name| place.path().join(name));
    fs::rename(&data, &moved).unwrap();
    // What is acknowledged before it notices is in the moved folder.
    ids.extend(submit_until_refused(&server));
    let ready = server.get("/health/ready").problem(503);
    assert!(ready.to_string().contains("store"), "{ready}");
    assert_eq!(server.get(&format!("/jobs/{}", ids[0])).status, 200, "reading goes on");
    server.kill();
    fs::rename(&moved, &data).unwrap();
    server.start_again();
    for id in &ids {
        assert_eq!(server.wait(id)["state"], "succeeded");
    }
}

#[test]
fn a_folder_that_is_removed_or_replaced_takes_no_more_jobs() {
    for replaced in [false, true] {
        let place = TempDir::new().unwrap();
        let (server, _) = start_with_jobs(place.path());
        let data = place.path().join("data");
        fs::remove_dir_all(&data).unwrap();
        if replaced {
            fs::create_dir(&data).unwrap();
        }
        assert_eq!(submit_until_refused(&server), Vec::<String>::new(), "replaced: {replaced}");
        let _ = server.get("/health/ready").problem(503);
        server.abandon();
    }
}

/// Stops the server without an orderly end, damages its folder, and returns what the next start says.
fn refusal_after(damage: impl FnOnce(&Path)) -> String {
    let place = TempDir::new().unwrap();
    let (mut server, _) = start_with_jobs(place.path());
    server.kill();
    let data = place.path().join("data");
    damage(&data);
    let log = place.path().join("log");
    let process = Process::start(&mut Launch::new().command(&data), &log);
    let status = process.wait(Duration::from_secs(tally_tests::PATIENCE_S)).expect("it refuses to start");
    let said = process.log();
    assert_eq!(status.code(), Some(65), "{said}");
    assert!(said.contains("tally doctor --repair"), "{said}");
    said
}

fn flip_a_bit(file: &Path, at: impl FnOnce(usize) -> usize) {
    let mut bytes = fs::read(file).unwrap();
    let at = at(bytes.len());
    bytes[at] ^= 4;
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_damaged_or_missing_log_or_database_is_refused() {
    let wal = |data: &Path| -> PathBuf { data.join("tally.db-wal") };
    refusal_after(|data| flip_a_bit(&wal(data), |bytes| bytes / 2));
    refusal_after(|data| flip_a_bit(&wal(data), |_| 17));
    refusal_after(|data| fs::remove_file(wal(data)).unwrap());
    refusal_after(|data| fs::write(wal(data), b"").unwrap());
    refusal_after(|data| {
        let bytes = fs::read(wal(data)).unwrap();
        fs::write(wal(data), &bytes[..bytes.len() * 2 / 3]).unwrap();
    });
    refusal_after(|data| fs::remove_file(data.join("tally.db")).unwrap());
    refusal_after(|data| fs::write(data.join("tally.db"), b"").unwrap());
}
