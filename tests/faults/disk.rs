//! A full disk: refused in good order, reading goes on, nothing is damaged, and it works again when there is room.
//!
//! The disk is a small tmpfs in a mount namespace of its own, which needs no privileges on most systems. The server
//! joins that namespace; the test reaches the files through its process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::rng::SeededRng;
use tally_tests::server::Launch;
use tally_tests::{client::Client, oracle};
use tempfile::TempDir;

/// The disk's size, in bytes.
const DISK: usize = 24 << 20;
/// What is taken away on demand to make room again, in bytes.
const BALLAST: usize = 8 << 20;

/// A namespace with a small disk, alive as long as this value.
struct SmallDisk {
    holder: Child,
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Self {
        let folder = TempDir::with_prefix("tally-disk-").unwrap();
        let path = folder.path().display();
        let script = format!(
            "mount -t tmpfs -o size={DISK} tally {path} && mkdir {path}/data && \
             head -c {BALLAST} /dev/zero > {path}/ballast && echo ready && exec cat"
        );
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs unshare (util-linux)");
        let mut ready = String::new();
        let mut stdout = std::io::BufReader::new(holder.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut stdout, &mut ready).unwrap();
        assert_eq!(
            ready, "ready\n",
            "this test needs user namespaces that may mount a tmpfs, or to run as root"
        );
        Self { holder, folder }
    }

    fn wrapper(&self) -> Vec<String> {
        let target = self.holder.id().to_string();
        ["nsenter", "--user", "--mount", "--preserve-credentials", "--target", &target]
            .map(str::to_owned)
            .into()
    }

    /// A path on the disk as the world outside sees it.
    fn outside(&self, name: &str) -> PathBuf {
        let inside = self.folder.path().strip_prefix("/").unwrap();
        Path::new("/proc").join(self.holder.id().to_string()).join("root").join(inside).join(name)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ended = self.holder.wait();
    }
}

/// Submits until the disk is full: the ids that were acknowledged, with their words.
fn fill(client: &Client, rng: &mut SeededRng) -> Vec<(String, u64)> {
    let mut kept = Vec::new();
    let mut refused = 0;
    for number in 0..5_000 {
        // Large and small ones, so that both ways of keeping a body meet the end of the disk.
        let text = rng.text(if number % 3 == 0 { 40_000 } else { 2_000 });
        let answer = client.send(&Request::post("/jobs").body("text/plain; charset=utf-8", text.clone()));
        match answer.status {
            202 => {
                kept.push((id_of(&answer.json()), oracle::count(&text).words));
                refused = 0;
            }
            503 | 507 => {
                let problem = answer.problem(answer.status);
                assert!(problem["type"].as_str().unwrap().starts_with("/problems/"));
                assert!(answer.header("retry-after").is_some(), "{problem}");
                refused += 1;
            }
            other => panic!("a full disk was answered with {other}: {}", answer.text()),
        }
        if refused >= 20 {
            return kept;
        }
    }
    panic!("the disk does not get full");
}

#[test]
fn a_full_disk_refuses_and_reads_and_recovers() {
    let mut rng = crate::seed("disk");
    let disk = SmallDisk::mount();
    let wrapper = disk.wrapper();
    let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let mut server = Launch::new().through(&words).data(&disk.data()).start();
    let early = server.count_text("three early words");
    let kept = fill(&server, &mut rng);
    eprintln!("disk: {} jobs fit", kept.len());
    assert!(kept.len() > 20, "the disk was full at once");
    // Reading goes on.
    assert_eq!(server.job(&id_of(&early)), early);
    assert_eq!(server.get("/health/live").status, 200);
    assert!(!server.get("/jobs?limit=5").expect(200).json()["jobs"].as_array().unwrap().is_empty());
    // Room again: work goes on where it stood.
    std::fs::remove_file(disk.outside("ballast")).unwrap();
    for (id, words) in &kept {
        let job = server.wait(id);
        assert_eq!((&job["state"], &job["result"]["words"]), (&json!("succeeded"), &json!(words)), "{job}");
    }
    assert_eq!(server.count_text("room again")["result"]["words"], 2);
    // And nothing is damaged: a start after a kill finds all of it.
    server.kill();
    server.start_again();
    for (id, words) in &kept {
        assert_eq!(server.job(id)["result"]["words"], *words);
    }
    assert_eq!(server.job(&id_of(&early)), early);
}

#[test]
fn a_start_on_a_full_disk_says_so() {
    let disk = SmallDisk::mount();
    let filler = disk.outside("filler");
    // The disk takes what it can.
    let _full = std::fs::write(&filler, vec![0_u8; DISK]);
    let wrapper = disk.wrapper();
    let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let log = TempDir::new().unwrap();
    let mut command = Launch::new().through(&words).data(&disk.data()).command(&disk.data());
    let process = tally_tests::process::Process::start(&mut command, &log.path().join("log"));
    let status =
        process.wait(std::time::Duration::from_secs(tally_tests::PATIENCE_S)).expect("it cannot start");
    let said = process.log();
    assert!(matches!(status.code(), Some(73 | 74)), "{status}: {said}");
    assert!(!said.contains("panicked"), "{said}");
}
