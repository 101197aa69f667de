//! Jobs, ends and bodies to test with. Numbers name them, so that a test reads as what it means.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use tally_count::{
    Case, Cause, Definition, Difference, Differences, Example, Formula, Histogram, Readability, Words,
};
use tally_extract::Region;
use tally_jobs::address::PublicUrl;
use tally_jobs::failure::{Failure, FailureKind};
use tally_jobs::key::{Binding, Fingerprint, IdempotencyKey};
use tally_jobs::model::{Content, Ending, JobId, NewJob, RequestId, Source, WorkerId};
use tally_jobs::ports::ByteStream;
use tally_jobs::report::{Document, Findings, Language, Numbers, Report, Warning};
use tally_jobs::settings::{Label, LanguageTag, Priority, Settings};
use tally_kernel::Timestamp;
use uuid::Uuid;

/// When samples were created, plus their number in milliseconds: an hour before a `HandClock` starts.
pub const CREATED: Timestamp = Timestamp::from_ms(1_769_857_200_000);

/// The id of the sample with this number: a UUID of version 7, so that it may go through every door.
#[must_use]
pub fn id(number: u64) -> JobId {
    let mut random = [0x5a; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    JobId::new(uuid::Builder::from_unix_timestamp_millis(CREATED.as_ms().unsigned_abs(), &random).into_uuid())
}

/// A small text by default settings.
#[must_use]
pub fn text(number: u64) -> NewJob {
    let words = format!("the words of text number {number}");
    NewJob {
        id: id(number),
        source: Source::Text { bytes: words.len() as u64 },
        content: Some(Content::Inline(Bytes::from(words))),
        settings: Settings::default(),
        binding: None,
        request: None,
        created_at: CREATED.after(Duration::from_millis(number)),
    }
}

/// An address.
#[must_use]
pub fn url(number: u64, address: &str) -> NewJob {
    let address = PublicUrl::parse(address).expect("a sample address is one");
    NewJob { source: Source::Url(address), content: None, ..text(number) }
}

/// A file with every setting other than by default.
#[must_use]
pub fn file(number: u64) -> NewJob {
    let settings = Settings {
        definition: Some(Definition::Office),
        top: 7,
        case: Case::Keep,
        why: true,
        ngrams: 3,
        regions: Some(vec![Region::Main, Region::FrontMatter]),
        language: LanguageTag::parse("zh-Hant"),
        priority: Priority::High,
        deadline: Duration::from_millis(1_234_567),
        retain: Duration::from_millis(7_654_321),
        labels: vec![label("project", "Ω \"north\""), label("team", "docs")],
    };
    let source = Source::File {
        name: Some("Bericht über 100%_Größe.html".into()),
        content_type: Some("text/html; charset=\"utf-8\"".into()),
        bytes: 17,
    };
    let content = Some(Content::Inline(Bytes::from_static(b"<p>not UTF-8\xff</p>")));
    NewJob { source, content, settings, request: RequestId::parse("request-of-a-file"), ..text(number) }
}

/// The same text submitted with a key, for the request with this number.
#[must_use]
pub fn keyed(number: u64, request: u8) -> NewJob {
    let key = IdempotencyKey::parse(&format!("key-{number}")).expect("a sample key is one");
    NewJob { binding: Some(Binding { key, fingerprint: Fingerprint([request; 32]) }), ..text(number) }
}

/// A label.
#[must_use]
pub fn label(name: &str, value: &str) -> Label {
    Label::new(name, value).expect("a sample label is one")
}

/// A worker.
#[must_use]
pub fn worker(name: &str) -> WorkerId {
    WorkerId(name.to_owned())
}

/// What counting found: a histogram of `words` words, of which `top` are shown.
#[must_use]
pub fn findings(words: usize, top: usize) -> Findings {
    let histogram =
        Histogram::from_entries((0..words).map(|n| (format!("wort{n}ß"), 1 + (words - n) as u64 / 3)));
    let numbers = numbers(words as u64);
    let report = Report {
        document: Document {
            final_url: Some("https://example.com/end?of=it".into()),
            bytes: 4711,
            media_type: "text/html".into(),
            charset: "windows-1252".into(),
            charset_source: "header".into(),
            replacement_characters: 3,
            title: Some("A \"title\" \\ with\nodd \u{1F600} characters".into()),
            warnings: vec![Warning { code: "lossy-charset".into(), detail: "3 characters".into() }],
        },
        definition: Definition::Dictionary,
        regions: vec![(Region::Main, numbers.clone()), (Region::Nav, self::numbers(3))],
        language: Some(Language { tag: "de".into(), confidence: 0.875 }),
        reading_time_ms: 61_000,
        speaking_time_ms: 99_000,
        top_words: histogram.top(top).into_iter().collect(),
        keywords: [("gr\u{f6}\u{df}e", 9), ("wort", 7)].into_iter().collect(),
        ngrams: [("die gr\u{f6}\u{df}e z\u{e4}hlt", 4)].into_iter().collect(),
        readability: vec![Readability { formula: Formula::FleschAmstad, score: 61.5 }],
        differences: Some(differences()),
        histogram_complete: true,
        histogram_left_out: 0,
        numbers,
    };
    let rest = histogram.top(words).into_iter().skip(top).collect();
    Findings { report: Arc::new(report), rest }
}

/// An end that went well.
#[must_use]
pub fn success(words: usize, top: usize) -> Ending {
    Ending::Succeeded(Box::new(findings(words, top)))
}

/// A failure that may pass.
#[must_use]
pub fn failure() -> Failure {
    let retry_after = Some(Duration::from_secs(3));
    Failure {
        retry_after,
        ..Failure::new(FailureKind::SourceUnavailable, "it said 503; it may be back soon")
    }
}

/// A body of `pieces` pieces of `bytes` bytes each, different everywhere.
#[must_use]
pub fn body(pieces: usize, bytes: usize) -> (ByteStream, Vec<u8>) {
    let whole: Vec<u8> =
        (0..pieces * bytes).map(|n| (n as u32).wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let shared = Bytes::from(whole.clone());
    let parts = (0..pieces).map(move |n| Ok(shared.slice(n * bytes..(n + 1) * bytes)));
    (Box::pin(stream::iter(parts.collect::<Vec<_>>())), whole)
}

fn differences() -> Differences {
    let words = |least: u64| {
        let mut words = Words::default();
        Definition::ALL.iter().zip(least..).for_each(|(one, count)| words.set(*one, count));
        words
    };
    let example = Example { text: "M\u{fc}ller-\"Meier\"".into(), offset_bytes: 4_700, words: words(1) };
    let hyphen = Difference { cause: Cause::Hyphen, clusters: 3, words: words(5), examples: vec![example] };
    let number = Difference { cause: Cause::Number, clusters: 1, words: words(0), examples: Vec::new() };
    Differences::new(vec![hyphen, number])
}

fn numbers(words: u64) -> Numbers {
    Numbers {
        words: Definition::ALL.iter().zip(1..).map(|(one, plus)| (*one, words + plus)).collect(),
        bytes: words * 7,
        characters: words * 6,
        characters_without_spaces: words * 5,
        graphemes: words * 6 + 1,
        lines: 4,
        paragraphs: 3,
        sentences: 2,
        unique_words: words,
        unique_words_estimated: words > 100_000,
    }
}

/// An id that no sample has.
#[must_use]
pub fn stranger() -> JobId {
    JobId::new(Uuid::from_u128(0x0190_d5f4_7b1e_7c3a_9f00_0000_0000_0001))
}
