//! The stored shapes, as they are in databases out there. A golden document is never edited: when a shape grows, add
//! another.

use std::collections::HashMap;
use std::time::Duration;

use bson::{Bson, Document, RawDocumentBuf, doc};
use tally_contract::samples;
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::model::{Content, Ending, Job, NewJob};
use tally_jobs::state::State;
use tally_jobs::words::WordList;
use tally_kernel::{Lease, Timestamp};

use super::record::{self, Change, Record, Stored, bytes, job_id};
use super::{Unreadable, date, failure};
use crate::schema::FORMAT;

const NOW: Timestamp = Timestamp::from_ms(1_769_860_800_000);

fn admitted(mut new: NewJob) -> (Job, Option<Content>, Document) {
    let content = new.content.take();
    let job = new.into_job();
    let raw = record::admitted(&job, content.as_ref(), 77, NOW, None, 5).unwrap();
    (job, content, Document::try_from(&*raw).unwrap())
}

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

fn read(document: &Document) -> Record {
    match record::read(&raw(document)).unwrap() {
        Stored::Job(record) => *record,
        Stored::Gone(gone) => panic!("{gone:?}"),
    }
}

/// What the server does with a change of ours.
fn apply(document: &mut Document, change: Change) {
    let update = Document::try_from(&*change.into_update()).unwrap();
    for (name, value) in update.get_document("$set").unwrap() {
        document.insert(name, value.clone());
    }
    for name in update.get_document("$unset").map(Document::keys).into_iter().flatten() {
        document.remove(name);
    }
}

/// The same where the whole document is written anew.
fn written_anew(document: &Document, change: Change) -> Document {
    Document::try_from(&*change.made_of(&raw(document)).unwrap()).unwrap()
}

fn running(job: Job) -> Job {
    let ticket = job.ticket();
    job.claimed(ticket, NOW, Lease::from(NOW)).unwrap()
}

#[test]
fn a_job_as_it_is_admitted() {
    let (job, content, document) = admitted(samples::file(1));
    let golden = doc! {
        "_id": job_id(samples::id(1)),
        "v": 1,
        "seq": 77_i64,
        "source": {
            "kind": "file",
            "bytes": 17_i64,
            "name": "Bericht über 100%_Größe.html",
            "content_type": "text/html; charset=\"utf-8\"",
        },
        "asked": {
            "definition": "office",
            "top": 7_i64,
            "keep_case": true,
            "why": true,
            "ngrams": 3_i64,
            "regions": ["main", "front_matter"],
            "language": "zh-Hant",
            "priority": "high",
            "deadline_ms": 1_234_567_i64,
            "retain_ms": 7_654_321_i64,
        },
        "labels": ["project:Ω \"north\"", "team:docs"],
        "request": "request-of-a-file",
        "created": date(job.created_at),
        "content": Bson::try_from(bytes(b"<p>not UTF-8\xff</p>")).unwrap(),
        "state": "queued",
        "wake": date(NOW),
        "epoch": 0_i64,
        "attempts": 0_i64,
        "crashes": 0_i64,
        "due": date(job.created_at),
        "mark": 5_i64,
    };
    assert_eq!(document, golden);
    let read = read(&golden);
    assert_eq!((read.job, read.content, read.seq), (job, content, 77));
}

#[test]
fn every_kind_of_source_and_content_comes_back() {
    let stored = Content::Stored(tally_jobs::model::BlobId(samples::stranger().uuid()));
    let odd = "https://Bücher.example:8443/a%20b?q=%00&x=ü";
    for new in [
        samples::text(1),
        samples::url(2, odd),
        samples::keyed(3, 7),
        NewJob { content: Some(Content::Inline("".into())), ..samples::text(4) },
        NewJob { content: Some(stored), ..samples::file(5) },
    ] {
        let (job, content, document) = admitted(new);
        let read = read(&document);
        assert_eq!((read.job, read.content), (job, content));
    }
}

#[test]
fn every_state_comes_back() {
    let (job, _, first) = admitted(samples::keyed(1, 7));
    let held = running(job.clone());
    let success = samples::findings(40, 12);
    let retry = Ending::Retry { failure: samples::failure(), at: NOW.after(Duration::from_secs(9)) };
    for next in [
        held.clone(),
        held.clone().ended(1, &retry, NOW).unwrap(),
        held.clone().ended(1, &Ending::Failed(samples::failure()), NOW).unwrap(),
        held.clone().ended(1, &Ending::Succeeded(Box::new(success)), NOW).unwrap(),
        held.released(1, NOW).unwrap(),
        Job { state: State::Cancelled, finished_at: Some(NOW), ..job },
    ] {
        let mut document = first.clone();
        document.insert("of_later", doc! { "a": 1 });
        let rest = WordList::from_iter([("rest", 1)]);
        let change = || Change::to(&next, 6).unwrap().with_findings(&next, Some(&rest), 0).unwrap();
        let anew = written_anew(&document, change());
        apply(&mut document, change());
        let read = read(&document);
        assert_eq!(read.job, next);
        assert_eq!(document.get_i64("mark").unwrap(), 6);
        assert!(document.contains_key("of_later"), "what another version wrote stays");
        let succeeded = next.state == State::Succeeded;
        assert_eq!(document.contains_key("content"), !succeeded, "it is needed no longer");
        if succeeded {
            let fields = |document: &Document| document.clone().into_iter().collect::<HashMap<_, _>>();
            assert_eq!(fields(&anew), fields(&document), "written anew it is the same");
        }
        assert_eq!(read.rest.is_some(), succeeded);
    }
}

