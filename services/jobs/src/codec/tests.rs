//! The stored texts, to the letter: a change here needs a new format.

use std::time::Duration;

use tally_kernel::{OwnerId, Timestamp};

use super::*;
use crate::failure::{Failure, FailureType};
use crate::history::{AttemptEnd, AttemptRecord, History};
use crate::id::{JobId, RequestId, WorkerId};
use crate::options::{JobOptions, Label, Priority};
use crate::parts::Parts;
use crate::record::{Attribute, Job, Kind, NewJob, Properties};

const CREATED: Timestamp = Timestamp::from_ms(1_769_857_200_000);

fn job(options: JobOptions, attributes: Vec<Attribute>, request: Option<&str>) -> Job {
    NewJob {
        id: JobId::new(uuid::Uuid::from_u128(7)),
        owner: OwnerId::LOCAL,
        kind: Kind::of("fake"),
        options,
        subject: None,
        attributes,
        properties: Properties::default(),
        parts: Parts::default(),
        content: None,
        content_bytes: 0,
        binding: None,
        generation: None,
        request: request.and_then(RequestId::parse),
        created_at: CREATED,
    }
    .into_job()
}

#[test]
fn what_was_asked() {
    assert_eq!(asked::write(&job(JobOptions::default(), Vec::new(), None)), None);
    assert_eq!(asked::read(None).unwrap(), asked::Asked::default());
    let options = JobOptions {
        priority: Priority::High,
        deadline: Duration::from_millis(1_234_567),
        retention: Duration::from_millis(7_654_321),
        labels: vec![Label::new("team", "Ω \"north\"").unwrap()],
    };
    let attribute = Attribute { name: "host".into(), value: "example.com".into() };
    let full = job(options, vec![attribute], Some("request-7"));
    let text = r#"{"priority":"high","deadline_ms":1234567,"retain_ms":7654321,"labels":[["team","Ω \"north\""]],"attributes":[["host","example.com"]],"request":"request-7"}"#;
    assert_eq!(asked::write(&full).as_deref(), Some(text));
    let read = asked::read(Some(text)).unwrap();
    assert_eq!((read.options, read.attributes, read.request), (full.options, full.attributes, full.request));
}

#[test]
fn a_failure() {
    let failure = Failure {
        retry_after: Some(Duration::from_secs(3)),
        retryable: true,
        ..Failure::new(FailureType::INTERNAL, "it \"broke\"")
    };
    let text = r#"{"kind":"internal","title":"A defect in Tally","detail":"it \"broke\"","retryable":true,"retry_after_ms":3000}"#;
    assert_eq!(failure::write(&failure), text);
    assert_eq!(failure::read(text).unwrap(), failure);
}

#[test]
fn a_failure_of_the_first_format() {
    let read = failure::read(r#"{"kind":"fetch-timeout","detail":"slow"}"#).unwrap();
    assert_eq!((&*read.name, &*read.title, &*read.detail), ("fetch-timeout", "", "slow"));
    assert_eq!((read.retryable, read.retry_after), (false, None));
}

#[test]
fn a_history() {
    assert_eq!(history::write(&History::default(), CREATED), None);
    let attempt = |start: i64, ended: Option<(i64, AttemptEnd)>| AttemptRecord {
        worker: WorkerId::from("w-1"),
        started_at: Timestamp::from_ms(CREATED.as_ms() + start),
        ended: ended.map(|(at, end)| (Timestamp::from_ms(CREATED.as_ms() + at), end)),
    };
    let history = History::of(vec![
        attempt(5, Some((17, AttemptEnd::Failed("unreachable".into())))),
        attempt(20, Some((21, AttemptEnd::Crashed))),
        attempt(30, Some((44, AttemptEnd::Succeeded))),
        attempt(50, None),
    ]);
    let text = r#"[["w-1",5,17,"unreachable"],["w-1",20,21,"crashed"],["w-1",30,44],["w-1",50]]"#;
    assert_eq!(history::write(&history, CREATED).as_deref(), Some(text));
    assert_eq!(history::read(Some(text), CREATED).unwrap(), history);
    assert!(history::read(Some(r#"[["w-1"]]"#), CREATED).is_err());
}

#[test]
fn ignores_fields_of_later_versions_and_refuses_unknown_names() {
    asked::read(Some(r#"{"of_later":{"a":[1]}}"#)).unwrap();
    failure::read(r#"{"of_later":1,"kind":"x","detail":""}"#).unwrap();
    let error = asked::read(Some(r#"{"priority":"urgent"}"#)).unwrap_err();
    assert_eq!(error.to_string(), "a stored priority is called `urgent`, which this version does not know");
    assert!(asked::read(Some("{")).is_err());
}
