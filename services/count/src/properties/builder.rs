//! Builds the property table from ICU4X's Unicode data and from tables of the definitions.
//!
//! It sets ranges instead of single characters and stores equal blocks once, so start-up stays cheap.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use foldhash::fast::FixedState;
use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_properties::props::{
    Alphabetic, CanonicalCombiningClass, ChangesWhenCasefolded, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, GraphemeClusterBreak, IndicConjunctBreak, LineBreak, Script as UnicodeScript,
    SentenceBreak, WhiteSpace, WordBreak,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::classes::{
    GraphemeClass, LibreOfficeClass, OfficeClass, ScriptClass, SentenceClass, WcClass, WordClass,
};
use super::definition_classes;
use super::icu_mapping::{conjunct, grapheme, script, sentence, word};
use super::{
    ALPHANUMERIC, ATTACHES, BLOCK, BLOCKS, BY_DICTIONARY, BitField, CharProperties, FOLDS, GRAPHEME,
    MEASURE_CLASS, MeasureBits, NORMALIZES, OFFICE, PICTOGRAPHIC, PropertyTable, REORDERS, SCRIPT, SENTENCE,
    WC, WHITE_SPACE, WORD,
};
use crate::undecoded::UNDECODED;
use crate::unprintable::UNPRINTABLE;

/// The ranges in which derived classes are computed per character. No characters outside of them are
/// marks or katakana, or change when normalised.
const BELOW_IDEOGRAPHS: RangeInclusive<u32> = 0..=0x1_FFFF;
const COMPATIBILITY_IDEOGRAPHS: RangeInclusive<u32> = 0x2_F800..=0x2_FA1F;
const TAGS: RangeInclusive<u32> = 0xE_0000..=0xE_0FFF;
/// Ranges with characters that normalising changes.
const NORMALIZING: &[RangeInclusive<u32>] = &[
    0x300..=0x11FF,
    0x1B00..=0x1BFF,
    0x1DC0..=0x21FF,
    0x2329..=0x232A,
    0x2ADC..=0x2ADC,
    0x302A..=0x302F,
    0x3099..=0x309A,
    0xF900..=0xFB4F,
    0xFE20..=0xFE2F,
    0x11000..=0x119FF,
    0x16100..=0x1612F,
    0x16D60..=0x16D6F,
    0x1D100..=0x1D24F,
    0x2F800..=0x2FA1F,
];

/// Full-width and CJK ranges in which Word counts each character: radicals, symbols and punctuation,
/// kana, bopomofo, strokes, enclosed and compatibility forms, ideographs. Hangul is written with spaces
/// and counted by them.
const SINGLE: &[(u32, u32)] = &[
    (0x2E80, 0x2FFF),
    (0x3001, 0x312F),
    (0x3190, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF01, 0xFF9F),
    (0xFFE0, 0xFFE6),
    (0x1AFF0, 0x1B16F),
    (0x1F200, 0x1F2FF),
    (0x20000, 0x3FFFD),
];

/// White space for `wc -w`: `iswspace`, and the no-break spaces that coreutils adds.
const WC_SPACES: &[(u32, u32)] = &[
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x202F, 0x202F),
    (0x205F, 0x2060),
    (0x3000, 0x3000),
];

pub(super) fn table() -> PropertyTable {
    let mut builder = TableBuilder((0..BLOCKS).map(|_| BlockDraft::Uniform(0)).collect());
    builder.set_segmentation();
    builder.set_definitions();
    builder.set_scripts();
    builder.set_derived();
    definition_classes::set(&mut builder);
    builder.set_undecoded();
    builder.build()
}

/// The classes of all characters before equal blocks are merged. Most blocks are uniform and stored as one number: a
/// flat array of all characters would be the largest allocation of many processes.
pub(super) struct TableBuilder(Vec<BlockDraft>);

enum BlockDraft {
    /// All characters have the same classes.
    Uniform(u64),
    Mixed(Box<[u64; BLOCK]>),
}

impl TableBuilder {
    /// Sets a class of all characters in a range. Class zero changes nothing.
    pub(super) fn set(&mut self, range: RangeInclusive<u32>, field: &BitField, class: u32) {
        if class != 0 {
            let others = !(((1 << field.1) - 1) << field.0);
            self.change(range, |properties| properties & others | u64::from(class) << field.0);
        }
    }

    /// Resets a class of all characters in a range to zero.
    pub(super) fn clear(&mut self, range: RangeInclusive<u32>, field: &BitField) {
        let others = !(((1 << field.1) - 1) << field.0);
        self.change(range, |properties| properties & others);
    }

