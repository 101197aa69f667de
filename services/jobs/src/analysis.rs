//! Bytes of a document in, its report out: extraction and counting, side by side and a piece at a time.
//!
//! Pure and synchronous. Its memory is bounded by the extractor's and the histogram's limits, whatever the size.

use std::sync::Arc;

use tally_count::{Counter, Options, Tally, keywords};
use tally_extract::{CharsetSource, Declared, Extractor, Limits, Region, Sink};

use crate::failure::{Failure, FailureKind};
use crate::report::{Document, Findings, Language, Numbers, Report};
use crate::settings::Settings;
use crate::words::WordList;

/// How many bytes may be read at once between two looks at the clock: about a millisecond of work.
pub const PIECE: usize = 64 * 1024;

/// How many keywords a report shows at most.
const KEYWORDS: usize = 20;
/// How sure the language has to be before words and formulas are chosen by it.
const SURE_ENOUGH: f32 = 0.5;

/// A document that is being read.
pub struct Analysis<'a> {
    settings: &'a Settings,
    reader: Reader<'a>,
}

enum Reader<'a> {
    /// A text is what it is: there is nothing to detect.
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
    pub fn of_text(settings: &'a Settings) -> Self {
        let counters = Counters::new(settings);
        Self { settings, reader: Reader::Text { counters, pending: Vec::new(), bytes: 0 } }
    }

    /// Begins to read a document of which only this was declared.
    #[must_use]
    pub fn of_document(declared: &'a Declared<'a>, limits: Limits, settings: &'a Settings) -> Self {
        let extractor = Extractor::new(declared, limits, Counters::new(settings));
        Self { settings, reader: Reader::Document(Box::new(extractor)) }
    }

    /// Reads on. Pieces may be cut anywhere.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Failure> {
        match &mut self.reader {
            Reader::Document(extractor) => extractor.push(piece).map_err(Failure::from),
            Reader::Text { counters, pending, bytes } => {
                *bytes += piece.len() as u64;
                push_utf8(counters, pending, piece)
            }
        }
    }

    /// The report, once everything was read.
    pub fn finish(self) -> Result<Findings, Failure> {
        match self.reader {
            Reader::Document(extractor) => {
                let (extraction, counters) = extractor.finish().map_err(Failure::from)?;
                Ok(findings(Document::from(extraction), counters, self.settings))
            }
            Reader::Text { counters, pending, bytes } => {
                if !pending.is_empty() {
                    return Err(not_utf8());
                }
                Ok(findings(plain(bytes), counters, self.settings))
            }
        }
    }
}

/// The text of a document that somebody else takes apart, on its way into the numbers.
pub struct Gathering<'a> {
    settings: &'a Settings,
    counters: Counters,
}

impl<'a> Gathering<'a> {
    /// Begins to gather.
    #[must_use]
    pub fn new(settings: &'a Settings) -> Self {
        Self { settings, counters: Counters::new(settings) }
    }

    /// The report, once the whole text is here.
    #[must_use]
    pub fn finish(self, document: Document) -> Findings {
        findings(document, self.counters, self.settings)
    }
}

impl Sink for Gathering<'_> {
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

/// The door takes texts as strings, so bytes that are none were changed after they were stored.
fn not_utf8() -> Failure {
    Failure::new(FailureKind::ContentLost, "the stored text is not what was stored; submit it again")
}

/// One counter for each region that has text. A document has few, so a short list is searched fastest.
struct Counters {
    options: Options,
    by_region: Vec<(Region, Counter)>,
    last: usize,
}

