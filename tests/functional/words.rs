//! The full word list of a job: pages, sort orders, CSV and NDJSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tally_tests::client::id_of;
use tally_tests::coding;
use tally_tests::message::Request;
use tally_tests::oracle;
use tally_tests::rng::SeededRng;
use tally_tests::server::Server;
use tally_tests::site::Site;

/// A finished job of this many words, and its independent counts.
fn counted(server: &Server, words: usize) -> (String, BTreeMap<String, u64>) {
    let text = SeededRng::new(words as u64).text(words);
    (id_of(&server.count_text(&text)), oracle::count(&text).histogram)
}

fn pairs(body: &Value) -> Vec<(String, u64)> {
    let words = body["words"].as_array().unwrap_or_else(|| panic!("no words: {body}"));
    let pair = |one: &Value| (one["word"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap());
    words.iter().map(pair).collect()
}

/// All pages of a target.
fn walk(server: &Server, first: String) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    let mut target = Some(first);
    while let Some(page) = target {
        let body = server.get(&page).expect(200).json();
        found.extend(pairs(&body));
        target = body["next"].as_str().map(str::to_owned);
        assert!(found.len() < 100_000, "the pages do not end");
    }
    found
}

#[test]
fn lists_every_word_in_both_sort_orders() {
    let server = Server::start();
    let (id, expected) = counted(&server, 3_000);
    let mut by_word: Vec<_> = expected.clone().into_iter().collect();
    for limit in [1_000, 17, 1] {
        if limit == 1 {
            // Small pages over hundreds of words are slow and show nothing new, so they walk a short list.
            let (id, expected) = counted(&server, 20);
            assert_eq!(
                walk(&server, format!("/jobs/{id}/words?sort=word&limit=1")),
                Vec::from_iter(expected)
            );
        } else {
            assert_eq!(walk(&server, format!("/jobs/{id}/words?sort=word&limit={limit}")), by_word);
        }
    }
    by_word.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let by_count = walk(&server, format!("/jobs/{id}/words?limit=17"));
    assert_eq!(by_count, by_word, "the most frequent first, then by the alphabet; this is the order unasked");
    assert_eq!(walk(&server, format!("/jobs/{id}/words?sort=count&limit=1000")), by_word);
    let body = server.get(&format!("/jobs/{id}/words?limit=1")).expect(200).json();
    assert_eq!(body["total"], expected.len());
    assert_eq!((&body["complete"], &body["left_out"]), (&json!(true), &json!(0)));
}

#[test]
fn top_words_are_the_head_of_the_word_list() {
    let server = Server::start();
    let text = SeededRng::new(5).text(2_000);
    for top in [0, 3, 100, 10_000] {
        let done = server.finish(&server.submit(&json!({"text": text, "top": top})));
        let shown = pairs(&json!({"words": done["result"]["top_words"]}));
        let list = walk(&server, format!("/jobs/{}/words?limit=1000", id_of(&done)));
        assert_eq!(shown, list[..top.min(list.len())], "top {top}");
    }
}

#[test]
fn csv_and_ndjson_stream_the_full_list() {
    let server = Server::start();
    let (id, expected) = counted(&server, 3_000);
    let target = format!("/jobs/{id}/words?sort=word");
    let csv = server.send(&Request::get(&target).header("Accept", "text/csv")).expect(200);
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let text = csv.text();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("word,count"));
    let read: BTreeMap<String, u64> = lines
        .map(|line| line.rsplit_once(',').expect("two columns"))
        .map(|(word, count)| (word.to_owned(), count.parse().unwrap()))
        .collect();
    assert_eq!(read, expected);
    let ndjson = server.send(&Request::get(&target).header("Accept", "application/x-ndjson")).expect(200);
    assert!(ndjson.header("content-type").unwrap().starts_with("application/x-ndjson"));
    let rows = ndjson.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    assert_eq!(pairs(&json!({"words": rows})), Vec::from_iter(expected));
}

#[test]
fn csv_escapes_spreadsheet_formulas() {
    // A page that an attacker controls must not put formulas into a spreadsheet.
    let server = Server::start();
    let id = id_of(&server.count_text("=HYPERLINK(1) +1 -2 @sum a,b quo\"te"));
    let csv =
        server.send(&Request::get(&format!("/jobs/{id}/words")).header("Accept", "text/csv")).expect(200);
    for line in csv.text().lines() {
        assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
    }
}

#[test]
fn an_unknown_format_is_not_acceptable() {
    let server = Server::start();
    let (id, _) = counted(&server, 5);
    let target = format!("/jobs/{id}/words");
    let _problem = server.send(&Request::get(&target).header("Accept", "image/png")).problem(406);
    let any = server.send(&Request::get(&target).header("Accept", "image/png, */*;q=0.1")).expect(200);
    assert!(any.header("content-type").unwrap().starts_with("application/json"));
    for (query, pointer) in
        [("sort=length", "?sort"), ("limit=0", "?limit"), ("cursor=x", "?cursor"), ("top=3", "?top")]
    {
        let problem = server.get(&format!("{target}?{query}")).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[test]
fn words_of_jobs_without_a_result_are_refused() {
    let (server, site) = (Server::start(), Site::start());
    let gate = site.gated("/slow", "a ", "b");
    let running = id_of(&server.submit(&json!({"url": site.url("/slow")})).expect(202).json());
    site.await_hits("/slow", 1);
    let problem = server.get(&format!("/jobs/{running}/words")).problem(409);
    assert_eq!(problem["type"], "/problems/wrong-state");
    gate.open();
    assert_eq!(server.wait(&running)["result"]["words"], 2);
    assert_eq!(walk(&server, format!("/jobs/{running}/words?sort=word")), [("a".into(), 1), ("b".into(), 1)]);
    let failed = id_of(&server.count_url(&site.url("/gone")));
    let _problem = server.get(&format!("/jobs/{failed}/words")).problem(409);
    let _problem = server.get("/jobs/0190d5f4-7b1e-7c3a-9f00-3b5c6d7e8f90/words").problem(404);
}

#[test]
fn words_are_case_folded_or_exact() {
    let server = Server::start();
    let text = "The the THE Straße STRASSE";
    let fold = server.finish(&server.submit(&json!({"text": text})));
    let list = walk(&server, format!("/jobs/{}/words", id_of(&fold)));
    assert_eq!(list, [("the".to_owned(), 3), ("strasse".to_owned(), 2)]);
    let keep = server.finish(&server.submit(&json!({"text": text, "case": "keep"})));
    assert_eq!(walk(&server, format!("/jobs/{}/words", id_of(&keep))).len(), 5);
}

#[test]
fn compressed_word_lists_arrive_whole() {
    let server = Server::start();
    let ids = [counted(&server, 3_000).0, id_of(&server.count_text("."))];
    for target in
        ids.iter().flat_map(|id| ["csv", "ndjson"].map(|form| format!("/jobs/{id}/words?format={form}")))
    {
        let plain = server.get(&target).expect(200);
        let zipped = server.send(&Request::get(&target).header("Accept-Encoding", "gzip")).expect(200);
        assert_eq!(zipped.header("content-encoding"), Some("gzip"), "{target}");
        assert_eq!(coding::gunzip(&zipped.body), plain.body, "{target}");
    }
}
