//! Counts a document piece by piece: extraction and counting side by side.
//!
//! Pure and synchronous. The limits of the extractor and the histogram bound its memory, whatever the size.

use tally_count::{Counter, LineEnd, Options, Tally, keywords};
use tally_extract::{CharsetSource, Declared, Extractor, Limits, MediaType, Region, Sink};
use tally_jobs::failure::{Failure, FailureType};

use crate::failure::of_extraction;
use crate::options::CountOptions;
use crate::report::{CountResult, Document, Language, Numbers, Report, coverage_warning};
use crate::word_list::WordList;

/// How many bytes are counted before other tasks may run: about a millisecond of work.
pub const PIECE: usize = 64 * 1024;

/// How many keywords a report shows at most.
const KEYWORDS: usize = 20;
/// The least confidence in a language at which words and formulas follow it.
const SURE_ENOUGH: f32 = 0.5;

/// A document that is being read.
pub struct Analysis<'a> {
    options: &'a CountOptions,
    reader: Reader<'a>,
}

enum Reader<'a> {
    /// A text has nothing to detect.
    Text {
        counters: Counters,
        pending: Vec<u8>,
        bytes: u64,
    },
    Document(Box<Extractor<'a, Counters>>),
}

impl<'a> Analysis<'a> {
    /// Begins to read a text that is known to be UTF-8, as it comes from a JSON string or a form.
    #[must_use]
    pub fn of_text(options: &'a CountOptions) -> Self {
        let counters = Counters::new(options, MediaType::PlainText);
        Self { options, reader: Reader::Text { counters, pending: Vec::new(), bytes: 0 } }
    }

    /// Begins to read a document with these declared properties, of the type that `sniff` finds.
    #[must_use]
    pub fn of_document(
        media_type: MediaType,
        declared: &'a Declared<'a>,
        limits: Limits,
        options: &'a CountOptions,
    ) -> Self {
        let extractor = Extractor::new(declared, limits, Counters::new(options, media_type));
        Self { options, reader: Reader::Document(Box::new(extractor)) }
    }

    /// Counts the next piece. Pieces may be cut anywhere.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Failure> {
        match &mut self.reader {
            Reader::Document(extractor) => extractor.push(piece).map_err(|error| of_extraction(&error)),
            Reader::Text { counters, pending, bytes } => {
                *bytes += piece.len() as u64;
                push_utf8(counters, pending, piece)
            }
        }
    }

    /// The result, once everything was read.
    pub fn finish(self) -> Result<CountResult, Failure> {
        match self.reader {
            Reader::Document(extractor) => {
                let (extraction, counters) = extractor.finish().map_err(|error| of_extraction(&error))?;
                Ok(findings(Document::from(extraction), counters, self.options))
            }
            Reader::Text { counters, pending, bytes } => {
                if !pending.is_empty() {
                    return Err(not_utf8());
                }
                Ok(findings(plain(bytes), counters, self.options))
            }
        }
    }
}

/// Builds the report of a document whose text a parser extracts.
pub struct ReportBuilder<'a> {
    options: &'a CountOptions,
    counters: Counters,
}

impl<'a> ReportBuilder<'a> {
    /// A builder without text, for a document of this type.
    #[must_use]
    pub fn new(media_type: MediaType, options: &'a CountOptions) -> Self {
        Self { options, counters: Counters::new(options, media_type) }
    }

    /// The result, once the whole text is here.
    #[must_use]
    pub fn finish(self, document: Document) -> CountResult {
        findings(document, self.counters, self.options)
    }
}

impl Sink for ReportBuilder<'_> {
    fn text(&mut self, region: Region, text: &str) {
        self.counters.text(region, text);
    }
}

/// Counts a piece of a text whose characters may be cut between pieces; `pending` holds a cut one's first bytes.
fn push_utf8(counters: &mut Counters, pending: &mut Vec<u8>, piece: &[u8]) -> Result<(), Failure> {
    let joined;
    let bytes = if pending.is_empty() {
        piece
    } else {
        pending.extend_from_slice(piece);
        joined = std::mem::take(pending);
        &joined
    };
    let whole = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let (whole, cut) = bytes.split_at(error.valid_up_to());
            pending.extend_from_slice(cut);
            str::from_utf8(whole).map_err(|_| not_utf8())?
        }
        Err(_) => return Err(not_utf8()),
    };
    counters.text(Region::Body, whole);
    Ok(())
}

/// The API accepts texts as strings, so bytes that are not UTF-8 were changed after they were stored.
fn not_utf8() -> Failure {
    Failure::new(FailureType::CONTENT_LOST, "the stored text is not what was stored; submit it again")
}

/// One counter for each region that has text. A document has few, so a short list is searched fastest.
struct Counters {
    options: Options,
    by_region: Vec<(Region, Counter)>,
    last: usize,
}

impl Counters {
    fn new(options: &CountOptions, media_type: MediaType) -> Self {
        let line_end = if media_type.wraps_lines() { LineEnd::Space } else { LineEnd::Sentence };
        let options = Options::default()
            .with_case(options.case)
            .with_line_end(line_end)
            .with_differences(options.why)
            .with_ngrams(options.ngrams);
        Self { options, by_region: Vec::new(), last: 0 }
    }
}

