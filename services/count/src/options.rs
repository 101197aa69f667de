//! What a caller may choose about a count.
//!
//! Knows limits and keys of the histogram; no choice here changes a count of words.

/// How words are keyed in the histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Case {
    /// Case-folded, NFC: `Straße`, `STRASSE` and `strasse` are one word.
    #[default]
    Fold,
    /// NFC only: `The` and `the` are two.
    Keep,
}

/// Choices for one count. Parts that will be merged should be counted with the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How words are keyed in the histogram.
    pub case: Case,
    /// Most distinct words the histogram holds.
    pub histogram_words: usize,
    /// Most memory of the histogram's words, in bytes: each costs its own length and 32 more.
    pub histogram_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { case: Case::Fold, histogram_words: 262_144, histogram_bytes: 16 << 20 }
    }
}

impl Options {
    /// The same with another key.
    #[must_use]
    pub const fn with_case(mut self, case: Case) -> Self {
        self.case = case;
        self
    }

    /// The same with another bound on the histogram.
    #[must_use]
    pub const fn with_histogram(mut self, words: usize, bytes: usize) -> Self {
        self.histogram_words = words;
        self.histogram_bytes = bytes;
        self
    }
}
