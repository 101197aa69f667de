//! The report as lists show it: JSON without the word lists, n-grams and differences, which are in the detail.
//!
//! An older summary has the n-grams and differences; they are read from there.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tally_count::{Formula, Readability};

use super::detail::{self, Counted, ExtrasShape, read_counted, write_counted};
use super::spec::{definition, region};
use super::{Text, UnreadablePart, differences};
use crate::report::{Document, Language, Numbers, Report, Warning};

#[derive(Serialize, Deserialize)]
struct ReportShape<'a> {
    #[serde(borrow)]
    document: DocumentShape<'a>,
    #[serde(borrow)]
    numbers: NumbersShape<'a>,
    #[serde(borrow)]
    definition: Text<'a>,
    /// No numbers: the same as those of the whole, as in every plain text.
    #[serde(borrow)]
    regions: Vec<(Text<'a>, Option<NumbersShape<'a>>)>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    language: Option<(Text<'a>, f32)>,
    reading_time_ms: u64,
    speaking_time_ms: u64,
    histogram_complete: bool,
    #[serde(default)]
    histogram_left_out: u64,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    keywords: Counted<'a>,
    /// Scores in tenths.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    readability: Vec<(Text<'a>, i64)>,
    /// Of an older version.
    #[serde(borrow, default, skip_serializing)]
    differences: Option<Vec<differences::DifferenceShape<'a>>>,
    /// Of an older version.
    #[serde(borrow, default, skip_serializing)]
    ngrams: Counted<'a>,
}

#[derive(Serialize, Deserialize)]
struct DocumentShape<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    final_url: Option<Text<'a>>,
    bytes: u64,
    #[serde(borrow)]
    media_type: Text<'a>,
    #[serde(borrow)]
    charset: Text<'a>,
    #[serde(borrow)]
    charset_source: Text<'a>,
    #[serde(default)]
    replacement_characters: u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    title: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<(Text<'a>, Text<'a>)>,
}

#[derive(Serialize, Deserialize)]
struct NumbersShape<'a> {
    #[serde(borrow)]
    words: Vec<(Text<'a>, u64)>,
    /// Unnamed, because their names would be most of what is written of a job; a later version may add some at the end.
    figures: Vec<u64>,
}

/// The summary and the detail to store.
#[must_use]
pub fn write(report: &Report) -> (Bytes, Bytes) {
    (write_summary(report), detail::write(report))
}

fn write_summary(report: &Report) -> Bytes {
    let regions = report.regions.iter().map(|(region, numbers)| {
        (region.as_str().into(), (*numbers != report.numbers).then(|| write_numbers(numbers)))
    });
    let shape = ReportShape {
        document: write_document(&report.document),
        numbers: write_numbers(&report.numbers),
        definition: report.definition.as_str().into(),
        regions: regions.collect(),
        language: report.language.as_ref().map(|found| (found.tag.as_str().into(), found.confidence)),
        reading_time_ms: report.reading_time_ms,
        speaking_time_ms: report.speaking_time_ms,
        histogram_complete: report.histogram_complete,
        histogram_left_out: report.histogram_left_out,
        keywords: write_counted(&report.keywords),
        readability: report.readability.iter().map(write_score).collect(),
        differences: None,
        ngrams: Vec::new(),
    };
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, &shape).expect("text and numbers always serialise");
    text.into()
}

