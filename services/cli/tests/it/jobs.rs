//! The commands that talk to a server.

use std::fs;

use crate::program::{Server, run, run_command, tally};

#[test]
fn submit_and_wait_gives_a_table_with_a_total() {
    let server = Server::start();
    let page = server.folder.path().join("page.html");
    fs::write(&page, "<p>two words</p>").unwrap();
    let page = page.to_str().unwrap();
    let ran = server
        .run_with(["submit", "hello brave new world", page, "-", "--text", "one", "--wait"], b"a b c")
        .ended(0);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let column = lines[0].iter().position(|name| *name == "unicode").unwrap();
    let words: Vec<_> = lines[1..].iter().map(|line| line[column]).collect();
    assert_eq!(words, ["4", "2", "3", "1", "10"], "in the order of the arguments, then the total: {ran:?}");
    assert_eq!((lines[2].last(), lines[5].last()), (Some(&"page.html"), Some(&"total")));
    assert_eq!(ran.stderr, "");
}

#[test]
fn the_life_of_a_job_from_the_command_line() {
    let server = Server::start();
    let id = server
        .run(["submit", "some words here", "--label", "team:docs", "--wait", "-o", "id"])
        .ended(0)
        .stdout;
    let id = id.trim();
    let job = server.run(["get", id]).ended(0).json();
    assert_eq!((&job["state"], &job["result"]["words"]), (&"succeeded".into(), &3.into()));
    let of_title = server.run(["get", id, "--regions", "title,nav"]).ended(0).json();
    assert_eq!((&of_title["state"], &of_title["result"]["words"]), (&"succeeded".into(), &0.into()));
    let watched = server.run(["watch", id, "-o", "jsonl"]).ended(0);
    assert_eq!(watched.lines()[0]["id"], id);
    assert_eq!(watched.stderr, format!("{id}  succeeded\n"));
    let found = server
        .run(["list", "--label", "team:docs", "--state", "succeeded", "--since", "1h", "-o", "id"])
        .ended(0);
    assert_eq!(found.stdout.trim(), id);
    assert_eq!(
        server.run(["list", "--label", "team:other", "-o", "json"]).ended(0).json(),
        serde_json::json!([])
    );
    let ended = server.run(["cancel", id]).ended(1);
    assert!(ended.stderr.starts_with(&format!("error: {id}: ")), "{ended:?}");
    server.run(["delete", id]).ended(0);
    assert!(server.run(["get", id]).ended(5).stderr.contains("hint: more about this: http://"));
}

#[test]
fn lists_go_on_over_pages() {
    let server = Server::start();
    let texts: Vec<String> = (0..7).map(|number| format!("text number {number}")).collect();
    let submitted =
        server.run(["submit", "-o", "id"].into_iter().chain(texts.iter().map(String::as_str))).ended(0);
    assert_eq!(submitted.stdout.lines().count(), 7);
    assert_eq!(server.run(["list", "-n", "5", "-o", "jsonl"]).ended(0).lines().len(), 5);
    assert_eq!(server.run(["list", "-o", "jsonl"]).ended(0).lines().len(), 7);
    let all: Vec<&str> = submitted.stdout.lines().collect();
    server.run(["watch"].into_iter().chain(all)).ended(0);
}

#[test]
fn a_job_that_fails_is_3_and_says_why() {
    let server = Server::start();
    let path = server.folder.path().join("paper.pdf");
    fs::write(&path, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n").unwrap();
    let ran = server.run(["submit", path.to_str().unwrap(), "good text", "--wait", "-o", "jsonl"]).ended(3);
    assert!(ran.stderr.contains("error: paper.pdf: the PDF document is broken"), "{ran:?}");
    let mut states: Vec<_> =
        ran.lines().iter().map(|job| job["state"].as_str().unwrap().to_owned()).collect();
    states.sort();
    assert_eq!(states, ["failed", "succeeded"]);
    let denied = server.run(["submit", "http://127.0.0.1:1/", "--wait"]).ended(3);
    assert!(denied.stderr.contains("hint: private addresses are blocked"), "{denied:?}");
}

#[test]
fn what_cannot_be_handed_in_does_not_keep_the_others() {
    let server = Server::start();
    let ran = server.run(["submit", "missing.txt", "two words", "--wait", "-o", "jsonl"]).ended(1);
    assert_eq!(ran.lines().len(), 1);
    assert!(ran.stderr.contains(
        "error: missing.txt: no such file\nhint: to count it as a text: tally submit --text missing.txt"
    ));
}

#[test]
fn the_server_explains_what_is_wrong_with_a_request() {
    let server = Server::start();
    let ran = server.run(["submit", "some text", "--definition", "words", "--priority", "urgent"]).ended(1);
    assert!(ran.stderr.contains("hint: ?definition: one of wc, unicode"), "{ran:?}");
    assert!(ran.stderr.contains("hint: ?priority: one of high, normal, low"), "{ran:?}");
}

#[test]
fn a_key_names_one_job() {
    let server = Server::start();
    let submit = |text| server.run(["submit", text, "--idempotency-key", "invoice-7", "--wait", "-o", "id"]);
    let first = submit("the same text").ended(0).stdout;
    assert_eq!(submit("the same text").ended(0).stdout, first);
    assert!(submit("another text").ended(1).stderr.contains("Idempotency-Key"));
    server.run(["submit", "one text", "and another", "--idempotency-key", "x"]).ended(2);
}

#[test]
fn large_files_and_pipes_stream() {
    let server = Server::start();
    let text = "ten words of text that fill a line of it\n".repeat(200_000);
    let path = server.folder.path().join("large.txt");
    fs::write(&path, &text).unwrap();
    for (argument, stdin) in [(path.to_str().unwrap(), &b""[..]), ("-", text.as_bytes())] {
        let job = server.run_with(["submit", argument, "--wait", "-o", "json"], stdin).ended(0).json();
        assert_eq!(job["result"]["definitions"]["wc"], 2_000_000, "{argument}");
        assert_eq!(job["source"]["bytes"], text.len());
    }
}

#[test]
fn doctor_looks_at_server_and_folder() {
    let server = Server::start();
    let data = server.folder.path().join("data");
    let data = data.to_str().unwrap();
    let ran = server.run(["doctor", "--data", data, "-o", "json"]);
    let checks: Vec<_> =
        ran.json().as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap().to_owned()).collect();
    assert_eq!(checks, ["server", "ready", "clock", "data", "room"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let nobody = run(["doctor", "--server", "http://127.0.0.1:1"]).ended(69);
    assert!(nobody.stdout.contains("cannot reach the server"), "{nobody:?}");
}

#[test]
fn a_server_that_is_not_there_is_69_and_tells_how_to_start_one() {
    for args in [&["submit", "some text"][..], &["list"], &["get", "0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90"]] {
        let ran = run_command(tally().args(args).env("TALLY_URL", "http://127.0.0.1:1"), b"").ended(69);
        assert!(
            ran.stderr.contains("cannot reach the server at http://127.0.0.1:1: Connection refused"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("tally serve"), "{ran:?}");
    }
    assert_eq!(run(["get", "../metrics"]).status, 2);
    assert_eq!(run(["list", "--server", "ftp://x"]).status, 2);
}
