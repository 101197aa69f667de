//! The stored shapes, as they are in databases out there. A golden document is never edited: when a shape grows, add
//! another.

use std::collections::HashMap;
use std::time::Duration;

use bson::{Bson, Document, RawDocumentBuf, doc};
use bytes::Bytes;
use tally_contract::samples;
use tally_jobs::content::Content;
use tally_jobs::id::BlobId;
use tally_jobs::parts::{AttachmentName, Output};
use tally_jobs::record::{Job, NewJob, Properties};
use tally_jobs::state::{AttemptOutcome, JobState};
use tally_kernel::{Lease, Timestamp};

use super::record::{
    self, Admitted, AttachmentPlace, Change, PlacedAttachment, Record, Stored, bytes, job_id,
};
use super::{FormatError, Unreadable, date};
use crate::schema::FORMAT;

const NOW: Timestamp = Timestamp::from_ms(1_769_860_800_000);

fn admitted(mut new: NewJob) -> (Job, Option<Content>, Document) {
    let content = new.content.take();
    let job = new.into_job();
    let with = Admitted { seq: 77, wake: NOW, by: None, mark: 5 };
    let raw = record::admitted(&job, content.as_ref(), with);
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
    job.claimed(ticket, &samples::worker("w"), NOW, Lease::from(NOW)).unwrap()
}

fn binary(part: &[u8]) -> Bson {
    Bson::try_from(bytes(part)).unwrap()
}

/// A short attachment and a long one.
fn placed() -> Vec<PlacedAttachment> {
    let in_record = AttachmentPlace::InRecord(Bytes::from_static(b"rest"));
    vec![
        PlacedAttachment { name: samples::ATTACHMENT, place: in_record },
        PlacedAttachment { name: AttachmentName::of("long-one"), place: AttachmentPlace::Parts(3) },
    ]
}

#[test]
fn a_job_as_it_is_admitted() {
    let new = NewJob { attributes: vec![samples::host_of("example.com")], ..samples::full(1) };
    let (job, content, document) = admitted(samples::owned_by("team", new));
    let golden = doc! {
        "_id": job_id(samples::id(1)),
        "v": 3,
        "seq": 77_i64,
        "kind": "fake",
        "owner": "team",
        "subject": "Bericht über 100%_Größe.html",
        "attributes": ["host=example.com"],
        "props": 68,
        "bytes": 17,
        "asked": { "priority": "high", "deadline_ms": 1_234_567_i64, "retain_ms": 7_654_321_i64 },
        "labels": ["project:Ω \"north\"", "team:docs"],
        "request": "request-of-a-file",
        "created": date(job.created_at),
        "spec": binary(b"{\"top\":7,\"not UTF-8\":\"\xff\"}"),
        "source": binary(b"ftext/html; charset=\"utf-8\""),
        "content": binary(b"<p>not UTF-8\xff</p>"),
        "state": "queued",
        "wake": date(NOW),
        "epoch": 0_i64,
        "attempts": 0,
        "crashes": 0,
        "due": date(job.created_at),
        "mark": 5_i64,
    };
    assert_eq!(document, golden);
    let read = read(&golden);
    assert_eq!((read.job, read.content, read.seq), (job, content, 77));
}

#[test]
fn a_small_job_stores_no_defaults() {
    let (_, _, document) = admitted(samples::small(1));
    for absent in ["owner", "subject", "attributes", "asked", "labels", "request", "print", "spec", "events"]
    {
        assert!(!document.contains_key(absent), "{absent}");
    }
    assert_eq!(document.get_i32("props").unwrap(), 7);
}

