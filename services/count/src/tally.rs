//! What one text counts to, and how the tallies of its parts make the tally of the whole.

use crate::differences::CauseTotals;
use crate::gmx::GmxDivisor;
use crate::language::{self, Language};
use crate::measures::{LineCounter, MeasureState, is_space};
use crate::properties::ScriptClass;
use crate::readability::{self, Readability};
use crate::segment_counter::{LettersByScript, SegmentCounter};
use crate::sentence::SentenceEffect;
use crate::{Definition, Differences, Histogram, Ngrams, Words};

/// Words a minute of silent reading (Brysbaert 2019, adults, English non-fiction).
const READING_WORDS_PER_MINUTE: u64 = 238;
/// Words a minute of reading aloud (the same).
const SPEAKING_WORDS_PER_MINUTE: u64 = 183;

/// Everything that is counted about one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Words by every definition.
    pub words: Words,
    /// Bytes of the text in UTF-8.
    pub bytes: u64,
    /// Unicode scalar values.
    pub characters: u64,
    /// Scalar values that are not `White_Space`.
    pub characters_without_spaces: u64,
    /// Extended grapheme clusters (UAX #29): characters as a reader sees them.
    pub graphemes: u64,
    /// LineCounter: line feeds, and one more for a last line without one.
    pub lines: u64,
    /// Blocks of lines with something on them, parted by blank lines.
    pub paragraphs: u64,
    /// SentenceEffect (UAX #29) that hold a letter or a number. A line feed ends one by that rule, so a
    /// text whose lines are wrapped by hand has one for each line.
    pub sentences: u64,
    /// Distinct words by the key of the histogram.
    pub unique_words: u64,
    /// Whether `unique_words` is an estimate, because the histogram's bound was reached.
    pub unique_words_estimated: bool,
    /// How often each word occurs, within a bound.
    pub histogram: Histogram,
    /// How often words stand one behind the other, if that was asked for.
    pub ngrams: Option<Box<Ngrams>>,
    seam: MergeState,
    explained: Option<Box<CauseTotals>>,
}

/// What the figures do not tell, and merging and the language need.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MergeState {
    lines: LineCounter,
    sentences: SentenceEffect,
    /// Whether the text ends in white space, so that it may have been cut there.
    ends_in_space: bool,
    letters: LettersByScript,
    /// Characters that GMX-V bills.
    billed: u64,
}

impl Default for MergeState {
    fn default() -> Self {
        Self {
            lines: LineCounter::new(),
            sentences: SentenceEffect::default(),
            ends_in_space: false,
            letters: [0; ScriptClass::ALL.len()],
            billed: 0,
        }
    }
}

impl Tally {
    /// What was counted of a text of `bytes` bytes that ends with `last`.
    pub(crate) fn new(
        bytes: u64,
        last: u8,
        measures: &MeasureState,
        segments: SegmentCounter,
        explained: Option<Box<CauseTotals>>,
    ) -> Self {
        let mut words = Words::default();
        words.set(Definition::Wc, measures.wc_words);
        words.set(Definition::Unicode, segments.unicode_words);
        words.set(Definition::Dictionary, segments.dictionary_words);
        words.set(Definition::Office, measures.office_words);
        words.set(Definition::LibreOffice, measures.writer.words);
        words.set(Definition::Cat, measures.pieces.cat_words);
        words.set(Definition::Ascii, measures.pieces.ascii_words);
        let seam = MergeState {
            lines: measures.lines.clone(),
            sentences: segments.sentences.finish(),
            ends_in_space: is_space(last),
            letters: segments.letters,
            billed: measures.pieces.billed,
        };
        Self {
            words,
            bytes,
            characters: measures.characters,
            characters_without_spaces: measures.characters - measures.spaces,
            graphemes: measures.graphemes.clusters(),
            histogram: segments.histogram,
            ngrams: segments.ngrams.map(Ngrams::finished),
            seam,
            explained,
            ..Self::default()
        }
        .derived()
    }

