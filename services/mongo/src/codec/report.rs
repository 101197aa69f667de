//! A report without its words, which have a shape of their own.
//!
//! Stored as one text, as JSON: nobody asks the database for a part of it, and a server that took its hundred values one
//! by one spent as much on them as on all the rest of a small job's end (measured). Former versions stored it as a document
//! of the same shape.

use bson::RawBsonRef;
use serde::{Deserialize, Serialize};
use tally_count::{Formula, Readability};
use tally_jobs::report::{Document, Language, Numbers, Report, Warning};
use tally_jobs::words::WordList;

use super::asked::{definition, region};
use super::differences::{self, CauseShape};
use super::{Unreadable, signed, unsigned};

/// Words, or rows of them, with their counts.
type Counted = Vec<(String, i64)>;

/// Its shape.
#[derive(Debug, Serialize, Deserialize)]
struct ReportShape {
    document: DocumentShape,
    numbers: NumbersShape,
    definition: String,
    /// Names and numbers; no numbers: the same as those of the whole, as in every plain text.
    regions: Vec<(String, Option<NumbersShape>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<(String, f64)>,
    reading_time_ms: i64,
    speaking_time_ms: i64,
    histogram_complete: bool,
    #[serde(default)]
    histogram_left_out: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keywords: Counted,
    /// Scores in tenths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    readability: Vec<(String, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    differences: Option<Vec<CauseShape>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ngrams: Counted,
}

#[derive(Debug, Serialize, Deserialize)]
struct DocumentShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    final_url: Option<String>,
    bytes: i64,
    media_type: String,
    charset: String,
    charset_source: String,
    #[serde(default)]
    replacement_characters: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// Pairs of code and sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<(String, String)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct NumbersShape {
    /// Pairs of definition and words.
    words: Vec<(String, i64)>,
    /// Unnamed, because their names would be most of what is written of a job; a later version may add some at the end.
    figures: Vec<i64>,
}

/// The text to store.
pub fn write(report: &Report) -> Result<String, Unreadable> {
    Ok(serde_json::to_string(&shape(report))?)
}

/// Reads it back; its words come from elsewhere.
pub fn read(stored: RawBsonRef<'_>, top_words: WordList) -> Result<Report, Unreadable> {
    let shape = match stored {
        RawBsonRef::String(text) => serde_json::from_str(text)?,
        RawBsonRef::Document(document) => bson::deserialize_from_slice(document.as_bytes())?,
        _ => return Err(Unreadable::Range("report")),
    };
    read_shape(shape, top_words)
}

fn shape(report: &Report) -> ReportShape {
    let regions = report.regions.iter().map(|(region, numbers)| {
        (region.as_str().to_owned(), (*numbers != report.numbers).then(|| write_numbers(numbers)))
    });
    ReportShape {
        document: write_document(&report.document),
        numbers: write_numbers(&report.numbers),
        definition: report.definition.as_str().to_owned(),
        regions: regions.collect(),
        language: report.language.as_ref().map(|found| (found.tag.clone(), f64::from(found.confidence))),
        reading_time_ms: signed(report.reading_time_ms),
        speaking_time_ms: signed(report.speaking_time_ms),
        histogram_complete: report.histogram_complete,
        histogram_left_out: signed(report.histogram_left_out),
        keywords: write_counted(&report.keywords),
        readability: report.readability.iter().map(write_score).collect(),
        differences: report.differences.as_ref().map(|told| differences::write(told, &report.numbers)),
        ngrams: write_counted(&report.ngrams),
    }
}