impl Counters {
    fn new(settings: &Settings) -> Self {
        let options = Options::default()
            .with_case(settings.case)
            .with_differences(settings.why)
            .with_ngrams(settings.ngrams);
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

fn findings(document: Document, counters: Counters, settings: &Settings) -> Findings {
    let mut regions = Vec::with_capacity(counters.by_region.len());
    let mut whole: Option<Tally> = None;
    for (region, counter) in counters.by_region {
        let tally = counter.finish();
        regions.push((region, Numbers::from(&tally)));
        if counts(region, settings) {
            whole = Some(match whole {
                Some(so_far) => so_far.merge(tally),
                None => tally,
            });
        }
    }
    regions.sort_by_key(|(region, _)| *region);
    let whole = whole.unwrap_or_else(|| Counter::new(counters.options).finish());
    // Once, because that is most of what the end of a small text costs.
    let ranked = whole.histogram.top(whole.histogram.len());
    let report = report(document, regions, &whole, &ranked, settings);
    let rest = ranked.into_iter().skip(report.top_words.len()).collect();
    Findings { report: Arc::new(report), rest }
}

/// Whether a region's text is in the numbers.
fn counts(region: Region, settings: &Settings) -> bool {
    match &settings.regions {
        Some(chosen) => chosen.contains(&region),
        None => region.is_default(),
    }
}

fn report(
    document: Document,
    regions: Vec<(Region, Numbers)>,
    whole: &Tally,
    ranked: &[(&str, u64)],
    settings: &Settings,
) -> Report {
    let language = match &settings.language {
        Some(said) => Some(Language { tag: said.as_str().to_owned(), confidence: 1.0 }),
        None => whole.language().map(|found| Language { tag: found.tag, confidence: found.confidence }),
    };
    let sure = language.as_ref().filter(|found| found.confidence >= SURE_ENOUGH);
    let tag = sure.map_or("", |found| found.tag.as_str());
    Report {
        document,
        keywords: keywords(tag, ranked.iter().copied(), settings.top.min(KEYWORDS)).into_iter().collect(),
        ngrams: ngrams(whole, settings),
        readability: whole.readability(tag),
        differences: whole.differences(),
        numbers: Numbers::from(whole),
        definition: settings.definition.unwrap_or_else(|| whole.headline()),
        regions,
        language,
        reading_time_ms: whole.reading_time_ms(),
        speaking_time_ms: whole.speaking_time_ms(),
        top_words: ranked.iter().copied().take(settings.top).collect(),
        histogram_complete: whole.histogram.is_complete(),
        histogram_left_out: whole.histogram.left_out(),
    }
}

fn ngrams(whole: &Tally, settings: &Settings) -> WordList {
    let shown = settings.top.min(Settings::MOST_NGRAMS);
    whole.ngrams.iter().flat_map(|told| told.counts().top(shown)).collect()
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
    use tally_count::Definition;

    fn count_pieces(text: &str, piece: usize) -> Result<Findings, Failure> {
        let settings = Settings::default();
        let mut analysis = Analysis::of_text(&settings);
        for part in text.as_bytes().chunks(piece) {
            analysis.push(part)?;
        }
        analysis.finish()
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
    fn a_report_tells_why_its_numbers_differ() {
        let text = "The well-known cat and the well-known dog";
        assert_eq!(count_pieces(text, 9).unwrap().report.differences, None, "nobody asked");
        let settings = Settings { why: true, ..Settings::default() };
        let mut analysis = Analysis::of_text(&settings);
        analysis.push(text.as_bytes()).unwrap();
        let differences = analysis.finish().unwrap().report.differences.clone().unwrap();
        let shares = differences.between(Definition::Unicode, Definition::Wc);
        assert_eq!((shares.len(), shares[0].words), (1, 2));
        assert_eq!(shares[0].difference.examples[0].offset_bytes, 4);
    }

    #[test]
    fn a_report_shows_rows_of_words_when_asked() {
        let text = "To be, or not to be";
        assert!(count_pieces(text, 9).unwrap().report.ngrams.is_empty(), "nobody asked");
        let settings = Settings { ngrams: 2, top: 1, ..Settings::default() };
        let mut analysis = Analysis::of_text(&settings);
        analysis.push(text.as_bytes()).unwrap();
        let report = analysis.finish().unwrap().report;
        assert_eq!(report.ngrams.iter().collect::<Vec<_>>(), [("to be", 2)]);
    }

    #[test]
    fn stored_bytes_that_are_no_text_are_told() {
        let settings = Settings::default();
        let mut analysis = Analysis::of_text(&settings);
        assert_eq!(analysis.push(b"a \xff b").unwrap_err().kind, FailureKind::ContentLost);
        let mut analysis = Analysis::of_text(&settings);
        analysis.push(b"cut \xc3").unwrap();
        assert_eq!(analysis.finish().unwrap_err().kind, FailureKind::ContentLost);
    }

    #[test]
    fn only_chosen_regions_are_in_the_numbers_but_all_are_told() {
        let page =
            b"<html><head><title>Three word title</title></head><body><nav>menu</nav><p>Two words</p></body>";
        let declared = Declared { content_type: Some("text/html"), name: None };
        let read = |regions| {
            let settings = Settings { regions, ..Settings::default() };
            let mut analysis = Analysis::of_document(&declared, Limits::default(), &settings);
            analysis.push(page).unwrap();
            analysis.finish().unwrap().report
        };
        assert_eq!(read(None).numbers.words_by(Definition::Unicode), 2);
        let both = read(Some(vec![Region::Title, Region::Nav]));
        assert_eq!(both.numbers.words_by(Definition::Unicode), 4);
        let names: Vec<_> = both.regions.iter().map(|(region, _)| region.as_str()).collect();
        assert_eq!(names, ["main", "nav", "title"]);
    }

    #[test]
    fn bytes_that_are_no_characters_are_no_word_to_wc() {
        assert_eq!(tally_extract::UNDECODED, tally_count::UNDECODED);
        let settings = Settings::default();
        let utf8 = Declared { content_type: Some("text/plain; charset=utf-8"), name: None };
        let mut analysis = Analysis::of_document(&utf8, Limits::default(), &settings);
        analysis.push(b"a \xff b\n").unwrap();
        let report = analysis.finish().unwrap().report;
        let words =
            [Definition::Wc, Definition::Office].map(|definition| report.numbers.words_by(definition));
        // What GNU wc says of these bytes, and Word of what it shows in their place.
        assert_eq!((words, report.document.replacement_characters), ([2, 3], 1));
    }

    #[test]
    fn what_cannot_be_read_says_what_can() {
        let settings = Settings::default();
        let declared = Declared { content_type: Some("image/png"), name: None };
        let mut analysis = Analysis::of_document(&declared, Limits::default(), &settings);
        let failure = analysis.push(b"\x89PNG ...").and_then(|()| analysis.finish().map(drop)).unwrap_err();
        assert_eq!(failure.kind, FailureKind::UnsupportedMediaType);
        assert!(failure.detail.contains("DOCX"), "{}", failure.detail);
    }
}
