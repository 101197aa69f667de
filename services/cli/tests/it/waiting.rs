//! Waiting that ends before the job does.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::Signal;

use crate::program::{Server, signal, tally};
use crate::site;

#[test]
fn patience_that_ends_is_6_and_the_job_goes_on() {
    let (address, visitors) = site::silent();
    let server = Server::start_with(&["--fetch-allow", "127.0.0.0/8"]);
    let url = format!("http://{address}/slow");
    let ran = server.run(["submit", &url, "--wait", "--timeout", "200ms", "-o", "json"]).ended(6);
    let _visitor = visitors.recv().unwrap();
    let id = ran.json()["id"].as_str().unwrap().to_owned();
    assert!(
        ran.stderr.contains(&format!("hint: the job continues; to see the end: tally watch {id}")),
        "{ran:?}"
    );
    let watched = server.run(["watch", &id, "--timeout", "100ms"]).ended(6);
    assert!(watched.stderr.contains(&format!("{id}  running")), "{watched:?}");
    let cancelled = server.run(["cancel", &id, "-o", "json"]).ended(0).json();
    assert_eq!(cancelled["state"], "cancelled");
    server.run(["watch", &id]).ended(3);
    let again = server.run(["retry", &id, "-o", "json"]).ended(0).json();
    assert_eq!(again["state"], "queued");
    let _visitor = visitors.recv().unwrap();
    server.run(["cancel", &id]).ended(0);
}

#[test]
fn an_interrupt_is_130_and_says_how_to_go_on() {
    let (address, visitors) = site::silent();
    let server = Server::start_with(&["--fetch-allow", "127.0.0.0/8"]);
    let job = server.run(["submit", &format!("http://{address}/"), "-o", "id"]).ended(0).stdout;
    let job = job.trim();
    let _visitor = visitors.recv().unwrap();
    let mut command = tally();
    command.args(["watch", job]).env("TALLY_URL", server.url());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(said.next().unwrap(), format!("{job}  running"));
    signal(&child, Signal::INT);
    assert_eq!(said.next().unwrap(), "error: interrupted");
    assert_eq!(said.next().unwrap(), format!("hint: the job continues; to see the end: tally watch {job}"));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    server.run(["cancel", job]).ended(0);
}

#[test]
fn results_stream_as_they_come() {
    let (address, visitors) = site::silent();
    let server = Server::start_with(&["--fetch-allow", "127.0.0.0/8"]);
    let mut command = tally();
    command.args(["submit", &format!("http://{address}/"), "a quick text", "--wait", "-o", "jsonl"]);
    let mut child =
        command.env("TALLY_URL", server.url()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let _visitor = visitors.recv().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["result"]["words"], 3, "the text is told while the address is still waited for");
    let running = server.run(["list", "--state", "running", "-o", "id"]).ended(0).stdout;
    server.run(["cancel", running.trim()]).ended(0);
    let second: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(second["state"], "cancelled");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}