impl Sink for Counters {
    fn text(&mut self, region: Region, text: &str) {
        if self.by_region.get(self.last).is_none_or(|(last, _)| *last != region) {
            self.last = match self.by_region.iter().position(|(known, _)| *known == region) {
                Some(place) => place,
                None => {
                    self.by_region.push((region, Counter::new(self.options.clone())));
                    self.by_region.len() - 1
                }
            };
        }
        self.by_region[self.last].1.push(text);
    }
}

fn findings(document: Document, counters: Counters, options: &CountOptions) -> CountResult {
    let mut regions = Vec::with_capacity(counters.by_region.len());
    let mut whole: Option<Tally> = None;
    for (region, counter) in counters.by_region {
        let tally = counter.finish();
        regions.push((region, Numbers::from(&tally)));
        if counts(region, options) {
            whole = Some(match whole {
                Some(so_far) => so_far.merge(tally),
                None => tally,
            });
        }
    }
    regions.sort_by_key(|(region, _)| *region);
    let whole = whole.unwrap_or_else(|| Counter::new(counters.options).finish());
    // Once, because it is most of the cost of finishing a small text.
    let ranked = whole.histogram.top(whole.histogram.len());
    let report = report(document, regions, &whole, &ranked, options);
    let remaining_words = ranked.into_iter().skip(report.top_words.len()).collect();
    CountResult { report, remaining_words }
}

/// Whether a region's text is in the numbers.
fn counts(region: Region, options: &CountOptions) -> bool {
    match &options.regions {
        Some(chosen) => chosen.contains(&region),
        None => region.is_default(),
    }
}

fn report(
    mut document: Document,
    regions: Vec<(Region, Numbers)>,
    whole: &Tally,
    ranked: &[(&str, u64)],
    options: &CountOptions,
) -> Report {
    let language = match &options.language {
        Some(said) => Some(Language { tag: said.as_str().to_owned(), confidence: 1.0 }),
        None => whole.language().map(|found| Language { tag: found.tag, confidence: found.confidence }),
    };
    let sure = language.as_ref().filter(|found| found.confidence >= SURE_ENOUGH);
    let tag = sure.map_or("", |found| found.tag.as_str());
    let definition = options.definition.unwrap_or_else(|| whole.headline());
    document.warnings.extend(coverage_warning(&regions, definition, options.regions.as_deref()));
    Report {
        document,
        keywords: keywords(tag, ranked.iter().copied(), options.top.min(KEYWORDS)).into_iter().collect(),
        ngrams: ngrams(whole, options),
        readability: whole.readability(tag),
        differences: whole.differences(),
        numbers: Numbers::from(whole),
        definition,
        regions,
        language,
        reading_time_ms: whole.reading_time_ms(),
        speaking_time_ms: whole.speaking_time_ms(),
        top_words: ranked.iter().copied().take(options.top).collect(),
        histogram_complete: whole.histogram.is_complete(),
        histogram_left_out: whole.histogram.left_out(),
    }
}

fn ngrams(whole: &Tally, options: &CountOptions) -> WordList {
    let shown = options.top.min(CountOptions::MOST_NGRAMS);
    whole.ngrams.iter().flat_map(|ngrams| ngrams.counts().top(shown)).collect()
}

