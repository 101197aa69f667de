//! ICU4X's names of classes in ours.

use icu_properties::props::{
    GraphemeClusterBreak, IndicConjunctBreak, Script as UnicodeScript, SentenceBreak, WordBreak,
};

use super::classes::{Grapheme, Script, Sentence, Word};

/// The class of UAX #29 word boundaries.
pub(super) fn word(value: WordBreak) -> u32 {
    match value {
        WordBreak::CR => Word::CR,
        WordBreak::LF => Word::LF,
        WordBreak::Newline => Word::NEWLINE,
        WordBreak::Extend => Word::EXTEND,
        WordBreak::ZWJ => Word::ZWJ,
        WordBreak::Format => Word::FORMAT,
        WordBreak::RegionalIndicator => Word::REGIONAL,
        WordBreak::Katakana => Word::KATAKANA,
        WordBreak::HebrewLetter => Word::HEBREW,
        WordBreak::ALetter => Word::LETTER,
        WordBreak::SingleQuote => Word::SINGLE_QUOTE,
        WordBreak::DoubleQuote => Word::DOUBLE_QUOTE,
        WordBreak::MidNumLet => Word::MID_NUM_LET,
        WordBreak::MidLetter => Word::MID_LETTER,
        WordBreak::MidNum => Word::MID_NUM,
        WordBreak::Numeric => Word::NUMERIC,
        WordBreak::ExtendNumLet => Word::CONNECTOR,
        WordBreak::WSegSpace => Word::SPACE,
        _ => Word::OTHER,
    }
}

pub(super) fn grapheme(value: GraphemeClusterBreak) -> u32 {
    match value {
        GraphemeClusterBreak::CR => Grapheme::CR,
        GraphemeClusterBreak::LF => Grapheme::LF,
        GraphemeClusterBreak::Control => Grapheme::CONTROL,
        GraphemeClusterBreak::Extend => Grapheme::EXTEND,
        GraphemeClusterBreak::ZWJ => Grapheme::ZWJ,
        GraphemeClusterBreak::RegionalIndicator => Grapheme::REGIONAL,
        GraphemeClusterBreak::Prepend => Grapheme::PREPEND,
        GraphemeClusterBreak::SpacingMark => Grapheme::SPACING_MARK,
        GraphemeClusterBreak::L => Grapheme::L,
        GraphemeClusterBreak::V => Grapheme::V,
        GraphemeClusterBreak::T => Grapheme::T,
        GraphemeClusterBreak::LV => Grapheme::LV,
        GraphemeClusterBreak::LVT => Grapheme::LVT,
        _ => Grapheme::OTHER,
    }
}

/// The grapheme class told apart by what the character is to a conjunct.
pub(super) fn conjunct(class: u32, value: IndicConjunctBreak) -> u32 {
    match (class, value) {
        (Grapheme::EXTEND, IndicConjunctBreak::Extend) => Grapheme::CONJUNCT_EXTEND,
        (Grapheme::EXTEND, IndicConjunctBreak::Linker) => Grapheme::LINKER,
        (Grapheme::OTHER, IndicConjunctBreak::Consonant) => Grapheme::CONSONANT,
        _ => class,
    }
}

pub(super) fn sentence(value: SentenceBreak) -> u32 {
    match value {
        SentenceBreak::Extend | SentenceBreak::Format => Sentence::EXTEND,
        SentenceBreak::CR | SentenceBreak::LF | SentenceBreak::Sep => Sentence::SEPARATOR,
        SentenceBreak::Sp => Sentence::SPACE,
        SentenceBreak::Lower => Sentence::LOWER,
        SentenceBreak::Upper => Sentence::UPPER,
        SentenceBreak::OLetter => Sentence::LETTER,
        SentenceBreak::Numeric => Sentence::NUMERIC,
        SentenceBreak::ATerm => Sentence::A_TERM,
        SentenceBreak::STerm => Sentence::S_TERM,
        SentenceBreak::Close => Sentence::CLOSE,
        SentenceBreak::SContinue => Sentence::CONTINUE,
        _ => Sentence::OTHER,
    }
}

pub(super) fn script(value: UnicodeScript) -> Script {
    match value {
        UnicodeScript::Latin => Script::Latin,
        UnicodeScript::Cyrillic => Script::Cyrillic,
        UnicodeScript::Greek => Script::Greek,
        UnicodeScript::Arabic => Script::Arabic,
        UnicodeScript::Hebrew => Script::Hebrew,
        UnicodeScript::Devanagari => Script::Devanagari,
        UnicodeScript::Han => Script::Han,
        UnicodeScript::Hiragana | UnicodeScript::Katakana => Script::Kana,
        UnicodeScript::Hangul => Script::Hangul,
        UnicodeScript::Thai => Script::Thai,
        UnicodeScript::Lao => Script::Lao,
        UnicodeScript::Khmer => Script::Khmer,
        UnicodeScript::Myanmar => Script::Myanmar,
        UnicodeScript::Bengali => Script::Bengali,
        UnicodeScript::Gujarati => Script::Gujarati,
        UnicodeScript::Gurmukhi => Script::Gurmukhi,
        UnicodeScript::Oriya => Script::Oriya,
        UnicodeScript::Tamil => Script::Tamil,
        UnicodeScript::Telugu => Script::Telugu,
        UnicodeScript::Kannada => Script::Kannada,
        UnicodeScript::Malayalam => Script::Malayalam,
        UnicodeScript::Sinhala => Script::Sinhala,
        UnicodeScript::Georgian => Script::Georgian,
        UnicodeScript::Armenian => Script::Armenian,
        UnicodeScript::Ethiopic => Script::Ethiopic,
        UnicodeScript::Tibetan => Script::Tibetan,
        _ => Script::Other,
    }
}