/// Reads them back. Without a detail, as lists have it, the report has no words, n-grams and differences.
pub fn read(summary: &[u8], detail: &Bytes) -> Result<Report, UnreadablePart> {
    let shape: ReportShape<'_> = serde_json::from_slice(summary)?;
    let numbers = read_numbers(shape.numbers)?;
    let regions = shape
        .regions
        .into_iter()
        .map(|(name, own)| Ok((region(&name)?, own.map_or_else(|| Ok(numbers.clone()), read_numbers)?)));
    let mut extras = detail::read(detail, &numbers)?;
    if shape.differences.is_some() || !shape.ngrams.is_empty() {
        let older = ExtrasShape { differences: shape.differences, ngrams: shape.ngrams };
        extras = detail::Detail { top_words: extras.top_words, ..detail::read_extras(older, &numbers)? };
    }
    Ok(Report {
        keywords: read_counted(&shape.keywords),
        ngrams: extras.ngrams,
        readability: shape.readability.into_iter().map(read_score).collect::<Result<_, _>>()?,
        differences: extras.differences,
        document: read_document(shape.document),
        definition: definition(&shape.definition)?,
        regions: regions.collect::<Result<_, UnreadablePart>>()?,
        language: shape.language.map(|(tag, confidence)| Language { tag: tag.into_owned(), confidence }),
        reading_time_ms: shape.reading_time_ms,
        speaking_time_ms: shape.speaking_time_ms,
        top_words: extras.top_words,
        histogram_complete: shape.histogram_complete,
        histogram_left_out: shape.histogram_left_out,
        numbers,
    })
}

fn write_score(score: &Readability) -> (Text<'_>, i64) {
    (score.formula.as_str().into(), (score.score * 10.0).round() as i64)
}

fn read_score((name, tenths): (Text<'_>, i64)) -> Result<Readability, UnreadablePart> {
    let formula = Formula::named(&name)
        .ok_or_else(|| UnreadablePart::Name { what: "formula", name: name.into_owned() })?;
    Ok(Readability { formula, score: tenths as f64 / 10.0 })
}

fn write_document(document: &Document) -> DocumentShape<'_> {
    let warnings = document.warnings.iter();
    DocumentShape {
        final_url: document.final_url.as_deref().map(Text::from),
        bytes: document.bytes,
        media_type: document.media_type.as_str().into(),
        charset: document.charset.as_str().into(),
        charset_source: document.charset_source.as_str().into(),
        replacement_characters: document.replacement_characters,
        title: document.title.as_deref().map(Text::from),
        warnings: warnings.map(|one| (one.code.as_str().into(), one.detail.as_str().into())).collect(),
    }
}

fn read_document(shape: DocumentShape<'_>) -> Document {
    let warning = |(code, detail): (Text<'_>, Text<'_>)| Warning {
        code: code.into_owned(),
        detail: detail.into_owned(),
    };
    Document {
        final_url: shape.final_url.map(Text::into_owned),
        bytes: shape.bytes,
        media_type: shape.media_type.into_owned(),
        charset: shape.charset.into_owned(),
        charset_source: shape.charset_source.into_owned(),
        replacement_characters: shape.replacement_characters,
        title: shape.title.map(Text::into_owned),
        warnings: shape.warnings.into_iter().map(warning).collect(),
    }
}

fn write_numbers(numbers: &Numbers) -> NumbersShape<'_> {
    NumbersShape {
        words: numbers.words.iter().map(|(by, words)| (by.as_str().into(), *words)).collect(),
        figures: vec![
            numbers.bytes,
            numbers.characters,
            numbers.characters_without_spaces,
            numbers.graphemes,
            numbers.lines,
            numbers.paragraphs,
            numbers.sentences,
            numbers.unique_words,
            u64::from(numbers.unique_words_estimated),
        ],
    }
}

fn read_numbers(shape: NumbersShape<'_>) -> Result<Numbers, UnreadablePart> {
    let words = shape.words.into_iter().map(|(name, words)| Ok((definition(&name)?, words)));
    // A figure that an older version did not write is zero.
    let figure = |place: usize| shape.figures.get(place).copied().unwrap_or(0);
    Ok(Numbers {
        words: words.collect::<Result<_, UnreadablePart>>()?,
        bytes: figure(0),
        characters: figure(1),
        characters_without_spaces: figure(2),
        graphemes: figure(3),
        lines: figure(4),
        paragraphs: figure(5),
        sentences: figure(6),
        unique_words: figure(7),
        unique_words_estimated: figure(8) != 0,
    })
}