    pub(super) fn get(&self, code: u32) -> CharProperties {
        let code = code as usize;
        CharProperties(match &self.0[code / BLOCK] {
            BlockDraft::Uniform(all) => *all,
            BlockDraft::Mixed(own) => own[code % BLOCK],
        })
    }

    fn change(&mut self, range: RangeInclusive<u32>, change: impl Fn(u64) -> u64) {
        let (first, last) = (*range.start() as usize, *range.end() as usize);
        for index in first / BLOCK..=last / BLOCK {
            let start = index * BLOCK;
            let (from, to) = (first.max(start) - start, last.min(start + BLOCK - 1) - start);
            let block = &mut self.0[index];
            match block {
                BlockDraft::Uniform(all) if to - from + 1 == BLOCK => *all = change(*all),
                BlockDraft::Uniform(all) => {
                    let mut own = Box::new([*all; BLOCK]);
                    own[from..=to].iter_mut().for_each(|one| *one = change(*one));
                    *block = BlockDraft::Mixed(own);
                }
                BlockDraft::Mixed(own) => own[from..=to].iter_mut().for_each(|one| *one = change(*one)),
            }
        }
    }

    fn set_segmentation(&mut self) {
        for range in CodePointMapData::<WordBreak>::new().iter_ranges() {
            self.set(range.range, &WORD, word(range.value));
        }
        for range in CodePointMapData::<GraphemeClusterBreak>::new().iter_ranges() {
            self.set(range.range, &GRAPHEME, grapheme(range.value));
        }
        for range in CodePointMapData::<SentenceBreak>::new().iter_ranges() {
            self.set(range.range, &SENTENCE, sentence(range.value));
        }
        for range in CodePointSetData::new::<ExtendedPictographic>().iter_ranges() {
            self.set(range.clone(), &PICTOGRAPHIC, 1);
            self.set(range, &GRAPHEME, GraphemeClass::PICTOGRAPHIC);
        }
        let conjuncts = CodePointMapData::<IndicConjunctBreak>::new().iter_ranges();
        for range in conjuncts.filter(|range| range.value != IndicConjunctBreak::None) {
            for code in range.range {
                let class = conjunct(self.get(code).grapheme(), range.value);
                self.set(code..=code, &GRAPHEME, class);
            }
        }
    }

    fn set_definitions(&mut self) {
        for range in CodePointSetData::new::<Alphabetic>().iter_ranges() {
            self.set(range, &ALPHANUMERIC, 1);
        }
        let categories = CodePointMapData::<GeneralCategory>::new();
        for range in categories.iter_ranges_for_group(GeneralCategoryGroup::Number) {
            self.set(range, &ALPHANUMERIC, 1);
        }
        for &(first, last) in UNPRINTABLE {
            self.set(first..=last, &WC, WcClass::IGNORED);
        }
        for &(first, last) in WC_SPACES {
            self.set(first..=last, &WC, WcClass::SPACE);
        }
        for &(first, last) in SINGLE {
            self.set(first..=last, &OFFICE, OfficeClass::SINGLE);
        }
        for range in CodePointSetData::new::<WhiteSpace>().iter_ranges() {
            self.set(range.clone(), &WHITE_SPACE, 1);
            self.set(range, &OFFICE, OfficeClass::SPACE);
        }
    }

    fn set_scripts(&mut self) {
        for range in CodePointMapData::<UnicodeScript>::new().iter_ranges() {
            let script = script(range.value);
            self.set(range.range.clone(), &SCRIPT, script as u32);
            if matches!(script, ScriptClass::Han | ScriptClass::Kana) {
                self.set(range.range, &BY_DICTIONARY, 1);
            }
        }
        for range in CodePointMapData::<LineBreak>::new().iter_ranges_for_value(LineBreak::ComplexContext) {
            for code in range {
                let script = ScriptClass::ALL[self.get(code).script()];
                if matches!(
                    script,
                    ScriptClass::Thai | ScriptClass::Lao | ScriptClass::Khmer | ScriptClass::Myanmar
                ) {
                    self.set(code..=code, &BY_DICTIONARY, 1);
                }
            }
        }
    }

    /// Gives [`UNDECODED`] the classes of U+FFFD, except for `wc`, which ignores it.
    fn set_undecoded(&mut self) {
        const WC_MASK: u64 = ((1 << WC.1) - 1) << WC.0;
        let replacement = self.get('\u{FFFD}' as u32).0;
        let code = UNDECODED as u32;
        self.change(code..=code, |own| own & WC_MASK | replacement & !WC_MASK);
    }

