//! What a character is to LibreOffice, to translation tools and to GMX-V, and what it may have to do
//! with two definitions' differing.
//!
//! Knows general categories, scripts and blocks; the counting is done elsewhere. The classes of
//! LibreOffice were found by asking `soffice` about each kind of character.

use icu_properties::props::{
    Alphabetic, GeneralCategory, GeneralCategoryGroup, GraphemeExtend, LineBreak, Script as UnicodeScript,
    WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::builder::TableBuilder;
use super::classes::{CatClass, CauseClass, LibreOfficeClass, ScriptClass};
use super::icu_mapping::script;
use super::{CAT, CAUSE, GMX_CHARACTER, LIBRE_OFFICE};

/// Blocks whose every character is a word to LibreOffice: its "Asian" script type. CJK radicals to
/// Hangul syllables, compatibility forms, half-width and full-width forms, and the upper planes of
/// ideographs and kana.
const ASIAN: &[(u32, u32)] = &[
    (0x1100, 0x11FF),
    (0x2E80, 0xA4CF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFD),
];

/// Spaces at which no line breaks, and the word joiner.
const NO_BREAK: &[u32] = &[0xA0, 0x2007, 0x202F, 0x2060, 0xFEFF];
/// What stands for an apostrophe inside words.
const APOSTROPHES: &[u32] = &[0x27, 0x2019];
/// Hyphens; all other dash punctuation is a dash.
const HYPHENS: &[u32] = &[0x2D, 0x2010, 0x2011];
const SLASH: u32 = 0x2F;
const ELLIPSES: &[u32] = &[0x2025, 0x2026, 0x22EF];

/// Fills the fields of these definitions.
pub(super) fn fill(flat: &mut TableBuilder) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    fill_libre(flat);
    fill_cat(flat);
    for group in [GeneralCategoryGroup::Letter, GeneralCategoryGroup::Mark, GeneralCategoryGroup::Number] {
        for range in categories.iter_ranges_for_group(group) {
            flat.put(*range.start(), *range.end(), &GMX_CHARACTER, 1);
        }
    }
    fill_signs(flat);
}

fn fill_libre(flat: &mut TableBuilder) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    for range in CodePointSetData::new::<Alphabetic>().iter_ranges() {
        flat.put(*range.start(), *range.end(), &LIBRE_OFFICE, LibreOfficeClass::LETTER);
    }
    for group in [GeneralCategoryGroup::Punctuation, GeneralCategoryGroup::Symbol] {
        for range in categories.iter_ranges_for_group(group) {
            flat.put(*range.start(), *range.end(), &LIBRE_OFFICE, LibreOfficeClass::LETTER);
        }
    }
    for range in CodePointMapData::<LineBreak>::new().iter_ranges_for_value(LineBreak::Numeric) {
        flat.put(*range.start(), *range.end(), &LIBRE_OFFICE, LibreOfficeClass::LETTER);
    }
    // Reading a text file, LibreOffice puts a number sign for a control character below the space; those behind the tilde
    // stay what they are, each a word of its own.
    flat.put(0x00, 0x1F, &LIBRE_OFFICE, LibreOfficeClass::LETTER);
    let scripts = CodePointMapData::<UnicodeScript>::new();
    for script in [UnicodeScript::Thai, UnicodeScript::Lao] {
        for range in scripts.iter_ranges_for_value(script) {
            flat.clear(*range.start(), *range.end(), &LIBRE_OFFICE);
        }
    }
    for range in CodePointSetData::new::<GraphemeExtend>().iter_ranges() {
        flat.put(*range.start(), *range.end(), &LIBRE_OFFICE, LibreOfficeClass::MARK);
    }
    for range in categories.iter_ranges_for_value(GeneralCategory::Format) {
        flat.put(*range.start(), *range.end(), &LIBRE_OFFICE, LibreOfficeClass::FORMAT);
    }
    for &(first, last) in ASIAN {
        flat.put(first, last, &LIBRE_OFFICE, LibreOfficeClass::ASIAN);
    }
    for range in CodePointSetData::new::<WhiteSpace>().iter_ranges() {
        flat.put(*range.start(), *range.end(), &LIBRE_OFFICE, LibreOfficeClass::SPACE);
    }
    for space in [0x2013, 0x2014, 0x200B] {
        flat.put(space, space, &LIBRE_OFFICE, LibreOfficeClass::SPACE);
    }
    flat.put(0x2D, 0x2D, &LIBRE_OFFICE, LibreOfficeClass::HYPHEN);
}

