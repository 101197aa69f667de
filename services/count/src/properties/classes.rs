//! The classes a character can have, as small numbers that fit the packed table.
//!
//! Knows names and numbers; which character has which class is told by `build`.

/// Classes of UAX #29 word boundaries.
pub(crate) struct WordClass;

impl WordClass {
    pub(crate) const OTHER: u32 = 0;
    pub(crate) const CR: u32 = 1;
    pub(crate) const LF: u32 = 2;
    pub(crate) const NEWLINE: u32 = 3;
    pub(crate) const EXTEND: u32 = 4;
    pub(crate) const ZWJ: u32 = 5;
    pub(crate) const FORMAT: u32 = 6;
    pub(crate) const REGIONAL: u32 = 7;
    pub(crate) const KATAKANA: u32 = 8;
    pub(crate) const HEBREW: u32 = 9;
    pub(crate) const LETTER: u32 = 10;
    pub(crate) const SINGLE_QUOTE: u32 = 11;
    pub(crate) const DOUBLE_QUOTE: u32 = 12;
    pub(crate) const MID_NUM_LET: u32 = 13;
    pub(crate) const MID_LETTER: u32 = 14;
    pub(crate) const MID_NUM: u32 = 15;
    pub(crate) const NUMERIC: u32 = 16;
    pub(crate) const CONNECTOR: u32 = 17;
    pub(crate) const SPACE: u32 = 18;
}

/// Classes of UAX #29 grapheme clusters; `Extend` and `Other` come in the kinds that rule GB9c
/// (conjuncts of Indic scripts) and GB11 (emoji sequences) need.
pub(crate) struct GraphemeClass;

impl GraphemeClass {
    pub(crate) const OTHER: u32 = 0;
    pub(crate) const CR: u32 = 1;
    pub(crate) const LF: u32 = 2;
    pub(crate) const CONTROL: u32 = 3;
    /// `Extend` that is nothing to a conjunct.
    pub(crate) const EXTEND: u32 = 4;
    /// `Extend` that a conjunct may hold.
    pub(crate) const CONJUNCT_EXTEND: u32 = 5;
    /// `Extend` that links a conjunct.
    pub(crate) const LINKER: u32 = 6;
    pub(crate) const ZWJ: u32 = 7;
    pub(crate) const REGIONAL: u32 = 8;
    pub(crate) const PREPEND: u32 = 9;
    pub(crate) const SPACING_MARK: u32 = 10;
    pub(crate) const L: u32 = 11;
    pub(crate) const V: u32 = 12;
    pub(crate) const T: u32 = 13;
    pub(crate) const LV: u32 = 14;
    pub(crate) const LVT: u32 = 15;
    pub(crate) const PICTOGRAPHIC: u32 = 16;
    pub(crate) const CONSONANT: u32 = 17;
    pub(crate) const COUNT: usize = 18;
}

/// Classes of UAX #29 sentence boundaries.
pub(crate) struct SentenceClass;

impl SentenceClass {
    pub(crate) const OTHER: u32 = 0;
    /// `Extend` and `Format`, which rule SB5 passes over.
    pub(crate) const EXTEND: u32 = 1;
    /// `CR`, `LF` and `Sep`.
    pub(crate) const SEPARATOR: u32 = 2;
    pub(crate) const SPACE: u32 = 3;
    pub(crate) const LOWER: u32 = 4;
    pub(crate) const UPPER: u32 = 5;
    pub(crate) const LETTER: u32 = 6;
    pub(crate) const NUMERIC: u32 = 7;
    pub(crate) const A_TERM: u32 = 8;
    pub(crate) const S_TERM: u32 = 9;
    pub(crate) const CLOSE: u32 = 10;
    pub(crate) const CONTINUE: u32 = 11;
    /// Set beside a class when the character is a letter or a number.
    pub(crate) const ALPHANUMERIC: u32 = 16;
}

/// What a character is to `wc -w`.
pub(crate) struct WcClass;

impl WcClass {
    /// Starts or goes on with a word.
    pub(crate) const WORD: u32 = 0;
    /// Ends one.
    pub(crate) const SPACE: u32 = 1;
    /// Does neither.
    pub(crate) const PASSED_OVER: u32 = 2;
}

/// What a character is to a word processor's count.
pub(crate) struct OfficeClass;