fn read_shape(shape: ReportShape, top_words: WordList) -> Result<Report, Unreadable> {
    let numbers = read_numbers(shape.numbers)?;
    let regions = shape
        .regions
        .into_iter()
        .map(|(name, own)| Ok((region(name)?, own.map_or_else(|| Ok(numbers.clone()), read_numbers)?)));
    let told = shape.differences.map(|told| differences::read(told, &numbers)).transpose()?;
    Ok(Report {
        keywords: read_counted(&shape.keywords)?,
        ngrams: read_counted(&shape.ngrams)?,
        readability: shape.readability.into_iter().map(read_score).collect::<Result<_, _>>()?,
        differences: told,
        document: read_document(shape.document)?,
        definition: definition(shape.definition)?,
        regions: regions.collect::<Result<_, Unreadable>>()?,
        // It was an f32, so nothing is lost.
        language: shape.language.map(|(tag, confidence)| Language { tag, confidence: confidence as f32 }),
        reading_time_ms: unsigned(shape.reading_time_ms, "reading time")?,
        speaking_time_ms: unsigned(shape.speaking_time_ms, "speaking time")?,
        top_words,
        histogram_complete: shape.histogram_complete,
        histogram_left_out: unsigned(shape.histogram_left_out, "count")?,
        numbers,
    })
}

fn write_counted(words: &WordList) -> Counted {
    words.iter().map(|(word, count)| (word.to_owned(), signed(count))).collect()
}

fn read_counted(words: &Counted) -> Result<WordList, Unreadable> {
    words.iter().map(|(word, count)| Ok((&**word, unsigned(*count, "count")?))).collect()
}

fn write_score(score: &Readability) -> (String, i64) {
    (score.formula.as_str().to_owned(), (score.score * 10.0).round() as i64)
}

fn read_score((name, tenths): (String, i64)) -> Result<Readability, Unreadable> {
    let Some(formula) = Formula::named(&name) else { return Err(Unreadable::Name { what: "formula", name }) };
    Ok(Readability { formula, score: tenths as f64 / 10.0 })
}

fn write_document(document: &Document) -> DocumentShape {
    let warnings = document.warnings.iter();
    DocumentShape {
        final_url: document.final_url.clone(),
        bytes: signed(document.bytes),
        media_type: document.media_type.clone(),
        charset: document.charset.clone(),
        charset_source: document.charset_source.clone(),
        replacement_characters: signed(document.replacement_characters),
        title: document.title.clone(),
        warnings: warnings.map(|one| (one.code.clone(), one.detail.clone())).collect(),
    }
}

fn read_document(shape: DocumentShape) -> Result<Document, Unreadable> {
    Ok(Document {
        final_url: shape.final_url,
        bytes: unsigned(shape.bytes, "size")?,
        media_type: shape.media_type,
        charset: shape.charset,
        charset_source: shape.charset_source,
        replacement_characters: unsigned(shape.replacement_characters, "count")?,
        title: shape.title,
        warnings: shape.warnings.into_iter().map(|(code, detail)| Warning { code, detail }).collect(),
    })
}

fn write_numbers(numbers: &Numbers) -> NumbersShape {
    NumbersShape {
        words: numbers.words.iter().map(|(by, words)| (by.as_str().to_owned(), signed(*words))).collect(),
        figures: [
            numbers.bytes,
            numbers.characters,
            numbers.characters_without_spaces,
            numbers.graphemes,
            numbers.lines,
            numbers.paragraphs,
            numbers.sentences,
            numbers.unique_words,
            u64::from(numbers.unique_words_estimated),
        ]
        .map(signed)
        .into(),
    }
}

fn read_numbers(shape: NumbersShape) -> Result<Numbers, Unreadable> {
    let words =
        shape.words.into_iter().map(|(name, words)| Ok((definition(name)?, unsigned(words, "count")?)));
    // A figure that an older version did not write is zero.
    let figure = |place: usize| unsigned(shape.figures.get(place).copied().unwrap_or(0), "figure");
    Ok(Numbers {
        words: words.collect::<Result<_, Unreadable>>()?,
        bytes: figure(0)?,
        characters: figure(1)?,
        characters_without_spaces: figure(2)?,
        graphemes: figure(3)?,
        lines: figure(4)?,
        paragraphs: figure(5)?,
        sentences: figure(6)?,
        unique_words: figure(7)?,
        unique_words_estimated: figure(8)? != 0,
    })
}
