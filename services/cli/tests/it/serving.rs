//! `tally serve`: what it says, why it does not start, how it ends.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::program::{Server, run, run_command, signal, tally};
use crate::site;

#[test]
fn three_lines_tell_where_it_is_and_what_to_try() {
    let mut server = Server::start();
    let url = server.url().to_owned();
    let [listens, docs, attempt] = &server.greeting[..] else { panic!("{:?}", server.greeting) };
    assert!(listens.starts_with(concat!(
        "tally ",
        env!("CARGO_PKG_VERSION"),
        " listens on http://127.0.0.1:"
    )));
    assert_eq!(docs.trim_start(), format!("docs  {url}/docs"));
    assert_eq!(attempt.trim_start(), format!("try   curl -sd 'hello brave new world' '{url}/jobs?wait=5s'"));
    // As curl sends it.
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST /jobs?wait=5 HTTP/1.1\r\nAccept: */*\r\nContent-Length: 21\r\nConnection: close\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n";
    write!(stream, "{head}Host: {address}\r\n\r\nhello brave new world").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"words\":4"), "{answer}");
    signal(&server.child, Signal::INT);
    let (status, out, err) = server.end();
    assert_eq!((status, out.as_str()), (0, ""));
    let messages: Vec<_> =
        err.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect();
    let messages: Vec<_> = messages.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["started", "draining", "stopped"], "the log is JSON lines, one for each step");
}

/// On Linux, where a thread has a niceness of its own.
#[cfg(target_os = "linux")]
#[test]
fn who_counts_steps_back_behind_who_answers() {
    let server = Server::start();
    let began = Instant::now();
    // On a busy machine the server answers before all its threads have begun; only then have they their names.
    loop {
        let threads = niceness_of_threads(server.child.id());
        let of = |name| threads.iter().filter(move |(one, _)| one == name).map(|(_, nice)| *nice);
        let [front, store, work] =
            ["tally-io", "tally-store", "tally-cpu"].map(|name| of(name).collect::<Vec<_>>());
        if let [own] = front[..]
            && store == [own]
            && work == [(own + 5).min(19)]
        {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{threads:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// The names of a process's threads with their niceness, each once.
#[cfg(target_os = "linux")]
fn niceness_of_threads(process: u32) -> Vec<(String, i32)> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let mut niceness: Vec<_> = threads
        .map(|thread| {
            let stat = fs::read_to_string(thread.unwrap().path().join("stat")).unwrap();
            let (name, fields) = stat.split_once('(').unwrap().1.rsplit_once(')').unwrap();
            // The nineteenth field of proc_pid_stat(5); the first after the name is the third.
            let nice: i32 = fields.split_whitespace().nth(16).unwrap().parse().unwrap();
            (name.to_owned(), nice)
        })
        .collect();
    niceness.sort_unstable();
    niceness.dedup();
    niceness
}

#[test]
fn a_taken_port_names_its_holder() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = TempDir::new().unwrap();
    let mut command = tally();
    command.args(["serve", "--listen", &address, "--data"]).arg(folder.path());
    let ran = run_command(&mut command, b"").ended(69);
    let port = taken.local_addr().unwrap().port();
    assert!(ran.stderr.contains(&format!("error: port {port} is taken by ")), "{ran:?}");
    assert!(ran.stderr.contains(&format!("(process {})", std::process::id())), "{ran:?}");
    assert!(ran.stderr.contains("hint: take a free one with --listen 127.0.0.1:0"), "{ran:?}");
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let server = Server::start();
    let locked = server.folder.path().join("data").display().to_string();
    let ran = run(["serve", "--listen", "127.0.0.1:0", "--data", &locked]).ended(75);
    assert!(
        ran.stderr.contains(&locked) && ran.stderr.contains("in use by another tally process"),
        "{ran:?}"
    );
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let ran = run(["serve", "--listen", "127.0.0.1:0", "--data", file.to_str().unwrap()]).ended(73);
    assert!(ran.stderr.lines().count() <= 3 && ran.stderr.contains("hint: "), "{ran:?}");
}

#[test]
fn a_folder_of_a_newer_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let args = ["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()];
    fs::create_dir(&data).unwrap();
    let mut server = Server::start();
    signal(&server.child, Signal::TERM);
    assert_eq!(server.end().0, 0);
    let made = server.folder.path().join("data");
    for entry in fs::read_dir(&made).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let mut bytes = fs::read(entry.path()).unwrap();
        if bytes.starts_with(b"SQLite format 3\0") {
            // The user version of the file: four bytes, big-endian (sqlite.org/fileformat2.html).
            bytes[60..64].copy_from_slice(&1_000_u32.to_be_bytes());
        }
        fs::write(data.join(entry.file_name()), bytes).unwrap();
    }
    let ran = run(args).ended(65);
    assert!(ran.stderr.contains("newer version"), "{ran:?}");
}

#[test]
fn other_machines_are_let_in_on_purpose_only() {
    let ran = run(["serve", "--listen", "0.0.0.0:0", "--data", "/nowhere/data"]).ended(2);
    assert!(ran.stderr.contains("--insecure"), "{ran:?}");
}

#[test]
fn the_second_interrupt_leaves_at_once() {
    let (address, visitors) = site::silent();
    let mut server = Server::start_with(&["--fetch-allow", "127.0.0.0/8", "--drain-timeout", "60s"]);
    server.run(["submit", &format!("http://{address}/")]).ended(0);
    let _visitor = visitors.recv().unwrap();
    signal(&server.child, Signal::INT);
    let mut log = server.child.stderr.take().unwrap();
    let mut said = Vec::new();
    // The line is written when the first signal was heard.
    while !String::from_utf8_lossy(&said).contains("\"message\":\"draining\"") {
        let mut bytes = [0; 512];
        let read = log.read(&mut bytes).unwrap();
        assert_ne!(read, 0, "it ended: {}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&bytes[..read]);
    }
    signal(&server.child, Signal::INT);
    assert_eq!(server.child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_drain_gives_up_in_time_and_the_job_runs_again() {
    let (address, visitors) = site::silent();
    let flags = ["--fetch-allow", "127.0.0.0/8", "--drain-timeout", "100ms"];
    let mut server = Server::start_with(&flags);
    let job = server.run(["submit", &format!("http://{address}/"), "-o", "id"]).ended(0).stdout;
    let _visitor = visitors.recv().unwrap();
    signal(&server.child, Signal::TERM);
    assert_eq!(server.end().0, 0);
    let data = server.folder.path().join("data");
    let mut command = tally();
    command.args([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--fetch-allow",
        "127.0.0.0/8",
        "--drain-timeout",
        "100ms",
        "--data",
    ]);
    let mut child = command
        .arg(data)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(visitors.recv().is_ok(), "the job {job} asks again");
    signal(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