impl OfficeClass {
    /// Part of a run.
    pub(crate) const RUN: u32 = 0;
    /// White space.
    pub(crate) const SPACE: u32 = 1;
    /// Counted for itself.
    pub(crate) const ALONE: u32 = 2;
    /// A mark that belongs to what stands before it.
    pub(crate) const MARK: u32 = 3;
}

/// What a character is to LibreOffice Writer's count: the classes of its break rules for counting
/// (`count_word.txt` of i18npool), and what Writer does with the pieces. Zero is a word of its own
/// with the marks on it: Thai, Lao, superscripts, fractions, private use.
pub(crate) struct LibreOfficeClass;

impl LibreOfficeClass {
    /// Between words: white space, the en dash and the em dash.
    pub(crate) const SPACE: u32 = 1;
    /// The hyphen-minus: one joins, two or more end a word.
    pub(crate) const HYPHEN: u32 = 2;
    /// Goes on with a word: letters, digits, punctuation, symbols.
    pub(crate) const LETTER: u32 = 3;
    /// A word of its own whatever it is: Chinese, Japanese, Korean, full-width punctuation.
    pub(crate) const ASIAN: u32 = 4;
    /// A mark on what stands before it.
    pub(crate) const MARK: u32 = 5;
    /// Joins letters on both sides of it, and is a word where it does not.
    pub(crate) const FORMAT: u32 = 6;
}

/// What a character is to translation tools that split at hyphens, slashes and apostrophes; zero is
/// what neither makes nor ends a word.
pub(crate) struct CatClass;

impl CatClass {
    /// Makes the piece it stands in a word: a letter or a number.
    pub(crate) const WORD: u32 = 1;
    /// Ends a piece.
    pub(crate) const SPLIT: u32 = 2;
    /// A word of its own: Han and kana.
    pub(crate) const ALONE: u32 = 3;
}

/// What a character may have to do with two definitions' differing about a word.
pub(crate) struct CauseClass;

impl CauseClass {
    /// Nothing: ASCII letters, white space.
    pub(crate) const NONE: u32 = 0;
    /// Punctuation not named below.
    pub(crate) const PUNCTUATION: u32 = 1;
    /// A letter that is not ASCII.
    pub(crate) const LETTER: u32 = 2;
    /// A number of any kind.
    pub(crate) const NUMBER: u32 = 3;
    pub(crate) const HYPHEN: u32 = 4;
    /// Every other dash.
    pub(crate) const DASH: u32 = 5;
    pub(crate) const SLASH: u32 = 6;
    pub(crate) const APOSTROPHE: u32 = 7;
    pub(crate) const ELLIPSIS: u32 = 8;
    pub(crate) const SYMBOL: u32 = 9;
    /// A space at which lines do not break.
    pub(crate) const NO_BREAK: u32 = 10;
    /// Nothing to see: controls, joiners, soft hyphens.
    pub(crate) const INVISIBLE: u32 = 11;
    pub(crate) const HANGUL: u32 = 12;
    /// Thai, Lao, Khmer, Burmese.
    pub(crate) const SPACELESS: u32 = 13;
    pub(crate) const HAN_KANA: u32 = 14;
    /// White space other than ASCII's and the no-break spaces.
    pub(crate) const WIDE_SPACE: u32 = 15;
}

/// Scripts that say something about the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptClass {
    /// None of the following.
    Other,
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Devanagari,
    Han,
    Kana,
    Hangul,
    Thai,
    Lao,
    Khmer,
    Myanmar,
    Bengali,
    Gujarati,
    Gurmukhi,
    Oriya,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Georgian,
    Armenian,
    Ethiopic,
    Tibetan,
}

impl ScriptClass {
    /// Every script, in the order of its index.
    pub(crate) const ALL: [Self; 27] = [
        Self::Other,
        Self::Latin,
        Self::Cyrillic,
        Self::Greek,
        Self::Arabic,
        Self::Hebrew,
        Self::Devanagari,
        Self::Han,
        Self::Kana,
        Self::Hangul,
        Self::Thai,
        Self::Lao,
        Self::Khmer,
        Self::Myanmar,
        Self::Bengali,
        Self::Gujarati,
        Self::Gurmukhi,
        Self::Oriya,
        Self::Tamil,
        Self::Telugu,
        Self::Kannada,
        Self::Malayalam,
        Self::Sinhala,
        Self::Georgian,
        Self::Armenian,
        Self::Ethiopic,
        Self::Tibetan,
    ];
}
