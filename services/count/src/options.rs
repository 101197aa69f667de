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
    /// Whether [`Tally::differences`](crate::Tally::differences) is to tell why definitions differ.
    pub differences: bool,
    /// How many words a row of [`Ngrams`](crate::Ngrams) has, 2 to 5; fewer ask for none.
    pub ngrams: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            case: Case::Fold,
            histogram_words: 262_144,
            histogram_bytes: 16 << 20,
            differences: false,
            ngrams: 0,
        }
    }
}

impl Options {
    /// The same with another key.
    #[must_use]
    pub const fn with_case(mut self, case: Case) -> Self {
        self.case = case;
        self
    }

    /// The same, telling why definitions differ or not.
    #[must_use]
    pub const fn with_differences(mut self, differences: bool) -> Self {
        self.differences = differences;
        self
    }

    /// The same, counting rows of so many words.
    #[must_use]
    pub const fn with_ngrams(mut self, words: usize) -> Self {
        self.ngrams = words;
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
