//! Compares the property table with independent sources.

use super::*;
use crate::UNDECODED;

/// Whether Unicode 18 assigned or changed `character`. The oracles know Unicode 17, and they differ from
/// the table on no other characters.
pub(crate) fn is_new(character: char) -> bool {
    NEW.iter().any(|&(first, last)| (first..=last).contains(&(character as u32)))
}

#[rustfmt::skip]
const NEW: &[(u32, u32)] = &[
    (0x558, 0x558), (0x58B, 0x58C), (0x5C8, 0x5C9), (0xB53, 0xB54), (0x1ADE, 0x1ADF),
    (0x1AEC, 0x1AF0), (0x208F, 0x208F), (0x209D, 0x209F), (0x2E60, 0x2E61), (0xA7DD, 0xA7DD),
    (0xA7E2, 0xA7E2), (0xAB6C, 0xAB6D), (0x107BB, 0x107BF), (0x10ECB, 0x10ECF), (0x10ED9, 0x10EF9),
    (0x11B0A, 0x11B0A), (0x11DF0, 0x11DF1), (0x1246F, 0x1246F), (0x12475, 0x1247F),
    (0x12550, 0x12686), (0x18CD6, 0x18CDA), (0x18D1F, 0x18D20), (0x18E00, 0x19191),
    (0x191A0, 0x191D2), (0x1B123, 0x1B128), (0x1B168, 0x1B168), (0x1D127, 0x1D128),
    (0x1D250, 0x1D25F), (0x1D280, 0x1D281), (0x1D6A6, 0x1D6A6), (0x1DF1F, 0x1DF24),
    (0x1DF2B, 0x1DF81), (0x1DF90, 0x1DF96), (0x1DFCD, 0x1DFFF), (0x1F1AE, 0x1F1AE),
    (0x1F7DA, 0x1F7DB), (0x1F7F1, 0x1F7FF), (0x2B81E, 0x2B81E), (0x3D000, 0x3FC3F),
];

#[test]
fn letters_and_numbers_equal_the_standard_library() {
    let table = PropertyTable::shared();
    for character in ('\0'..=char::MAX).filter(|&c| !is_new(c)) {
        let ours = table.get(character).is_alphanumeric();
        assert_eq!(ours, character.is_alphanumeric(), "{character:?}");
    }
}

#[test]
fn white_space_equals_the_standard_library() {
    let table = PropertyTable::shared();
    for character in '\0'..=char::MAX {
        assert_eq!(table.get(character).is_white_space(), character.is_whitespace(), "{character:?}");
    }
}

#[test]
fn the_needs_of_every_character_give_its_full_key() {
    let mut keys = crate::key_builder::KeyBuilder::new(crate::Case::Fold);
    let table = PropertyTable::shared();
    for character in '\0'..=char::MAX {
        let (word, needs) = (character.to_string(), table.get(character).key_needs());
        let key = keys.key(&word, KeyNeeds::all()).to_owned();
        assert_eq!(keys.key(&word, needs), key, "{character:?}");
        assert!(!needs.are_none() || key == word, "{character:?}");
    }
}

#[test]
fn undecoded_has_the_classes_of_the_replacement_character_except_for_wc() {
    let (undecoded, replacement) =
        (PropertyTable::shared().get(UNDECODED), PropertyTable::shared().get('\u{FFFD}'));
    assert_eq!((undecoded.wc(), replacement.wc()), (WcClass::IGNORED, WcClass::WORD));
    // The measure class depends on the class for `wc`.
    let different = 3 << WC.0 | ((1 << MEASURE_CLASS.1) - 1) << MEASURE_CLASS.0;
    assert_eq!((undecoded.0 ^ replacement.0) & !different, 0);
}

#[test]
fn the_table_stays_under_448_kib() {
    let table = PropertyTable::shared();
    let size = size_of_val(&*table.values) + size_of_val(&*table.blocks);
    assert!(size < 448 << 10, "{size} bytes");
}

#[test]
fn scripts_are_listed_by_discriminant() {
    for (index, &script) in ScriptClass::ALL.iter().enumerate() {
        assert_eq!(script as usize, index);
    }
}

#[test]
fn marks_of_any_segmentation_attach() {
    let table = PropertyTable::shared();
    for character in '\0'..=char::MAX {
        let properties = table.get(character);
        let words = matches!(properties.word(), WordClass::EXTEND | WordClass::ZWJ | WordClass::FORMAT);
        let graphemes = matches!(properties.grapheme(), 4..=7 | GraphemeClass::SPACING_MARK);
        let sentences = properties.sentence_symbol() & 15 == SentenceClass::EXTEND;
        assert_eq!(properties.attaches(), words || graphemes || sentences, "{character:?}");
    }
}