fn plain(bytes: u64) -> Document {
    Document {
        final_url: None,
        bytes,
        media_type: "text/plain".to_owned(),
        charset: "utf-8".to_owned(),
        charset_source: CharsetSource::Header.as_str().to_owned(),
        replacement_characters: 0,
        title: None,
        warnings: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::CountFailure;
    use tally_count::Definition;
    use tally_extract::sniff;

    fn count_pieces(text: &str, piece: usize) -> Result<CountResult, Failure> {
        let options = CountOptions::default();
        let mut analysis = Analysis::of_text(&options);
        for part in text.as_bytes().chunks(piece) {
            analysis.push(part)?;
        }
        analysis.finish()
    }

    fn analyze(declared: &Declared<'_>, options: &CountOptions, body: &[u8]) -> Result<Report, Failure> {
        let media_type = sniff(body, declared).map_err(|error| of_extraction(&error))?;
        let mut analysis = Analysis::of_document(media_type, declared, Limits::default(), options);
        analysis.push(body)?;
        Ok(analysis.finish()?.report)
    }

    #[test]
    fn a_text_gives_the_same_report_however_it_is_cut() {
        let text = "Größe, 元気ですか? Naïve café — 🙂 and more.\n\nA second paragraph.";
        let whole = count_pieces(text, text.len()).unwrap();
        assert_eq!(whole.report.numbers.bytes, text.len() as u64);
        assert_eq!(whole.report.numbers.words_by(Definition::Wc), 11);
        for piece in 1..8 {
            assert_eq!(count_pieces(text, piece).unwrap().report, whole.report, "pieces of {piece}");
        }
    }

    #[test]
    fn lines_of_wrapped_text_end_no_sentence_and_blocks_do() {
        let sentences = |content_type, document: &str| {
            let declared = Declared { content_type: Some(content_type), name: None };
            analyze(&declared, &CountOptions::default(), document.as_bytes()).unwrap().numbers.sentences
        };
        for (content_type, document, expected) in [
            ("text/plain", "The first\nsentence. The\r\nsecond.\n\nThe third\nis last", 3),
            ("text/markdown", "# Head\n\nThe first\nsentence.\n\n- an item\n- another", 4),
            (
                "text/html",
                "<h1>Head</h1><p>The first\nsentence.<ul><li>item<li>item</ul><table><td>a<td>b",
                6,
            ),
            (
                "text/vtt",
                "WEBVTT\n\n00:01.000 --> 00:02.000\nThe first\ncue\n\n00:02.000 --> 00:03.000\nand more",
                2,
            ),
            ("text/x-po", "msgid \"one\\n\"\n\"text\"\n\nmsgid \"another\"", 2),
            ("text/csv", "a,b\nc,d", 2),
        ] {
            assert_eq!(sentences(content_type, document), expected, "{document}");
        }
        let text = "Two\nlines. And\nmore";
        assert_eq!(count_pieces(text, 3).unwrap().report.numbers.sentences, 2);
        assert_eq!(count_pieces(text, 3).unwrap().report.numbers.lines, 3);
    }

    #[test]
    fn a_report_says_why_its_numbers_differ() {
        let text = "The well-known cat and the well-known dog";
        assert_eq!(count_pieces(text, 9).unwrap().report.differences, None, "not asked for");
        let options = CountOptions { why: true, ..CountOptions::default() };
        let mut analysis = Analysis::of_text(&options);
        analysis.push(text.as_bytes()).unwrap();
        let differences = analysis.finish().unwrap().report.differences.unwrap();
        let shares = differences.between(Definition::Unicode, Definition::Wc);
        assert_eq!((shares.len(), shares[0].words), (1, 2));
        assert_eq!(shares[0].difference.examples[0].offset_bytes, 4);
    }

    #[test]
    fn a_report_has_ngrams_when_asked() {
        let text = "To be, or not to be";
        assert!(count_pieces(text, 9).unwrap().report.ngrams.is_empty(), "not asked for");
        let options = CountOptions { ngrams: 2, top: 1, ..CountOptions::default() };
        let mut analysis = Analysis::of_text(&options);
        analysis.push(text.as_bytes()).unwrap();
        let report = analysis.finish().unwrap().report;
        assert_eq!(report.ngrams.iter().collect::<Vec<_>>(), [("to be", 2)]);
    }

    #[test]
    fn rejects_a_stored_text_that_is_not_utf8() {
        let options = CountOptions::default();
        let mut analysis = Analysis::of_text(&options);
        assert_eq!(analysis.push(b"a \xff b").unwrap_err().name, FailureType::CONTENT_LOST.name);
        let mut analysis = Analysis::of_text(&options);
        analysis.push(b"cut \xc3").unwrap();
        assert_eq!(analysis.finish().unwrap_err().name, FailureType::CONTENT_LOST.name);
    }

    #[test]
    fn the_numbers_cover_the_chosen_regions_and_all_regions_are_listed() {
        let page =
            b"<html><head><title>Three word title</title></head><body><nav>menu</nav><p>Two words</p></body>";
        let declared = Declared { content_type: Some("text/html"), name: None };
        let read = |regions| {
            let options = CountOptions { regions, ..CountOptions::default() };
            analyze(&declared, &options, page).unwrap()
        };
        assert_eq!(read(None).numbers.words_by(Definition::Unicode), 2);
        let both = read(Some(vec![Region::Title, Region::Nav]));
        assert_eq!(both.numbers.words_by(Definition::Unicode), 4);
        let names: Vec<_> = both.regions.iter().map(|(region, _)| region.as_str()).collect();
        assert_eq!(names, ["main", "nav", "title"]);
    }

    #[test]
    fn undecodable_bytes_are_not_a_word_for_wc() {
        assert_eq!(tally_extract::UNDECODED, tally_count::UNDECODED);
        let options = CountOptions::default();
        let utf8 = Declared { content_type: Some("text/plain; charset=utf-8"), name: None };
        let report = analyze(&utf8, &options, b"a \xff b\n").unwrap();
        let words =
            [Definition::Wc, Definition::Office].map(|definition| report.numbers.words_by(definition));
        // What GNU wc says of these bytes, and Word of what it shows in their place.
        assert_eq!((words, report.document.replacement_characters), ([2, 3], 1));
    }

    #[test]
    fn an_unsupported_type_lists_the_supported_ones() {
        let options = CountOptions::default();
        let declared = Declared { content_type: Some("image/png"), name: None };
        let failure = analyze(&declared, &options, b"\x89PNG ...").unwrap_err();
        assert_eq!(CountFailure::of(&failure), Some(CountFailure::UnsupportedMediaType));
        assert!(failure.detail.contains("DOCX"), "{}", failure.detail);
    }
}
