//! Maps ICU4X's property values to the classes of the table.

use icu_properties::props::{
    GraphemeClusterBreak, IndicConjunctBreak, Script as UnicodeScript, SentenceBreak, WordBreak,
};

use super::classes::{GraphemeClass, ScriptClass, SentenceClass, WordClass};

pub(super) fn word(value: WordBreak) -> u32 {
    match value {
        WordBreak::CR => WordClass::CR,
        WordBreak::LF => WordClass::LF,
        WordBreak::Newline => WordClass::NEWLINE,
        WordBreak::Extend => WordClass::EXTEND,
        WordBreak::ZWJ => WordClass::ZWJ,
        WordBreak::Format => WordClass::FORMAT,
        WordBreak::RegionalIndicator => WordClass::REGIONAL,
        WordBreak::Katakana => WordClass::KATAKANA,
        WordBreak::HebrewLetter => WordClass::HEBREW,
        WordBreak::ALetter => WordClass::LETTER,
        WordBreak::SingleQuote => WordClass::SINGLE_QUOTE,
        WordBreak::DoubleQuote => WordClass::DOUBLE_QUOTE,
        WordBreak::MidNumLet => WordClass::MID_NUM_LET,
        WordBreak::MidLetter => WordClass::MID_LETTER,
        WordBreak::MidNum => WordClass::MID_NUM,
        WordBreak::Numeric => WordClass::NUMERIC,
        WordBreak::ExtendNumLet => WordClass::CONNECTOR,
        WordBreak::WSegSpace => WordClass::SPACE,
        _ => WordClass::OTHER,
    }
}

pub(super) fn grapheme(value: GraphemeClusterBreak) -> u32 {
    match value {
        GraphemeClusterBreak::CR => GraphemeClass::CR,
        GraphemeClusterBreak::LF => GraphemeClass::LF,
        GraphemeClusterBreak::Control => GraphemeClass::CONTROL,
        GraphemeClusterBreak::Extend => GraphemeClass::EXTEND,
        GraphemeClusterBreak::ZWJ => GraphemeClass::ZWJ,
        GraphemeClusterBreak::RegionalIndicator => GraphemeClass::REGIONAL,
        GraphemeClusterBreak::Prepend => GraphemeClass::PREPEND,
        GraphemeClusterBreak::SpacingMark => GraphemeClass::SPACING_MARK,
        GraphemeClusterBreak::L => GraphemeClass::L,
        GraphemeClusterBreak::V => GraphemeClass::V,
        GraphemeClusterBreak::T => GraphemeClass::T,
        GraphemeClusterBreak::LV => GraphemeClass::LV,
        GraphemeClusterBreak::LVT => GraphemeClass::LVT,
        _ => GraphemeClass::OTHER,
    }
}

/// Refines a grapheme class by `Indic_Conjunct_Break`.
pub(super) fn conjunct(class: u32, value: IndicConjunctBreak) -> u32 {
    match (class, value) {
        (GraphemeClass::EXTEND, IndicConjunctBreak::Extend) => GraphemeClass::CONJUNCT_EXTEND,
        (GraphemeClass::EXTEND, IndicConjunctBreak::Linker) => GraphemeClass::LINKER,
        (GraphemeClass::OTHER, IndicConjunctBreak::Consonant) => GraphemeClass::CONSONANT,
        _ => class,
    }
}

pub(super) fn sentence(value: SentenceBreak) -> u32 {
    match value {
        SentenceBreak::Extend | SentenceBreak::Format => SentenceClass::EXTEND,
        SentenceBreak::LF => SentenceClass::LINE_FEED,
        SentenceBreak::CR => SentenceClass::CARRIAGE_RETURN,
        SentenceBreak::Sep => SentenceClass::SEPARATOR,
        SentenceBreak::Sp => SentenceClass::SPACE,
        SentenceBreak::Lower => SentenceClass::LOWER,
        SentenceBreak::Upper => SentenceClass::UPPER,
        SentenceBreak::OLetter => SentenceClass::LETTER,
        SentenceBreak::Numeric => SentenceClass::NUMERIC,
        SentenceBreak::ATerm => SentenceClass::A_TERM,
        SentenceBreak::STerm => SentenceClass::S_TERM,
        SentenceBreak::Close => SentenceClass::CLOSE,
        SentenceBreak::SContinue => SentenceClass::CONTINUE,
        _ => SentenceClass::OTHER,
    }
}

pub(super) fn script(value: UnicodeScript) -> ScriptClass {
    match value {
        UnicodeScript::Latin => ScriptClass::Latin,
        UnicodeScript::Cyrillic => ScriptClass::Cyrillic,
        UnicodeScript::Greek => ScriptClass::Greek,
        UnicodeScript::Arabic => ScriptClass::Arabic,
        UnicodeScript::Hebrew => ScriptClass::Hebrew,
        UnicodeScript::Devanagari => ScriptClass::Devanagari,
        UnicodeScript::Han => ScriptClass::Han,
        UnicodeScript::Hiragana | UnicodeScript::Katakana => ScriptClass::Kana,
        UnicodeScript::Hangul => ScriptClass::Hangul,
        UnicodeScript::Thai => ScriptClass::Thai,
        UnicodeScript::Lao => ScriptClass::Lao,
        UnicodeScript::Khmer => ScriptClass::Khmer,
        UnicodeScript::Myanmar => ScriptClass::Myanmar,
        UnicodeScript::Bengali => ScriptClass::Bengali,
        UnicodeScript::Gujarati => ScriptClass::Gujarati,
        UnicodeScript::Gurmukhi => ScriptClass::Gurmukhi,
        UnicodeScript::Oriya => ScriptClass::Oriya,
        UnicodeScript::Tamil => ScriptClass::Tamil,
        UnicodeScript::Telugu => ScriptClass::Telugu,
        UnicodeScript::Kannada => ScriptClass::Kannada,
        UnicodeScript::Malayalam => ScriptClass::Malayalam,
        UnicodeScript::Sinhala => ScriptClass::Sinhala,
        UnicodeScript::Georgian => ScriptClass::Georgian,
        UnicodeScript::Armenian => ScriptClass::Armenian,
        UnicodeScript::Ethiopic => ScriptClass::Ethiopic,
        UnicodeScript::Tibetan => ScriptClass::Tibetan,
        _ => ScriptClass::Other,
    }
}
