//! Sets the classes of the definitions `libreoffice`, `cat` and `gmx`, and of the causes of differences.
//!
//! The classes follow from general categories, scripts and blocks. Those of LibreOffice were found by
//! counting each kind of character with `soffice`.

use icu_properties::props::{
    Alphabetic, GeneralCategory, GeneralCategoryGroup, GraphemeExtend, LineBreak, Script as UnicodeScript,
    WhiteSpace,
};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::builder::TableBuilder;
use super::classes::{CatClass, CauseClass, LibreOfficeClass, ScriptClass};
use super::icu_mapping::script;
use super::{CAT, CAUSE, GMX_CHARACTER, LIBRE_OFFICE};

/// Blocks of LibreOffice's script type "Asian", in which each character is a word: CJK radicals to
/// Hangul syllables, compatibility forms, half-width and full-width forms, and the supplementary planes
/// of ideographs and kana.
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

/// The no-break spaces, and the word joiner.
const NO_BREAK: &[u32] = &[0xA0, 0x2007, 0x202F, 0x2060, 0xFEFF];
const APOSTROPHES: &[u32] = &[0x27, 0x2019];
/// All other dash punctuation is a dash.
const HYPHENS: &[u32] = &[0x2D, 0x2010, 0x2011];
const SLASH: u32 = 0x2F;
const ELLIPSES: &[u32] = &[0x2025, 0x2026, 0x22EF];

pub(super) fn set(table: &mut TableBuilder) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    set_libre(table);
    set_cat(table);
    for group in [GeneralCategoryGroup::Letter, GeneralCategoryGroup::Mark, GeneralCategoryGroup::Number] {
        for range in categories.iter_ranges_for_group(group) {
            table.set(range, &GMX_CHARACTER, 1);
        }
    }
    set_causes(table);
}

fn set_libre(table: &mut TableBuilder) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    for range in CodePointSetData::new::<Alphabetic>().iter_ranges() {
        table.set(range, &LIBRE_OFFICE, LibreOfficeClass::LETTER);
    }
    for group in [GeneralCategoryGroup::Punctuation, GeneralCategoryGroup::Symbol] {
        for range in categories.iter_ranges_for_group(group) {
            table.set(range, &LIBRE_OFFICE, LibreOfficeClass::LETTER);
        }
    }
    for range in CodePointMapData::<LineBreak>::new().iter_ranges_for_value(LineBreak::Numeric) {
        table.set(range, &LIBRE_OFFICE, LibreOfficeClass::LETTER);
    }
    // In a text file, LibreOffice replaces a control character below the space by a number sign. Control characters above
    // the tilde stay, and each is a word of its own.
    table.set(0x00..=0x1F, &LIBRE_OFFICE, LibreOfficeClass::LETTER);
    let scripts = CodePointMapData::<UnicodeScript>::new();
    for script in [UnicodeScript::Thai, UnicodeScript::Lao] {
        for range in scripts.iter_ranges_for_value(script) {
            table.clear(range, &LIBRE_OFFICE);
        }
    }
    for range in CodePointSetData::new::<GraphemeExtend>().iter_ranges() {
        table.set(range, &LIBRE_OFFICE, LibreOfficeClass::MARK);
    }
    for range in categories.iter_ranges_for_value(GeneralCategory::Format) {
        table.set(range, &LIBRE_OFFICE, LibreOfficeClass::FORMAT);
    }
    for &(first, last) in ASIAN {
        table.set(first..=last, &LIBRE_OFFICE, LibreOfficeClass::ASIAN);
    }
    for range in CodePointSetData::new::<WhiteSpace>().iter_ranges() {
        table.set(range, &LIBRE_OFFICE, LibreOfficeClass::SPACE);
    }
    for space in [0x2013, 0x2014, 0x200B] {
        table.set(space..=space, &LIBRE_OFFICE, LibreOfficeClass::SPACE);
    }
    table.set(0x2D..=0x2D, &LIBRE_OFFICE, LibreOfficeClass::HYPHEN);
}

fn set_cat(table: &mut TableBuilder) {
    for range in CodePointSetData::new::<Alphabetic>().iter_ranges() {
        table.set(range, &CAT, CatClass::WORD);
    }
    let numbers = CodePointMapData::<GeneralCategory>::new();
    for range in numbers.iter_ranges_for_group(GeneralCategoryGroup::Number) {
        table.set(range, &CAT, CatClass::WORD);
    }
    for range in CodePointMapData::<UnicodeScript>::new().iter_ranges() {
        if matches!(script(range.value), ScriptClass::Han | ScriptClass::Kana) {
            for code in range.range {
                if table.get(code).is_alphanumeric() {
                    table.set(code..=code, &CAT, CatClass::SINGLE);
                }
            }
        }
    }
    for range in CodePointSetData::new::<WhiteSpace>().iter_ranges() {
        table.set(range, &CAT, CatClass::SPLIT);
    }
    let dashes =
        CodePointMapData::<GeneralCategory>::new().iter_ranges_for_value(GeneralCategory::DashPunctuation);
    for range in dashes {
        table.set(range, &CAT, CatClass::SPLIT);
    }
    for &code in APOSTROPHES.iter().chain(&[SLASH]) {
        table.set(code..=code, &CAT, CatClass::SPLIT);
    }
}

fn set_causes(table: &mut TableBuilder) {
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
    for (group, class) in groups {
        for range in categories.iter_ranges_for_group(group) {
            table.set(range, &CAUSE, class);
        }
    }
    for range in categories.iter_ranges_for_value(GeneralCategory::DashPunctuation) {
        table.set(range, &CAUSE, CauseClass::DASH);
    }
    set_scripts(table);
    for (codes, class) in [
        (NO_BREAK, CauseClass::NO_BREAK),
        (APOSTROPHES, CauseClass::APOSTROPHE),
        (HYPHENS, CauseClass::HYPHEN),
        (ELLIPSES, CauseClass::ELLIPSIS),
        (&[SLASH], CauseClass::SLASH),
        (&[0x2212], CauseClass::DASH),
    ] {
        codes.iter().for_each(|&code| table.set(code..=code, &CAUSE, class));
    }
    for (first, last) in [('A', 'Z'), ('a', 'z'), (' ', ' '), ('\t', '\r')] {
        table.clear(first as u32..=last as u32, &CAUSE);
    }
}

fn set_scripts(table: &mut TableBuilder) {
    for range in CodePointMapData::<UnicodeScript>::new().iter_ranges() {
        let class = match script(range.value) {
            ScriptClass::Han | ScriptClass::Kana => CauseClass::HAN_KANA,
            ScriptClass::Hangul => CauseClass::HANGUL,
            ScriptClass::Thai | ScriptClass::Lao | ScriptClass::Khmer | ScriptClass::Myanmar => {
                CauseClass::SPACELESS
            }
            _ => CauseClass::NONE,
        };
        table.set(range.range, &CAUSE, class);
    }
    // Full-width punctuation belongs to Chinese and Japanese text.
    table.set(0x3001..=0x303F, &CAUSE, CauseClass::HAN_KANA);
    table.set(0xFF01..=0xFF65, &CAUSE, CauseClass::HAN_KANA);
}