#[test]
fn every_kind_of_content_and_properties_comes_back() {
    let stored = Content::Stored(BlobId(samples::stranger().uuid()).into());
    let costly = Properties { cost: u32::MAX, bundled: true, lazy_claim: false };
    for new in [
        samples::small(1),
        samples::at(2, "example.com", "/a%20b?q=%00&x=ü"),
        samples::keyed(3, 7),
        NewJob { content: Some(Content::Inline("".into())), ..samples::small(4) },
        NewJob { content: Some(stored), properties: costly, content_bytes: 1 << 40, ..samples::full(5) },
        samples::owned_by("team_7", samples::small(6)),
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
    let retry = AttemptOutcome::Retry { failure: samples::failure(), at: NOW.after(Duration::from_secs(9)) };
    let ended = |outcome: &AttemptOutcome| held.clone().completed(1, outcome, NOW).unwrap();
    for next in [
        held.clone(),
        ended(&retry),
        running(Job { due_at: NOW, ..ended(&retry) }),
        ended(&AttemptOutcome::Failed(samples::failure())),
        ended(&samples::success(40, 12)),
        held.clone().released(1, NOW).unwrap(),
        Job { state: JobState::Cancelled, finished_at: Some(NOW), ..job },
    ] {
        let mut document = first.clone();
        document.insert("of_later", doc! { "a": 1 });
        let succeeded = next.state == JobState::Succeeded;
        let change = || match succeeded {
            true => Change::to(&next, 6).with_result(&next, false, &placed()),
            false => Change::to(&next, 6),
        };
        let anew = written_anew(&document, change());
        apply(&mut document, change());
        let read = read(&document);
        assert_eq!(read.job, next);
        assert_eq!(document.get_i64("mark").unwrap(), 6);
        assert!(document.contains_key("of_later"), "what another version wrote stays");
        assert_eq!(document.contains_key("content"), !succeeded, "it is needed no longer");
        let fields = |document: &Document| document.clone().into_iter().collect::<HashMap<_, _>>();
        assert_eq!(fields(&anew), fields(&document), "written anew it is the same");
        assert_eq!(read.attachments, if succeeded { placed() } else { Vec::new() });
        assert_eq!(read.parts, if succeeded { 3 } else { 0 });
    }
}

#[test]
fn a_claim_changes_the_document_to_the_claimed_job() {
    let (job, _, mut document) = admitted(samples::small(1));
    let worker = samples::worker("w");
    let held = running(job.clone());
    apply(&mut document, Change::claimed(&job, &held, &worker, 6));
    assert_eq!(read(&document).job, held);
    let late = held.lease.unwrap().until.after(Duration::from_secs(60));
    let again = held.clone().claimed(held.ticket(), &worker, late, Lease::from(late)).unwrap();
    apply(&mut document, Change::claimed(&held, &again, &worker, 7));
    assert_eq!(read(&document).job, again, "the crash of the first worker is in the history");
}

#[test]
fn an_ended_job_as_it_is_stored() {
    let (job, _, mut document) = admitted(samples::small(1));
    let output = Output { source: Some("t2".into()), ..samples::output(3, 3) };
    let ended = running(job).completed(1, &AttemptOutcome::Succeeded(Box::new(output)), NOW).unwrap();
    apply(&mut document, Change::to(&ended, 6).with_result(&ended, true, &placed()));
    let golden = doc! {
        "_id": job_id(samples::id(1)),
        "v": 3,
        "seq": 77_i64,
        "kind": "fake",
        "props": 7,
        "bytes": 26,
        "created": date(ended.created_at),
        "source": binary(b"t2"),
        "summary": r#"{"words":3,"title":"A \"title\""}"#,
        "detail": binary(b"wort0000wort0001wort0002"),
        "attached": { "words": binary(b"rest"), "long-one": 3 },
        "parts": 3,
        "state": "succeeded",
        "wake": date(ended.expires_at().unwrap()),
        "epoch": 1_i64,
        "attempts": 1,
        "crashes": 0,
        "events": 3,
        "due": date(ended.due_at),
        "started": date(NOW),
        "finished": date(NOW),
        "history": r#"[["w",3599999,3599999]]"#,
        "mark": 6_i64,
    };
    assert_eq!(document, golden);
    assert_eq!(read(&golden).job, ended);
}

#[test]
fn a_summary_need_not_be_text() {
    let (job, _, mut document) = admitted(samples::small(1));
    let output = Output { summary: Bytes::from_static(b"\xff\x00"), ..Output::default() };
    let ended = running(job).completed(1, &AttemptOutcome::Succeeded(Box::new(output)), NOW).unwrap();
    apply(&mut document, Change::to(&ended, 6).with_result(&ended, false, &[]));
    assert_eq!(document.get("summary"), Some(&binary(b"\xff\x00")));
    assert_eq!(read(&document).job, ended);
}

#[test]
fn a_forgotten_job_is_a_mark_that_names_what_is_left() {
    let (_, _, document) = admitted(samples::small(1));
    let record = Record { parts: 3, ..read(&document) };
    let until = NOW.after(Duration::from_secs(60));
    let gone = record::gone(&record, until, 9);
    let golden = doc! {
        "_id": job_id(samples::id(1)), "v": 3, "state": "gone", "wake": date(until),
        "finished": date(record.job.due_at), "mark": 9_i64, "epoch": 0_i64, "parts": 3,
    };
    assert_eq!(Document::try_from(&*gone).unwrap(), golden);
    let Stored::Gone(mark) = record::read(&gone).unwrap() else { panic!("a mark") };
    assert_eq!((mark.mark, mark.blob, mark.parts, mark.epoch), (9, None, 3, 0));
}

#[test]
fn what_is_no_job_of_this_version_is_told() {
    let (_, _, good) = admitted(samples::at(1, "example.com", "/"));
    let with = |name: &str, value: Bson| {
        let mut bad = good.clone();
        bad.insert(name, value);
        record::read(&raw(&bad)).expect_err("it is unreadable")
    };
    assert!(matches!(with("v", (FORMAT + 1).into()), Unreadable::Format(FormatError::Newer(_))));
    let older = with("v", (FORMAT - 1).into());
    assert!(matches!(older, Unreadable::Format(FormatError::Older(2))));
    assert!(older.to_string().contains("`tally migrate`"), "{older}");
    assert!(matches!(with("state", "paused".into()), Unreadable::Value(_)));
    assert!(matches!(with("asked", doc! { "priority": "urgent" }.into()), Unreadable::Value(_)));
    assert!(matches!(with("owner", "No Owner".into()), Unreadable::Range("owner")));
    assert!(matches!(with("props", (-1).into()), Unreadable::Range("cost")));
    assert!(matches!(with("attached", doc! { "A b": 1 }.into()), Unreadable::Range(_)));
    assert!(matches!(with("summary", 1.into()), Unreadable::Range("summary")));
    assert!(matches!(with("history", "[".into()), Unreadable::Value(_)));
    assert!(matches!(with("epoch", (-1_i64).into()), Unreadable::Range("epoch")));
    assert!(matches!(with("epoch", "1".into()), Unreadable::Shape(_)));
    for foreign in [doc! {}, doc! { "_id": 1, "hello": "world" }, doc! { "v": FORMAT }] {
        record::read(&raw(&foreign)).expect_err("it is no job");
    }
}
