//! A stored body that the disk cut, changed or lengthened is never counted as if it were whole.

use std::fs;
use std::path::{Path, PathBuf};

use tally_tests::client::id_of;
use tally_tests::message::Request;
use tally_tests::server::{Launch, Server};

/// The only stored body of a data folder.
fn only_body(data: &Path) -> PathBuf {
    let folders = fs::read_dir(data.join("blobs")).unwrap().map(|folder| folder.unwrap());
    let folders = folders.filter(|folder| folder.file_name() != "incoming");
    let files =
        folders.flat_map(|folder| fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()));
    let files: Vec<_> = files.collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn type_of_retry(server: &Server, id: &str) -> String {
    let _ = server.send(&Request::post(&format!("/jobs/{id}/retry"))).expect(202);
    server.wait(id)["error"]["type"].as_str().unwrap().to_owned()
}

#[test]
fn a_damaged_body_is_lost_content_also_where_its_reader_fails_first() {
    let server = Launch::new().start();
    // No PDF is read from this, so the job fails and keeps its body; a retry reads it again.
    let body = "%PDF-1.7 ".repeat(100_000);
    let submitted = server.send(&Request::post("/jobs").body("application/pdf", body.clone())).expect(202);
    let id = id_of(&submitted.json());
    let unreadable = server.wait(&id)["error"]["type"].as_str().unwrap().to_owned();
    assert_ne!(unreadable, "/problems/content-lost");
    let file = only_body(server.data());
    assert_eq!(type_of_retry(&server, &id), unreadable);
    let mut changed = body.clone().into_bytes();
    *changed.last_mut().unwrap() ^= 1;
    let lengthened = format!("{body}!").into_bytes();
    for damaged in [&body.as_bytes()[..400_000], b"", &changed, &lengthened] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(type_of_retry(&server, &id), "/problems/content-lost", "{} bytes", damaged.len());
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(type_of_retry(&server, &id), "/problems/content-lost");
    fs::write(&file, &body).unwrap();
    assert_eq!(type_of_retry(&server, &id), unreadable, "whole again");
}
