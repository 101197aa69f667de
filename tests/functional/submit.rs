//! The three kinds of input (address, text, document) in every encoding that clients use.

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::message::{Answer, Request};
use tally_tests::multipart::Form;
use tally_tests::server::Server;
use tally_tests::site::Site;

/// Checks what holds for every accepted job.
#[track_caller]
fn accepted(answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let job = answer.json();
    assert_eq!(answer.header("location"), Some(format!("/jobs/{}", id_of(&job)).as_str()));
    assert_eq!(job["links"]["self"], format!("/jobs/{}", id_of(&job)));
    assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok_and(|s| s >= 1)));
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    assert!(["queued", "running", "succeeded"].contains(&job["state"].as_str().unwrap_or_default()), "{job}");
    job
}

#[track_caller]
fn words(job: &Value) -> u64 {
    assert_eq!(job["state"], "succeeded", "{job}");
    job["result"]["words"].as_u64().unwrap_or_else(|| panic!("no words: {job}"))
}

#[test]
fn accepts_json_with_a_text() {
    let server = Server::start();
    let answer = server.submit(&json!({"text": "hello brave new world"}));
    let job = accepted(&answer);
    assert_eq!(job["source"]["kind"], "text");
    let done = server.finish(&answer);
    assert_eq!(words(&done), 4);
    assert_eq!(done["source"]["bytes"], 21);
    assert_eq!(done["attempts"], 1);
    assert_eq!(done["error"], Value::Null);
}

#[test]
fn accepts_json_with_an_address() {
    let (server, site) = (Server::start(), Site::start());
    site.page("/page", "five words on a page");
    let answer = server.submit(&json!({"url": site.url("/page")}));
    let job = accepted(&answer);
    assert_eq!(job["source"]["url"], site.url("/page"));
    let done = server.finish(&answer);
    assert_eq!(words(&done), 5);
    assert_eq!(done["source"]["final_url"], site.url("/page"));
    assert_eq!(done["source"]["bytes"], 20);
}

#[test]
fn accepts_a_form_with_a_text_or_an_address() {
    let (server, site) = (Server::start(), Site::start());
    site.page("/a b", "");
    site.page("/page?x=1&y=2", "one two three");
    let form = |body: &str| {
        server.send(&Request::post("/jobs").body("application/x-www-form-urlencoded", body.to_owned()))
    };
    assert_eq!(words(&server.finish(&form("text=two+plus%20words"))), 3);
    assert_eq!(words(&server.finish(&form("top=1&text=a+b"))), 2);
    let escaped = site.url("/page?x=1&y=2").replace(':', "%3A").replace('/', "%2F").replace('&', "%26");
    let answer = form(&format!("url={escaped}"));
    accepted(&answer);
    assert_eq!(words(&server.finish(&answer)), 3);
}

#[test]
fn accepts_curl_d_as_a_text() {
    // The default type of curl, so the most common first attempt.
    let server = Server::start();
    let bare = |body: &str| {
        server.send(&Request::post("/jobs").body("application/x-www-form-urlencoded", body.to_owned()))
    };
    assert_eq!(words(&server.finish(&bare("hello brave new world"))), 4);
    assert_eq!(
        words(&server.finish(&bare("50% of a=b & c + d"))),
        words(&server.count_text("50% of a=b & c + d"))
    );
}

#[test]
fn accepts_multipart_with_a_file_a_text_or_an_address() {
    let (server, site) = (Server::start(), Site::start());
    site.page("/page", "six words are on this page");
    let send = |form: Form| server.send(&Request::post("/jobs").body(&Form::content_type(), form.finish()));
    let answer = send(Form::new().field("top", "1").file("notes.txt", "text/plain", b"a file of five words"));
    let job = accepted(&answer);
    assert_eq!((&job["source"]["kind"], &job["source"]["name"]), (&json!("file"), &json!("notes.txt")));
    let done = server.finish(&answer);
    assert_eq!(words(&done), 5);
    assert_eq!(done["result"]["top_words"].as_array().map(Vec::len), Some(1));
    assert_eq!(words(&server.finish(&send(Form::new().field("text", "three small words")))), 3);
    assert_eq!(words(&server.finish(&send(Form::new().field("url", &site.url("/page"))))), 6);
    // Options may also follow the file.
    let late = send(Form::new().file("late.txt", "text/plain", b"a b").field("label", "when:late"));
    assert_eq!(server.finish(&late)["labels"], json!({"when": "late"}));
}

#[test]
fn accepts_a_raw_body_as_a_document() {
    let server = Server::start();
    let raw = |kind: &str, body: &[u8]| server.send(&Request::post("/jobs").body(kind, body.to_vec()));
    assert_eq!(words(&server.finish(&raw("text/plain", b"four words of text"))), 4);
    let page = b"<!doctype html><title>Not counted</title><p>Three short <b>wo</b>rds</p>";
    let done = server.finish(&raw("text/html; charset=utf-8", page));
    assert_eq!(words(&done), 3);
    assert_eq!(done["source"]["media_type"], "text/html");
    let done = server.finish(&raw("text/markdown", b"# A title\n\nand *four* more words\n"));
    assert_eq!(words(&done), 6);
    // Without a type the content decides.
    let bare = server.send(&Request::post("/jobs").bare_body(page.to_vec()));
    assert_eq!(words(&server.finish(&bare)), 3);
}