#[test]
fn a_report_is_one_text_and_was_a_document() {
    let (job, _, mut document) = admitted(samples::text(1));
    let success = Ending::Succeeded(Box::new(samples::findings(3, 3)));
    let ended = running(job).ended(1, &success, NOW).unwrap();
    apply(&mut document, Change::to(&ended, 6).unwrap().with_findings(&ended, None, 0).unwrap());
    let golden = concat!(
        r#"{"document":{"final_url":"https://example.com/end?of=it","bytes":4711,"media_type":"text/html","#,
        r#""charset":"windows-1252","charset_source":"header","replacement_characters":3,"#,
        r#""title":"A \"title\" \\ with\nodd 😀 characters","warnings":[["lossy-charset","3 characters"]]},"#,
        r#""numbers":{"words":[["wc",4],["unicode",5],["dictionary",6],["office",7],["libreoffice",8],"#,
        r#"["gmx",9],["cat",10],["ascii",11]],"figures":[21,18,15,19,4,3,2,3,0]},"definition":"dictionary","#,
        r#""regions":[["main",null],["nav",null]],"language":["de",0.875],"reading_time_ms":61000,"#,
        r#""speaking_time_ms":99000,"histogram_complete":true,"histogram_left_out":0,"#,
        r#""keywords":[["größe",9],["wort",7]],"readability":[["flesch_amstad",615]],"#,
        r#""differences":[["hyphen",3,[5,6,7,8,9,10,11,12],[["Müller-\"Meier\"",4700,[1,2,3,4,5,6,7,8]]]],"#,
        r#"["number",1,[0,1,2,3,4,5,6,7],[]]],"ngrams":[["die größe zählt",4]]}"#,
    );
    assert_eq!(document.get_str("report").unwrap(), golden);
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(golden).unwrap();
    document.insert("report", Document::try_from(fields).unwrap());
    assert_eq!(read(&document).job, ended, "as former versions have it");
    document.insert("report", "{}");
    assert!(matches!(record::read(&raw(&document)), Err(Unreadable::Report(_))));
}

#[test]
fn every_failure_comes_back() {
    for kind in FailureKind::ALL {
        let plain = Failure::new(kind, "a \"detail\"");
        let odd = Failure { retry_after: Some(Duration::from_millis(1)), ..plain.clone() };
        for one in [plain, odd] {
            assert_eq!(failure::read(failure::write(&one)).unwrap(), one);
        }
    }
}

#[test]
fn a_forgotten_job_is_a_mark_that_names_what_is_left() {
    let (_, _, document) = admitted(samples::text(1));
    let record = Record { parts: 3, ..read(&document) };
    let until = NOW.after(Duration::from_secs(60));
    let gone = record::gone(&record, until, 9);
    let golden = doc! {
        "_id": job_id(samples::id(1)), "v": 1, "state": "gone", "wake": date(until),
        "finished": date(record.job.due_at), "mark": 9_i64, "epoch": 0_i64, "parts": 3,
    };
    assert_eq!(Document::try_from(&*gone).unwrap(), golden);
    let Stored::Gone(mark) = record::read(&gone).unwrap() else { panic!("a mark") };
    assert_eq!((mark.mark, mark.blob, mark.parts, mark.epoch), (9, None, 3, 0));
}

#[test]
fn what_is_no_job_of_this_version_is_told() {
    let (_, _, good) = admitted(samples::url(1, "https://example.com/"));
    let with = |name: &str, value: Bson| {
        let mut bad = good.clone();
        bad.insert(name, value);
        record::read(&raw(&bad)).expect_err("it is unreadable")
    };
    assert!(matches!(with("v", (FORMAT + 1).into()), Unreadable::Newer(_)));
    assert!(matches!(with("state", "paused".into()), Unreadable::Name { what: "state", .. }));
    assert!(matches!(with("asked", doc! { "priority": "urgent" }.into()), Unreadable::Name { .. }));
    assert!(matches!(with("source", doc! { "kind": "fax" }.into()), Unreadable::Name { .. }));
    assert!(matches!(with("source", doc! { "kind": "url", "name": "no" }.into()), Unreadable::Range(_)));
    assert!(matches!(with("epoch", (-1_i64).into()), Unreadable::Range("epoch")));
    assert!(matches!(with("epoch", "1".into()), Unreadable::Shape(_)));
    for foreign in [doc! {}, doc! { "_id": 1, "hello": "world" }, doc! { "v": 1 }] {
        record::read(&raw(&foreign)).expect_err("it is no job");
    }
}
