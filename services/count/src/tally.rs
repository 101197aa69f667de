//! All counts of one text, and merging the counts of its parts.

use crate::differences::CauseTotals;
use crate::gmx::GmxDivisor;
use crate::language::{self, Language};
use crate::measures::{LineCounter, MeasureState, is_space};
use crate::properties::ScriptClass;
use crate::readability::{self, Readability};
use crate::segment_counter::{LettersByScript, SegmentCounter};
use crate::sentence::SentenceEffect;
use crate::{Definition, Differences, Histogram, Ngrams, Words};

/// Silent reading (Brysbaert 2019, adults, English non-fiction).
const READING_WORDS_PER_MINUTE: u64 = 238;
/// Reading aloud (same source).
const SPEAKING_WORDS_PER_MINUTE: u64 = 183;

/// All counts of one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Words by every definition.
    pub words: Words,
    /// Bytes in UTF-8.
    pub bytes: u64,
    /// Unicode scalar values.
    pub characters: u64,
    /// Scalar values that are not `White_Space`.
    pub characters_without_spaces: u64,
    /// Extended grapheme clusters (UAX #29): characters as a reader sees them.
    pub graphemes: u64,
    /// Line feeds, plus one if the last line has none.
    pub lines: u64,
    /// Blocks of non-blank lines, separated by blank lines.
    pub paragraphs: u64,
    /// Sentences (UAX #29) that contain a letter or a number. [`LineEnd`](crate::LineEnd) says whether a line
    /// feed ends one.
    pub sentences: u64,
    /// Distinct words, compared by their keys in the histogram.
    pub unique_words: u64,
    /// Whether `unique_words` is an estimate because the histogram reached its bound.
    pub unique_words_estimated: bool,
    /// How often each word occurs, within a bound.
    pub histogram: Histogram,
    /// How often each n-gram occurs, if n-grams are enabled.
    pub ngrams: Option<Box<Ngrams>>,
    merge_state: MergeState,
    cause_totals: Option<Box<CauseTotals>>,
}

/// What merging and language detection need besides the counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MergeState {
    lines: LineCounter,
    sentences: SentenceEffect,
    /// If not, the text was not cut at a border, and its last line and sentence end with it.
    ends_in_space: bool,
    letters: LettersByScript,
    gmx_characters: u64,
}

impl Default for MergeState {
    fn default() -> Self {
        Self {
            lines: LineCounter::new(),
            sentences: SentenceEffect::default(),
            ends_in_space: false,
            letters: [0; ScriptClass::ALL.len()],
            gmx_characters: 0,
        }
    }
}

impl Tally {
    /// The tally of a text of `bytes` bytes. `last` is its last byte.
    pub(crate) fn new(
        bytes: u64,
        last: u8,
        measures: &MeasureState,
        segments: SegmentCounter,
        cause_totals: Option<Box<CauseTotals>>,
    ) -> Self {
        let mut words = Words::default();
        words.set(Definition::Wc, measures.wc_words);
        words.set(Definition::Unicode, segments.unicode_words);
        words.set(Definition::Dictionary, segments.dictionary_words);
        words.set(Definition::Office, measures.office_words);
        words.set(Definition::LibreOffice, measures.libre_office.words);
        words.set(Definition::Cat, measures.pieces.cat_words);
        words.set(Definition::Ascii, measures.pieces.ascii_words);
        let merge_state = MergeState {
            lines: measures.lines.clone(),
            sentences: segments.sentences.finish(),
            ends_in_space: is_space(last),
            letters: segments.letters,
            gmx_characters: measures.pieces.gmx_characters,
        };
        Self {
            words,
            bytes,
            characters: measures.characters,
            characters_without_spaces: measures.characters - measures.spaces,
            graphemes: measures.graphemes.count(),
            histogram: segments.histogram,
            ngrams: segments.ngrams.map(Ngrams::finished),
            merge_state,
            cause_totals,
            ..Self::default()
        }
        .with_derived_counts()
    }