    fn set_derived(&mut self) {
        let folding = CaseMapper::new();
        for code in CodePointSetData::new::<ChangesWhenCasefolded>().iter_ranges().flatten() {
            self.set(code..=code, &FOLDS, 1);
            if !folds_simply(&folding, code) {
                self.set(code..=code, &NORMALIZES, 1);
            }
        }
        for range in CodePointMapData::<CanonicalCombiningClass>::new().iter_ranges() {
            let reordered = 0b11 * u32::from(range.value != CanonicalCombiningClass::NotReordered);
            self.set(range.range, &REORDERS, reordered);
        }
        for code in BELOW_IDEOGRAPHS.chain(COMPATIBILITY_IDEOGRAPHS).chain(TAGS) {
            let properties = self.get(code);
            if is_mark(properties) {
                self.set(code..=code, &ATTACHES, 1);
                self.set(code..=code, &OFFICE, OfficeClass::MARK);
            }
            if properties.word() == WordClass::KATAKANA {
                self.set(code..=code, &BY_DICTIONARY, 1);
            }
        }
        for code in NORMALIZING.iter().cloned().flatten() {
            if may_normalize(code) {
                self.set(code..=code, &NORMALIZES, 1);
            }
        }
    }

    fn build(self) -> PropertyTable {
        let mut known: HashMap<[u64; BLOCK], u16, FixedState> = HashMap::default();
        let mut values: Vec<[CharProperties; BLOCK]> = Vec::new();
        let mut blocks = Box::new([0; BLOCKS]);
        let mut last = None;
        for (index, block) in blocks.iter_mut().zip(self.0) {
            let block = match block {
                BlockDraft::Uniform(all) => [all; BLOCK],
                BlockDraft::Mixed(own) => *own,
            };
            *index = match last {
                Some((equal, known)) if equal == block => known,
                _ => *known.entry(block).or_insert_with(|| {
                    values.push(block.map(CharProperties));
                    u16::try_from(values.len() - 1).expect("there are fewer blocks than 16 bits can number")
                }),
            };
            last = Some((block, *index));
        }
        number_measure_classes(&mut values);
        PropertyTable { blocks, values }
    }
}

/// Numbers the equivalence classes of [`MeasureBits`] from 1 on.
fn number_measure_classes(values: &mut [[CharProperties; BLOCK]]) {
    let mut known: HashMap<MeasureBits, u64, FixedState> = HashMap::default();
    let mut last = (CharProperties::default().measure_bits(), 0);
    for properties in values.as_flattened_mut() {
        if last.0 != properties.measure_bits() || last.1 == 0 {
            let next = known.len() as u64 + 1;
            let numbered = properties.grapheme() != GraphemeClass::LF
                && properties.libre_office() != LibreOfficeClass::FORMAT;
            let class = if numbered { *known.entry(properties.measure_bits()).or_insert(next) } else { 0 };
            last = (properties.measure_bits(), if class < 1 << MEASURE_CLASS.1 { class } else { 0 });
        }
        properties.0 |= last.1 << MEASURE_CLASS.0;
    }
}

/// Whether a segmentation of UAX #29 attaches it to the character before it.
fn is_mark(properties: CharProperties) -> bool {
    const WORDS: u32 = 1 << WordClass::EXTEND | 1 << WordClass::ZWJ | 1 << WordClass::FORMAT;
    const GRAPHEMES: u32 = 1 << GraphemeClass::EXTEND
        | 1 << GraphemeClass::CONJUNCT_EXTEND
        | 1 << GraphemeClass::LINKER
        | 1 << GraphemeClass::ZWJ
        | 1 << GraphemeClass::SPACING_MARK;
    (WORDS >> properties.word() | GRAPHEMES >> properties.grapheme()) & 1 != 0
        || properties.get(&SENTENCE) == SentenceClass::EXTEND
}

fn may_normalize(code: u32) -> bool {
    let character = char::from_u32(code);
    character.is_some_and(|c| is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes)
}

/// Whether the full case folding equals the simple one and is in NFC.
fn folds_simply(folding: &CaseMapperBorrowed<'_>, code: u32) -> bool {
    let Some(character) = char::from_u32(code) else { return false };
    let simple = folding.simple_fold(character);
    let full = folding.fold_string(character.encode_utf8(&mut [0; 4])).into_owned();
    full.chars().eq([simple]) && is_nfc_quick(full.chars()) == IsNormalized::Yes
}
