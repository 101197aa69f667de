//! Jobs of the word-count workload, for tests that run it.

use std::time::Duration;

use bytes::Bytes;
use tally_count::{
    Case, Cause, Definition, Difference, Differences, Example, Formula, Histogram, Readability, Words,
};
use tally_extract::Region;
use tally_jobs::content::Content;
use tally_jobs::options::JobOptions;
use tally_jobs::record::NewJob;
use tally_kernel::{OwnerId, PublicUrl};
use tally_wordcount::record::CountRequest;
use tally_wordcount::report::{CountResult, Document, Language, Numbers, Report, Warning};
use tally_wordcount::{CountOptions, LanguageTag, Source};

use crate::samples::{self, CREATED};

/// A small text with the default options.
#[must_use]
pub fn text(number: u64) -> NewJob {
    let words = format!("the words of text number {number}");
    let source = Source::Text { bytes: words.len() as u64 };
    job(number, source, Some(Content::Inline(Bytes::from(words))))
}

/// An address with the default options.
///
/// # Panics
/// When it is not an address.
#[must_use]
pub fn url(number: u64, address: &str) -> NewJob {
    job(number, Source::Url(PublicUrl::parse(address).expect("a sample address is one")), None)
}

fn job(number: u64, source: Source, content: Option<Content>) -> NewJob {
    let request = CountRequest {
        source,
        content,
        job: JobOptions::default(),
        count: CountOptions::default(),
        binding: None,
        request: None,
    };
    request.into_new_job(samples::id(number), OwnerId::LOCAL, CREATED.after(Duration::from_millis(number)))
}

/// Options that all differ from the defaults.
#[must_use]
pub fn every_option() -> CountOptions {
    CountOptions {
        definition: Some(Definition::Office),
        top: 7,
        case: Case::Keep,
        why: true,
        ngrams: 3,
        regions: Some(vec![Region::Main, Region::FrontMatter]),
        language: LanguageTag::parse("zh-Hant"),
    }
}

/// The result of a count: a histogram of `words` words, of which `top` are shown.
#[must_use]
pub fn result(words: usize, top: usize) -> CountResult {
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
    let remaining_words = histogram.top(words).into_iter().skip(top).collect();
    CountResult { report, remaining_words }
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