    /// The tally of the text of `self` followed by the text of `next`.
    ///
    /// If the text was cut at a border from [`next_cut`](crate::next_cut), the result equals the tally
    /// of the whole text. If the histogram reaches its bound, all counts are still equal, but the set
    /// of words in it may differ.
    ///
    /// Unrelated texts can be merged too. If the first does not end in white space, its last line,
    /// sentence and paragraph end with it.
    #[must_use]
    pub fn merge(mut self, next: Self) -> Self {
        if self.bytes == 0 {
            return next;
        }
        if next.bytes == 0 {
            return self;
        }
        self.words.add_all(next.words);
        self.cause_totals = match (self.cause_totals, next.cause_totals) {
            (Some(mine), Some(theirs)) => Some(mine.merge(theirs, self.bytes)),
            _ => None,
        };
        self.bytes += next.bytes;
        self.characters += next.characters;
        self.characters_without_spaces += next.characters_without_spaces;
        self.graphemes += next.graphemes;
        self.histogram = self.histogram.merge(next.histogram);
        self.ngrams = match (self.ngrams, next.ngrams) {
            (Some(mine), Some(theirs)) => Some(mine.merge(theirs)),
            _ => None,
        };
        self.merge_state = self.merge_state.merge(&next.merge_state);
        self.with_derived_counts()
    }

    /// Sets the counts that follow from the merge state and the histogram.
    fn with_derived_counts(mut self) -> Self {
        self.lines = self.merge_state.lines.lines();
        self.paragraphs = self.merge_state.lines.paragraphs();
        self.sentences = self.merge_state.sentences.count();
        let gmx = match self.divisor() {
            Some(divisor) => divisor.words(self.merge_state.gmx_characters),
            None => self.words.get(Definition::Unicode),
        };
        self.words.set(Definition::Gmx, gmx);
        (self.unique_words, self.unique_words_estimated) = self.histogram.distinct();
        self
    }

    fn divisor(&self) -> Option<GmxDivisor> {
        GmxDivisor::of(&self.merge_state.letters)
    }

    /// Why the definitions differ; `None` if the [`Options`](crate::Options) disabled it.
    ///
    /// Offsets of examples refer to the whole text, also in a merged tally.
    #[must_use]
    pub fn differences(&self) -> Option<Differences> {
        let totals = self.cause_totals.as_ref()?;
        Some(totals.read(&self.words, self.merge_state.gmx_characters, self.divisor()))
    }

    /// The language, if there is enough evidence. The script decides it; if several languages share the
    /// script, frequent words do.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        language::of(&self.merge_state.letters, &self.histogram)
    }

    /// Readability scores by the formulas for the language with this tag, such as `en`. Empty for other
    /// languages, for fewer than 100 words, and if the histogram is not complete.
    #[must_use]
    pub fn readability(&self, language: &str) -> Vec<Readability> {
        readability::of(language, &self.histogram, self.sentences)
    }

    /// The `n` most frequent words that are no stop words (articles, prepositions and so on) of the language
    /// with this tag, no single letters and no numbers. Empty for a language without a list of stop words.
    #[must_use]
    pub fn keywords(&self, language: &str, n: usize) -> Vec<(&str, u64)> {
        language::keywords_of(language, &self.histogram, n)
    }

    /// The definition that fits this text best: `dictionary` if most of it is in a script written
    /// without spaces, else `unicode`.
    #[must_use]
    pub fn headline(&self) -> Definition {
        if language::is_written_without_spaces(&self.merge_state.letters) {
            Definition::Dictionary
        } else {
            Definition::Unicode
        }
    }

    /// Time to read the text silently, in milliseconds, at 238 words a minute.
    #[must_use]
    pub fn reading_time_ms(&self) -> u64 {
        reading_time_ms(self.words.get(self.headline()))
    }

    /// Time to read the text aloud, in milliseconds, at 183 words a minute.
    #[must_use]
    pub fn speaking_time_ms(&self) -> u64 {
        speaking_time_ms(self.words.get(self.headline()))
    }
}

/// Time to read this many words silently, in milliseconds, at 238 words a minute.
#[must_use]
pub const fn reading_time_ms(words: u64) -> u64 {
    words.saturating_mul(60_000) / READING_WORDS_PER_MINUTE
}

/// Time to read this many words aloud, in milliseconds, at 183 words a minute.
#[must_use]
pub const fn speaking_time_ms(words: u64) -> u64 {
    words.saturating_mul(60_000) / SPEAKING_WORDS_PER_MINUTE
}

impl MergeState {
    fn merge(mut self, next: &Self) -> Self {
        let ends_in_space = self.ends_in_space;
        for (mine, theirs) in self.letters.iter_mut().zip(next.letters) {
            *mine += theirs;
        }
        Self {
            lines: self.lines.merge(&next.lines, ends_in_space),
            sentences: self.sentences.merge(&next.sentences, ends_in_space),
            ends_in_space: next.ends_in_space,
            letters: self.letters,
            gmx_characters: self.gmx_characters + next.gmx_characters,
        }
    }
}