#[test]
fn document_name_comes_from_the_query_or_content_disposition() {
    let server = Server::start();
    let named = server.send(&Request::post("/jobs?filename=a%20b.txt").body("text/plain", "x"));
    assert_eq!(server.finish(&named)["source"]["name"], "a b.txt");
    let request =
        Request::post("/jobs").header("Content-Disposition", "attachment; filename=\"../../etc/c.txt\"");
    let disposed = server.send(&request.body("text/plain", "x"));
    assert_eq!(server.finish(&disposed)["source"]["name"], "c.txt", "a name is never a path");
}

#[test]
fn format_is_detected_from_content_then_type_then_name() {
    let server = Server::start();
    let read = |query: &str, kind: &str, body: &str| {
        let done = server.finish(&server.send(&Request::post(&format!("/jobs{query}")).body(kind, body)));
        assert_eq!(done["state"], "succeeded", "{done}");
        done["source"]["media_type"].clone()
    };
    let page = "<!DOCTYPE html><p>two words</p>";
    assert_eq!(read("?filename=a.txt", "application/octet-stream", page), "text/html");
    assert_eq!(read("?filename=a.txt", "text/plain", page), "text/html", "the first bytes decide");
    assert_eq!(read("?filename=a.html", "text/plain", "<p>two</p>"), "text/plain", "a tag is not enough");
    assert_eq!(read("?filename=a.html", "application/octet-stream", "two words"), "text/html");
    assert_eq!(read("?filename=a.md", "application/octet-stream", "two words"), "text/markdown");
    assert_eq!(read("", "application/octet-stream", "two words"), "text/plain");
    for kind in ["text/x-csv", "application/x-csv", "text/comma-separated-values; charset=utf-8"] {
        assert_eq!(read("", kind, "a,b"), "text/csv", "{kind}");
    }
    assert_eq!(read("?filename=a.csv", "application/vnd.ms-excel", "a,b"), "text/csv");
    assert_eq!(read("?filename=a.tsv", "application/force-download", "a\tb"), "text/tab-separated-values");
    let picture = Request::post("/jobs").body("text/plain", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec());
    let failed = server.finish(&server.send(&picture));
    assert_eq!(failed["error"]["type"], "/problems/unsupported-document", "{failed}");
}

#[test]
fn json_form_and_query_take_the_same_options() {
    let server = Server::start();
    let text = "Two two devil-may-care";
    let answers = [
        server.submit(&json!({"text": text, "definition": "wc", "top": 1, "case": "keep"})),
        server.send(&Request::post("/jobs?definition=wc&top=1&case=keep").body("text/plain", text)),
        server.send(&Request::post("/jobs?definition=wc").body(
            &Form::content_type(),
            Form::new().field("text", text).field("top", "1").field("case", "keep").finish(),
        )),
        server.send(&Request::post("/jobs?top=1").body(
            "application/x-www-form-urlencoded",
            format!("definition=wc&case=keep&text={}", text.replace(' ', "+")),
        )),
    ];
    for answer in &answers {
        let done = server.finish(answer);
        assert_eq!(words(&done), 3, "{done}");
        assert_eq!(done["result"]["top_words"].as_array().map(Vec::len), Some(1));
        assert_eq!(done["options"]["case"], "keep");
    }
}

#[test]
fn accepts_compressed_and_chunked_bodies() {
    let server = Server::start();
    let plain = "zipped words ".repeat(20_000);
    let request = Request::post("/jobs").header("Content-Encoding", "gzip");
    let done =
        server.finish(&server.send(&request.body("text/plain", tally_tests::coding::gzip(plain.as_bytes()))));
    assert_eq!(words(&done), 40_000);
    let mut left = 100;
    let request = server.placed(&Request::post("/jobs").header("Content-Type", "text/plain"));
    let mut connection = server.connect().unwrap();
    let answer = connection.stream(&request, |chunk| {
        chunk.extend_from_slice(b"chunk ");
        left -= 1;
        left > 0
    });
    let done = server.wait(&id_of(&answer.unwrap().expect(202).json()));
    assert_eq!(words(&done), 100);
}

#[test]
fn an_empty_text_has_no_words() {
    let server = Server::start();
    let done = server.count_text("");
    assert_eq!(words(&done), 0);
    assert_eq!(done["result"]["lines"], 0);
    let done = server.finish(&server.send(&Request::post("/jobs").body("text/plain", "")));
    assert_eq!(words(&done), 0);
}

#[test]
fn a_connection_serves_many_requests() {
    let server = Server::start();
    let mut connection = server.connect().unwrap();
    let post = server.placed(&Request::post("/jobs?wait=30").json(&json!({"text": "one two"})));
    for _ in 0..50 {
        assert_eq!(connection.send(&post).unwrap().expect(200).json()["result"]["words"], 2);
    }
    // Pipelined requests on one connection are answered in their order.
    let get = format!(
        "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        server.placed(&Request::get("/health/live")).target()
    );
    connection.write(get.repeat(2).as_bytes()).unwrap();
    assert_eq!(connection.answer("GET").unwrap().status, 200);
    assert_eq!(connection.answer("GET").unwrap().status, 200);
}