fn fill_cat(flat: &mut TableBuilder) {
    for range in CodePointSetData::new::<Alphabetic>().iter_ranges() {
        flat.put(*range.start(), *range.end(), &CAT, CatClass::WORD);
    }
    let numbers = CodePointMapData::<GeneralCategory>::new();
    for range in numbers.iter_ranges_for_group(GeneralCategoryGroup::Number) {
        flat.put(*range.start(), *range.end(), &CAT, CatClass::WORD);
    }
    for range in CodePointMapData::<UnicodeScript>::new().iter_ranges() {
        if matches!(script(range.value), ScriptClass::Han | ScriptClass::Kana) {
            for code in range.range {
                if flat.get(code).is_alphanumeric() {
                    flat.put(code, code, &CAT, CatClass::ALONE);
                }
            }
        }
    }
    for range in CodePointSetData::new::<WhiteSpace>().iter_ranges() {
        flat.put(*range.start(), *range.end(), &CAT, CatClass::SPLIT);
    }
    let dashes =
        CodePointMapData::<GeneralCategory>::new().iter_ranges_for_value(GeneralCategory::DashPunctuation);
    for range in dashes {
        flat.put(*range.start(), *range.end(), &CAT, CatClass::SPLIT);
    }
    for &code in APOSTROPHES.iter().chain(&[SLASH]) {
        flat.put(code, code, &CAT, CatClass::SPLIT);
    }
}

fn fill_signs(flat: &mut TableBuilder) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let groups = [
        (GeneralCategoryGroup::Letter, CauseClass::LETTER),
        (GeneralCategoryGroup::Mark, CauseClass::LETTER),
        (GeneralCategoryGroup::Number, CauseClass::NUMBER),
        (GeneralCategoryGroup::Punctuation, CauseClass::PUNCTUATION),
        (GeneralCategoryGroup::Symbol, CauseClass::SYMBOL),
        (GeneralCategoryGroup::Separator, CauseClass::WIDE_SPACE),
        (GeneralCategoryGroup::Control, CauseClass::INVISIBLE),
        (GeneralCategoryGroup::Format, CauseClass::INVISIBLE),
    ];
    for (group, sign) in groups {
        for range in categories.iter_ranges_for_group(group) {
            flat.put(*range.start(), *range.end(), &CAUSE, sign);
        }
    }
    for range in categories.iter_ranges_for_value(GeneralCategory::DashPunctuation) {
        flat.put(*range.start(), *range.end(), &CAUSE, CauseClass::DASH);
    }
    fill_scripts(flat);
    for (codes, sign) in [
        (NO_BREAK, CauseClass::NO_BREAK),
        (APOSTROPHES, CauseClass::APOSTROPHE),
        (HYPHENS, CauseClass::HYPHEN),
        (ELLIPSES, CauseClass::ELLIPSIS),
        (&[SLASH], CauseClass::SLASH),
        (&[0x2212], CauseClass::DASH),
    ] {
        codes.iter().for_each(|&code| flat.put(code, code, &CAUSE, sign));
    }
    for (first, last) in [('A', 'Z'), ('a', 'z'), (' ', ' '), ('\t', '\r')] {
        flat.clear(first as u32, last as u32, &CAUSE);
    }
}

fn fill_scripts(flat: &mut TableBuilder) {
    for range in CodePointMapData::<UnicodeScript>::new().iter_ranges() {
        let sign = match script(range.value) {
            ScriptClass::Han | ScriptClass::Kana => CauseClass::HAN_KANA,
            ScriptClass::Hangul => CauseClass::HANGUL,
            ScriptClass::Thai | ScriptClass::Lao | ScriptClass::Khmer | ScriptClass::Myanmar => {
                CauseClass::SPACELESS
            }
            _ => CauseClass::NONE,
        };
        flat.put(*range.range.start(), *range.range.end(), &CAUSE, sign);
    }
    // Full-width punctuation goes with the text it stands in.
    flat.put(0x3001, 0x303F, &CAUSE, CauseClass::HAN_KANA);
    flat.put(0xFF01, 0xFF65, &CAUSE, CauseClass::HAN_KANA);
}
