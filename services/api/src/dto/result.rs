//! What was counted, on the wire.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tally_count::{Definition, Differences, Readability};
use tally_extract::Region;
use tally_wordcount::WordList;
use tally_wordcount::report::{Numbers, Report, Warning};
use utoipa::ToSchema;

use super::differences::{DifferenceBody, differences};
use super::words::{NgramBody, WordBody};

/// The numbers of a document, over the regions that count.
#[derive(Serialize, ToSchema)]
#[schema(as = Result)]
pub(crate) struct ResultBody<'a> {
    /// Words by the headline definition.
    words: u64,
    /// The headline definition with the version of its rules: `unicode-17`.
    definition: &'static str,
    /// Words by every definition.
    #[serde(serialize_with = "by_definition")]
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    definitions: &'a [(Definition, u64)],
    /// Distinct words.
    unique_words: u64,
    /// Whether `unique_words` is an estimate, because there are more than the histogram holds.
    unique_words_estimated: bool,
    /// Unicode scalar values.
    characters: u64,
    /// The same without white space.
    characters_without_spaces: u64,
    /// Characters as a reader sees them (extended grapheme clusters).
    graphemes: u64,
    /// Bytes of the extracted text in UTF-8.
    text_bytes: u64,
    lines: u64,
    paragraphs: u64,
    sentences: u64,
    /// The language, where it can be told.
    #[schema(required = true)]
    language: Option<LanguageBody<'a>>,
    /// Time to read it silently, in milliseconds.
    reading_time_ms: u64,
    /// Time to read it aloud, in milliseconds.
    speaking_time_ms: u64,
    /// The most frequent words, as many as `top` asked for. Not shown in lists.
    #[serde(serialize_with = "counted")]
    #[schema(value_type = Vec<WordBody>)]
    top_words: &'a WordList,
    /// The most frequent words but the small ones of the language, at most 20; none where the language is not sure.
    #[serde(serialize_with = "counted")]
    #[schema(value_type = Vec<WordBody>)]
    keywords: &'a WordList,
    /// The most frequent rows of words, as many as `top` asked for and at most 1000; empty unless `ngrams` asked for
    /// them, and in lists.
    #[serde(serialize_with = "rows")]
    #[schema(value_type = Vec<NgramBody>)]
    ngrams: &'a WordList,
    /// Scores by the formulas that were made for the language; none for texts of fewer than 100 words.
    readability: Vec<ReadabilityBody>,
    /// Why the definitions differ: of every cause, what each definition counts where it occurs. Null in lists.
    #[serde(serialize_with = "differences")]
    #[schema(value_type = Option<Vec<DifferenceBody>>, required = true)]
    differences: Option<&'a Differences>,
    /// Words by the headline definition in every region that has text, also in those that do not count.
    #[serde(serialize_with = "by_region")]
    #[schema(value_type = std::collections::BTreeMap<String, u64>)]
    regions: Regions<'a>,
    /// How complete the list of words is.
    histogram: HistogramBody,
    /// What to know about the document before its numbers are trusted.
    #[serde(serialize_with = "warnings")]
    #[schema(value_type = Vec<WarningBody>)]
    warnings: &'a [Warning],
}

#[derive(Serialize, ToSchema)]
#[schema(as = Language)]
pub(crate) struct LanguageBody<'a> {
    /// BCP 47.
    tag: &'a str,
    /// From 0 to 1; 1 when the client said it.
    confidence: f32,
}

/// A score of readability.
#[derive(Serialize, ToSchema)]
#[schema(as = Readability)]
pub(crate) struct ReadabilityBody {
    /// The formula's name: `flesch_reading_ease`.
    formula: &'static str,
    score: f64,
    /// How what it is made of was estimated; null where it was counted.
    #[schema(required = true)]
    estimated_by: Option<&'static str>,
}

/// How complete the list of words is.
#[derive(Serialize, ToSchema)]
#[schema(as = Histogram)]
pub(crate) struct HistogramBody {
    /// Whether every word is in it.
    complete: bool,
    /// How many words were counted but are not in it.
    left_out: u64,
}

/// Something to know about a document.
#[derive(Serialize, ToSchema)]
#[schema(as = Warning)]
pub(crate) struct WarningBody<'a> {
    /// Its stable name: `lossy_charset`.
    code: &'a str,
    /// The sentence for people.
    detail: &'a str,
}

struct Regions<'a> {
    definition: Definition,
    numbers: &'a [(Region, Numbers)],
}

impl<'a> From<&'a Report> for ResultBody<'a> {
    fn from(report: &'a Report) -> Self {
        let numbers = &report.numbers;
        Self {
            words: numbers.words_by(report.definition),
            definition: report.definition.versioned(),
            definitions: &numbers.words,
            unique_words: numbers.unique_words,
            unique_words_estimated: numbers.unique_words_estimated,
            characters: numbers.characters,
            characters_without_spaces: numbers.characters_without_spaces,
            graphemes: numbers.graphemes,
            text_bytes: numbers.bytes,
            lines: numbers.lines,
            paragraphs: numbers.paragraphs,
            sentences: numbers.sentences,
            language: report
                .language
                .as_ref()
                .map(|language| LanguageBody { tag: &language.tag, confidence: language.confidence }),
            reading_time_ms: report.reading_time_ms,
            speaking_time_ms: report.speaking_time_ms,
            top_words: &report.top_words,
            keywords: &report.keywords,
            ngrams: &report.ngrams,
            readability: report.readability.iter().map(ReadabilityBody::from).collect(),
            differences: report.differences.as_ref(),
            regions: Regions { definition: report.definition, numbers: &report.regions },
            histogram: HistogramBody {
                complete: report.histogram_complete,
                left_out: report.histogram_left_out,
            },
            warnings: &report.document.warnings,
        }
    }
}

impl From<&Readability> for ReadabilityBody {
    fn from(score: &Readability) -> Self {
        let formula = score.formula;
        Self { formula: formula.as_str(), score: score.score, estimated_by: formula.estimated_by() }
    }
}

fn by_definition<S: Serializer>(words: &&[(Definition, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(words.iter().map(|(definition, words)| (definition.as_str(), words)))
}

fn by_region<S: Serializer>(regions: &Regions<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(regions.numbers.len()))?;
    for (region, numbers) in regions.numbers {
        map.serialize_entry(region.as_str(), &numbers.words_by(regions.definition))?;
    }
    map.end()
}

fn counted<S: Serializer>(words: &&WordList, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(words.iter().map(|(word, count)| WordBody { word, count }))
}

fn rows<S: Serializer>(ngrams: &&WordList, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ngrams.iter().map(|(words, count)| NgramBody { words, count }))
}

fn warnings<S: Serializer>(warnings: &&[Warning], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(warnings.iter().map(|one| WarningBody { code: &one.code, detail: &one.detail }))
}
