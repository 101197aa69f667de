//! Documents larger than the memory limit: streamed in, counted in constant memory, kept over a restart.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::{Launch, Server};
use tally_tests::site::Site;
use tally_tests::watch::Watch;

/// The limit of the process's peak memory, in bytes.
const MEMORY: u64 = 150_000_000;
/// A line of 16 words in 100 bytes.
const LINE: &str =
    "the quick brown fox jumps over the lazy dog and then runs away from every single hunter in the woods.\n";

/// Streams a text of about this many bytes in chunks, without holding it in memory.
fn upload(server: &Server, target: &str, bytes: usize) -> (String, u64) {
    let block = LINE.repeat(640);
    let blocks = bytes / block.len();
    let request = server.placed(&Request::post(target).header("Content-Type", "text/plain; charset=utf-8"));
    let mut sent = 0;
    let answer = server.connect().unwrap().stream(&request, |chunk| {
        chunk.extend_from_slice(block.as_bytes());
        sent += 1;
        sent < blocks
    });
    let words = LINE.split_ascii_whitespace().count() * 640 * blocks;
    (id_of(&answer.unwrap().expect(202).json()), words as u64)
}

#[test]
fn counts_sixty_four_megabytes_in_constant_memory() {
    let server = Launch::new().flag("--max-upload", "100MB").start();
    let (id, words) = upload(&server, "/jobs?definition=wc", 64_000_000);
    let held = server.process().memory().peak;
    assert!(held < MEMORY, "the upload took {held} bytes");
    let done = server.wait(&id);
    assert_eq!(done["result"]["words"], words, "{done}");
    let counted = server.process().memory().peak;
    assert!(counted < MEMORY, "counting it took {counted} bytes");
}

#[test]
fn six_large_documents_at_once_stay_within_the_limit() {
    let server = Launch::new().flag("--max-upload", "100MB").start();
    let start = Barrier::new(6);
    let jobs: Vec<(String, u64)> = std::thread::scope(|scope| {
        let each: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    upload(&server, "/jobs?definition=wc", 12_000_000)
                })
            })
            .collect();
        each.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (id, words) in jobs {
        assert_eq!(server.wait(&id)["result"]["words"], words);
    }
    let peak = server.process().memory().peak;
    assert!(peak < MEMORY, "six at once took {peak} bytes");
}

#[test]
fn a_large_document_survives_a_crash() {
    let mut server = Launch::new().start();
    let (id, words) = upload(&server, "/jobs?definition=wc", 20_000_000);
    server.kill();
    server.start_again();
    let done = server.wait(&id);
    assert_eq!((&done["state"], &done["result"]["words"]), (&json!("succeeded"), &json!(words)));
}

#[test]
fn an_aborted_upload_leaves_nothing() {
    let server = Server::start();
    let watch = Watch::over(&server);
    let on_disk = server.is_ours().then(|| size(server.data()));
    for _ in 0..5 {
        let mut connection = server.connect().unwrap();
        let head = "POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10000000\r\n\r\n";
        connection.write(head.as_bytes()).unwrap();
        connection.write(&vec![b'x'; 1_000_000]).unwrap();
    }
    assert_eq!(server.count_text("still alive here")["result"]["words"], 3);
    watch.expect_no_stray("an aborted body");
    if let Some(on_disk) = on_disk {
        // The server notices a closed connection after a while. But it must remove the pieces.
        let until = Instant::now() + Duration::from_secs(20);
        while size(server.data()) > on_disk + 1_000_000 {
            assert!(
                Instant::now() < until,
                "{} bytes are left of bodies that broke off",
                size(server.data())
            );
            let _while_asking = server.get("/health/ready");
        }
    }
}

fn size(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0, // It was removed between the two calls.
    });
    sizes.sum()
}

#[test]
fn a_large_page_is_counted_while_it_streams() {
    let (server, site) = (Server::start(), Site::start());
    let block = Arc::new(LINE.repeat(640));
    let ours = Arc::clone(&block);
    site.script("/large", move |_, stream| {
        use std::io::Write;
        let length = ours.len() * 300;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n")?;
        (0..300).try_for_each(|_| stream.write_all(ours.as_bytes()))
    });
    let done = server.finish(&server.submit(&json!({"url": site.url("/large"), "definition": "wc"})));
    assert_eq!(done["result"]["words"], LINE.split_ascii_whitespace().count() * 640 * 300);
    if server.is_ours() {
        let peak = server.process().memory().peak;
        assert!(peak < MEMORY, "it took {peak} bytes");
    }
}

#[test]
fn small_jobs_do_not_wait_behind_large_ones() {
    let server = Launch::new().flag("--max-upload", "100MB").start();
    let large: Vec<_> = (0..3).map(|_| upload(&server, "/jobs", 30_000_000)).collect();
    let began = Instant::now();
    let small = server.send(&Request::post("/jobs?wait=30").json(&json!({"text": "quick one"}))).expect(200);
    let took = began.elapsed();
    assert_eq!(small.json()["result"]["words"], 2);
    assert!(took < Duration::from_secs(5), "a small job took {took:?} beside large ones");
    for (id, words) in large {
        let done = server.wait(&id);
        assert_eq!(done["result"]["definitions"]["wc"], words);
    }
}