    /// The tally of both texts; `self`'s came before `next`'s, cut at a border that
    /// [`next_cut`](crate::next_cut) gave: the same to the bit as counting them as one, while the
    /// histogram is complete. Beyond its bound all counts are still the same, and only which words
    /// were entered may differ.
    ///
    /// Texts that were never one may be merged too: where `self`'s does not end in white space, its
    /// last line, sentence and paragraph end with it.
    #[must_use]
    pub fn merge(mut self, next: Self) -> Self {
        if self.bytes == 0 {
            return next;
        }
        if next.bytes == 0 {
            return self;
        }
        self.words.add_all(next.words);
        self.explained = match (self.explained, next.explained) {
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
        self.seam = self.seam.merge(&next.seam);
        self.derived()
    }

    /// Sets the figures that follow from the seam and the histogram.
    fn derived(mut self) -> Self {
        self.lines = self.seam.lines.lines();
        self.paragraphs = self.seam.lines.paragraphs();
        self.sentences = self.seam.sentences.count();
        let gmx = match self.divisor() {
            Some(divisor) => divisor.words(self.seam.billed),
            None => self.words.get(Definition::Unicode),
        };
        self.words.set(Definition::Gmx, gmx);
        (self.unique_words, self.unique_words_estimated) = self.histogram.distinct();
        self
    }

    fn divisor(&self) -> Option<GmxDivisor> {
        GmxDivisor::of(&self.seam.letters)
    }

    /// Why the definitions differ; `None` where that was not asked for in the [`Options`](crate::Options).
    ///
    /// Places of examples are in this text; in a merged tally, in the texts one behind the other.
    #[must_use]
    pub fn differences(&self) -> Option<Differences> {
        let explained = self.explained.as_ref()?;
        Some(explained.read(&self.words, self.seam.billed, self.divisor()))
    }

    /// The language, where there is evidence enough to name one: by script where that decides, by
    /// frequent words where several languages share it.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        language::of(&self.seam.letters, &self.histogram)
    }

    /// Scores of readability, by the formulas made for the language with this tag, such as `en`; none
    /// for other languages, for fewer than a hundred words, and where the histogram is not complete.
    ///
    /// A sentence ends at a line feed by UAX #29, so lines wrapped by hand make a text look easier.
    #[must_use]
    pub fn readability(&self, language: &str) -> Vec<Readability> {
        readability::of(language, &self.histogram, self.sentences)
    }

    /// The `n` most frequent words that are no articles, prepositions and the like of the language
    /// with this tag; none for a language whose small words are not known.
    #[must_use]
    pub fn keywords(&self, language: &str, n: usize) -> Vec<(&str, u64)> {
        language::keywords_of(language, &self.histogram, n)
    }

    /// The definition whose number fits this text best: `unicode`, or `dictionary` where most of it
    /// is in a script that is written without spaces.
    #[must_use]
    pub fn headline(&self) -> Definition {
        if language::is_written_without_spaces(&self.seam.letters) {
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

/// Time to read so many words silently, in milliseconds, at 238 words a minute.
#[must_use]
pub const fn reading_time_ms(words: u64) -> u64 {
    words.saturating_mul(60_000) / READING_WORDS_PER_MINUTE
}

/// Time to read so many words aloud, in milliseconds, at 183 words a minute.
#[must_use]
pub const fn speaking_time_ms(words: u64) -> u64 {
    words.saturating_mul(60_000) / SPEAKING_WORDS_PER_MINUTE
}

impl MergeState {
    fn merge(mut self, next: &Self) -> Self {
        let seam = self.ends_in_space;
        for (mine, theirs) in self.letters.iter_mut().zip(next.letters) {
            *mine += theirs;
        }
        Self {
            lines: self.lines.merge(&next.lines, seam),
            sentences: self.sentences.merge(&next.sentences, seam),
            ends_in_space: next.ends_in_space,
            letters: self.letters,
            billed: self.billed + next.billed,
        }
    }
}
