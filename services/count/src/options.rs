//! The options of a count. None of them changes a count of words.

/// How the histogram treats upper and lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Case {
    /// Case-folded and in NFC: `Straße`, `STRASSE` and `strasse` are one word.
    #[default]
    Fold,
    /// In NFC: `The` and `the` are two words.
    Keep,
}

/// What a line feed inside a paragraph means for sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LineEnd {
    /// It ends a sentence, by rule SB4 of UAX #29. For text in which a line is a heading, an item or a cell.
    #[default]
    Sentence,
    /// It is a space, and only an empty line ends a sentence. For text whose lines are wrapped.
    Space,
}

/// Options of one count. Parts that will be merged should use the same options.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How the histogram treats upper and lower case.
    pub case: Case,
    /// What a line feed inside a paragraph means for sentences.
    pub line_end: LineEnd,
    /// Maximum number of distinct words in the histogram.
    pub histogram_words: usize,
    /// Maximum memory of the histogram's words in bytes. A word costs its length and 32 more.
    pub histogram_bytes: usize,
    /// Whether to collect [`Tally::differences`](crate::Tally::differences).
    pub differences: bool,
    /// n-gram length, 2 to 5; 0 and 1 disable n-grams.
    pub ngrams: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            case: Case::Fold,
            line_end: LineEnd::Sentence,
            histogram_words: 262_144,
            histogram_bytes: 16 << 20,
            differences: false,
            ngrams: 0,
        }
    }
}

impl Options {
    /// Sets how the histogram treats upper and lower case.
    #[must_use]
    pub const fn with_case(mut self, case: Case) -> Self {
        self.case = case;
        self
    }

    /// Sets what a line feed inside a paragraph means for sentences.
    #[must_use]
    pub const fn with_line_end(mut self, line_end: LineEnd) -> Self {
        self.line_end = line_end;
        self
    }

    /// Sets whether to collect the differences between definitions.
    #[must_use]
    pub const fn with_differences(mut self, differences: bool) -> Self {
        self.differences = differences;
        self
    }

    /// Sets the n-gram length.
    #[must_use]
    pub const fn with_ngrams(mut self, n: usize) -> Self {
        self.ngrams = n;
        self
    }

    /// Sets the bounds of the histogram.
    #[must_use]
    pub const fn with_histogram(mut self, words: usize, bytes: usize) -> Self {
        self.histogram_words = words;
        self.histogram_bytes = bytes;
        self
    }
}
