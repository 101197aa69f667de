//! The stored formats, as they are on disks out there. A golden file is never edited: when a format grows, add another.

use tally_contract::counts;
use tally_count::Definition;
use tally_jobs::record::Job;
use tally_kernel::PublicUrl;
use tally_wordcount::report::{Numbers, Report};
use tally_wordcount::stored::{input, spec, summary};
use tally_wordcount::{CountOptions, CountRecord, Source, WordList};

const ASKED_1: &[u8] = include_bytes!("golden/asked-1.json");
const ASKED_2: &[u8] = include_bytes!("golden/asked-2.json");
const ASKED_3: &[u8] = include_bytes!("golden/asked-3.json");
const SPEC_4: &str = include_str!("golden/spec-4.json");
const REPORT_1: &[u8] = include_bytes!("golden/report-1.json");
const REPORT_2: &[u8] = include_bytes!("golden/report-2.json");
const REPORT_3: &[u8] = include_bytes!("golden/report-3.json");
const SUMMARY_4: &str = include_str!("golden/summary-4.json");
const DETAIL_2: &[u8] = include_bytes!("golden/detail-2.bin");
const WORDS_1: &[u8] = include_bytes!("golden/words-1.bin");

#[test]
fn writes_the_spec_of_today_and_reads_those_of_before() {
    let options = counts::every_option();
    assert_eq!(spec::write(&options), SPEC_4.trim_end(), "a stored format changed");
    assert_eq!(spec::read(SPEC_4.trim_end().as_bytes()).unwrap(), options);
    assert_eq!(spec::read(ASKED_3).unwrap(), options);
    let of_two = CountOptions { ngrams: 0, ..options };
    assert_eq!(spec::read(ASKED_2).unwrap(), of_two);
    assert_eq!(spec::read(ASKED_1).unwrap(), CountOptions { why: false, ..of_two });
}

#[test]
fn writes_nothing_when_nothing_was_asked() {
    assert!(spec::write(&CountOptions::default()).is_empty());
    assert_eq!(spec::read(b"").unwrap(), CountOptions::default());
}

#[test]
fn writes_the_report_of_today_and_reads_those_of_before() {
    let report = counts::result(40, 12).report;
    let (written, detail) = summary::write(&report);
    assert_eq!(written, SUMMARY_4.trim_end(), "a stored format changed");
    assert_eq!(&detail[..], DETAIL_2, "a stored format changed");
    assert_eq!(summary::read(&written, &detail).unwrap(), report);
    let words = report.top_words.to_bytes();
    assert_eq!(summary::read(REPORT_3, &words).unwrap(), report);
    let of_two = Report { ngrams: WordList::default(), ..report };
    assert_eq!(summary::read(REPORT_2, &words).unwrap(), of_two);
}

#[test]
fn a_detail_with_nothing_but_words_is_a_word_list() {
    let report = Report { ngrams: WordList::default(), differences: None, ..counts::result(40, 12).report };
    let (written, detail) = summary::write(&report);
    assert_eq!(&detail[..], WORDS_1);
    assert_eq!(summary::read(&written, &detail).unwrap(), report);
}

#[test]
fn a_list_reads_a_report_without_its_detail() {
    let report = counts::result(40, 12).report;
    let (written, _) = summary::write(&report);
    let listed = summary::read(&written, &bytes::Bytes::new()).unwrap();
    let expected =
        Report { top_words: WordList::default(), ngrams: WordList::default(), differences: None, ..report };
    assert_eq!(listed, expected);
}

/// Written when there were four definitions and no differences.
#[test]
fn reads_a_report_of_the_first_format() {
    let mut full = counts::result(40, 12).report;
    let read = summary::read(REPORT_1, &full.top_words.to_bytes()).unwrap();
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
fn reads_every_source_back() {
    let sources = [
        Source::Text { bytes: 17 },
        Source::Url(PublicUrl::parse("https://example.com/a?q=1").unwrap()),
        Source::File { name: Some("Größe.html".into()), content_type: Some("text/html".into()), bytes: 9 },
        Source::File { name: None, content_type: None, bytes: 0 },
    ];
    for source in sources {
        let written = input::write(&source);
        let mut job: Job = counts::text(1).into_job();
        job.parts.source = written.source;
        job.subject = written.subject.map(Into::into);
        job.attributes = written.attributes;
        job.content_bytes = source.bytes();
        assert_eq!(input::read(&job).unwrap(), source);
    }
}

#[test]
fn ignores_fields_of_later_versions_and_refuses_unknown_names() {
    let grown = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        text.trim_end().replacen('{', r#"{"of_later":{"a":[1]},"#, 1).into_bytes()
    };
    spec::read(&grown(ASKED_1)).unwrap();
    summary::read(&grown(REPORT_3), &bytes::Bytes::new()).unwrap();
    let error = spec::read(br#"{"definition":"vibes"}"#).unwrap_err();
    assert_eq!(error.to_string(), "a stored definition is called `vibes`, which this version does not know");
    assert!(spec::read(b"{").is_err());
    let mut job = counts::text(1).into_job();
    job.parts.source = bytes::Bytes::from_static(b"x");
    assert!(CountRecord::of(&job).is_err());
}
