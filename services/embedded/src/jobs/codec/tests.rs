//! The stored shapes, as they are on disks out there. A golden text is never edited: when a shape grows, add another.

use std::sync::Arc;
use std::time::Duration;

use tally_contract::samples;
use tally_count::Definition;
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::model::Source;
use tally_jobs::report::{Numbers, Report};
use tally_jobs::settings::Settings;
use tally_jobs::words::WordList;

use super::{asked, failure, report};

const ASKED_1: &str = include_str!("golden/asked-1.json");
const ASKED_2: &str = include_str!("golden/asked-2.json");
const ASKED_3: &str = include_str!("golden/asked-3.json");
const REPORT_1: &str = include_str!("golden/report-1.json");
const REPORT_2: &str = include_str!("golden/report-2.json");
const REPORT_3: &str = include_str!("golden/report-3.json");
const FAILURE_1: &str = include_str!("golden/failure-1.json");
const WORDS_1: &[u8] = include_bytes!("golden/words-1.bin");

fn same(written: &str, golden: &str) {
    assert_eq!(written, golden.trim_end(), "a stored shape changed: old files must stay readable");
}

#[test]
fn what_was_asked() {
    let new = samples::file(1);
    let Source::File { content_type, .. } = &new.source else { panic!("a file") };
    same(&asked::write(&new.settings, content_type.as_deref(), new.request.as_ref()).unwrap(), ASKED_3);
    let read = asked::read(Some(ASKED_3)).unwrap();
    assert_eq!(
        (&read.settings, &read.content_type, &read.request),
        (&new.settings, content_type, &new.request)
    );
    let of_two = asked::read(Some(ASKED_2)).unwrap();
    let before = Settings { ngrams: 0, ..new.settings };
    assert_eq!(
        (&of_two.settings, &of_two.content_type, of_two.request),
        (&before, content_type, new.request)
    );
    let of_one = asked::read(Some(ASKED_1)).unwrap();
    let before = Settings { why: false, ..before };
    assert_eq!((of_one.settings, &of_one.content_type, of_one.request), (before, content_type, None));
}

#[test]
fn nothing_is_written_when_nothing_was_asked() {
    assert_eq!(asked::write(&Settings::default(), None, None), None);
    let read = asked::read(None).unwrap();
    assert_eq!((read.settings, read.content_type), (Settings::default(), None));
}

#[test]
fn a_report() {
    let full = samples::findings(40, 12).report;
    same(&report::write(&full), REPORT_3);
    assert_eq!(report::read(REPORT_3, full.top_words.clone()).unwrap(), *full);
    let before = Report { ngrams: WordList::default(), ..Arc::unwrap_or_clone(full) };
    assert_eq!(report::read(REPORT_2, before.top_words.clone()).unwrap(), before);
}

/// Written when there were four definitions, and nothing told of their differences.
#[test]
fn a_report_of_the_first_shape() {
    let mut full = Arc::unwrap_or_clone(samples::findings(40, 12).report);
    let read = report::read(REPORT_1, full.top_words.clone()).unwrap();
    let of_then = |numbers: &mut Numbers| numbers.words.truncate(4);
    of_then(&mut full.numbers);
    full.regions.iter_mut().for_each(|(_, numbers)| of_then(numbers));
    let older = Report {
        keywords: WordList::default(),
        ngrams: WordList::default(),
        readability: Vec::new(),
        differences: None,
        ..full
    };
    assert_eq!(read, older);
    assert_eq!(read.numbers.words_by(Definition::Gmx), 0);
}

#[test]
fn a_failure() {
    same(&failure::write(&samples::failure()), FAILURE_1);
    assert_eq!(failure::read(FAILURE_1).unwrap(), samples::failure());
    let plain = Failure::new(FailureKind::TooLarge, "");
    assert_eq!(failure::read(&failure::write(&plain)).unwrap(), plain);
    let odd = Failure { retry_after: Some(Duration::from_millis(1)), ..plain };
    assert_eq!(failure::read(&failure::write(&odd)).unwrap(), odd);
}

#[test]
fn words_with_counts() {
    let top = samples::findings(40, 12).report.top_words.clone();
    assert_eq!(top.as_bytes(), WORDS_1);
    assert_eq!(WordList::from_bytes(WORDS_1).unwrap(), top);
}

#[test]
fn fields_of_later_versions_are_passed_over() {
    let grown = |text: &str| text.trim_end().replacen('{', r#"{"of_later":{"a":[1]},"#, 1);
    asked::read(Some(&grown(ASKED_1))).unwrap();
    report::read(&grown(REPORT_3), WordList::default()).unwrap();
    failure::read(&grown(FAILURE_1)).unwrap();
}

#[test]
fn names_of_later_versions_are_told() {
    let error = failure::read(r#"{"kind":"bad-luck","detail":""}"#).unwrap_err();
    assert_eq!(error.to_string(), "a stored failure is called `bad-luck`, which this version does not know");
    assert!(asked::read(Some(r#"{"definition":"vibes"}"#)).is_err());
    assert!(asked::read(Some("{")).is_err());
}
