//! The classes of characters, as small numbers that fit the packed table.
//!
//! `builder` assigns them to characters.

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

/// Classes of UAX #29 grapheme clusters. `Extend` and `Other` are divided further, as the rules GB9c
/// (conjuncts of Indic scripts) and GB11 (emoji sequences) need it.
pub(crate) struct GraphemeClass;

impl GraphemeClass {
    pub(crate) const OTHER: u32 = 0;
    pub(crate) const CR: u32 = 1;
    pub(crate) const LF: u32 = 2;
    pub(crate) const CONTROL: u32 = 3;
    /// `Extend` without an `Indic_Conjunct_Break` class.
    pub(crate) const EXTEND: u32 = 4;
    /// `Extend` that is also `InCB=Extend`.
    pub(crate) const CONJUNCT_EXTEND: u32 = 5;
    /// `Extend` that is also `InCB=Linker`.
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
    /// `Extend` and `Format`, which rule SB5 ignores.
    pub(crate) const EXTEND: u32 = 1;
    /// `Sep`: the separators other than `CR` and `LF`.
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
    pub(crate) const LINE_FEED: u32 = 12;
    pub(crate) const CARRIAGE_RETURN: u32 = 13;
    /// A bit in addition to the class: the character is a letter or a number.
    pub(crate) const ALPHANUMERIC: u32 = 16;
}

/// Classes for `wc -w`.
pub(crate) struct WcClass;

impl WcClass {
    /// Starts or continues a word.
    pub(crate) const WORD: u32 = 0;
    /// Ends a word.
    pub(crate) const SPACE: u32 = 1;
    /// Neither starts nor ends a word.
    pub(crate) const IGNORED: u32 = 2;
}

/// Classes for Microsoft Word's count.
pub(crate) struct OfficeClass;

impl OfficeClass {
    /// Part of a run.
    pub(crate) const RUN: u32 = 0;
    pub(crate) const SPACE: u32 = 1;
    /// A word of its own.
    pub(crate) const SINGLE: u32 = 2;
    /// A mark. It belongs to the character before it.
    pub(crate) const MARK: u32 = 3;
}

/// Classes for LibreOffice Writer's count, from its break rules for counting (`count_word.txt` of
/// i18npool) and from what Writer does with the segments. Zero is a word of its own with the marks
/// after it: Thai, Lao, superscripts, fractions, private use.
pub(crate) struct LibreOfficeClass;

impl LibreOfficeClass {
    /// Between words: white space, the en dash and the em dash.
    pub(crate) const SPACE: u32 = 1;
    /// The hyphen-minus. One joins words, two or more end a word.
    pub(crate) const HYPHEN: u32 = 2;
    /// Starts or continues a word: letters, digits, punctuation, symbols.
    pub(crate) const LETTER: u32 = 3;
    /// A word of its own: Chinese, Japanese, Korean, full-width punctuation.
    pub(crate) const ASIAN: u32 = 4;
    /// A mark. It belongs to the character before it.
    pub(crate) const MARK: u32 = 5;
    /// Joins the letters before and after it; otherwise a word of its own.
    pub(crate) const FORMAT: u32 = 6;
}

/// Classes for translation tools that split at hyphens, slashes and apostrophes. Zero neither makes a
/// piece a word nor ends it.
pub(crate) struct CatClass;

impl CatClass {
    /// Makes its piece a word: a letter or a number.
    pub(crate) const WORD: u32 = 1;
    /// Ends a piece.
    pub(crate) const SPLIT: u32 = 2;
    /// A word of its own: Han and kana.
    pub(crate) const SINGLE: u32 = 3;
}

/// Classes for the [`Cause`](crate::Cause) of a difference between definitions.
pub(crate) struct CauseClass;

impl CauseClass {
    /// ASCII letters and ASCII white space.
    pub(crate) const NONE: u32 = 0;
    /// Punctuation not named below.
    pub(crate) const PUNCTUATION: u32 = 1;
    /// A letter or mark other than ASCII.
    pub(crate) const LETTER: u32 = 2;
    pub(crate) const NUMBER: u32 = 3;
    pub(crate) const HYPHEN: u32 = 4;
    /// Every other dash.
    pub(crate) const DASH: u32 = 5;
    pub(crate) const SLASH: u32 = 6;
    pub(crate) const APOSTROPHE: u32 = 7;
    pub(crate) const ELLIPSIS: u32 = 8;
    pub(crate) const SYMBOL: u32 = 9;
    /// A no-break space or a word joiner.
    pub(crate) const NO_BREAK: u32 = 10;
    /// Controls, joiners, soft hyphens.
    pub(crate) const INVISIBLE: u32 = 11;
    pub(crate) const HANGUL: u32 = 12;
    /// Thai, Lao, Khmer, Burmese.
    pub(crate) const SPACELESS: u32 = 13;
    pub(crate) const HAN_KANA: u32 = 14;
    /// White space other than ASCII and no-break spaces.
    pub(crate) const WIDE_SPACE: u32 = 15;
}

/// Scripts that are evidence of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptClass {
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
    /// Every script, in the order of the discriminants.
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
