//! The classes of each character, in one lookup.
//!
//! The classes of UAX #29 and of the definitions are packed into one `u64` per character, in a
//! two-level table that is built at first use.

mod builder;
mod classes;
mod definition_classes;
mod icu_mapping;
mod key_needs;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::is_new;

pub(crate) use classes::{
    CatClass, CauseClass, GraphemeClass, LibreOfficeClass, OfficeClass, ScriptClass, SentenceClass, WcClass,
    WordClass,
};

pub(crate) use key_needs::KeyNeeds;

use std::sync::LazyLock;

/// A block of the table has 2^6 characters. Equal blocks are stored once.
const BLOCK_BITS: u32 = 6;

/// The packed classes of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct CharProperties(u64);

/// The position of a class in the packed word: lowest bit and width.
pub(crate) struct BitField(u32, u32);

pub(crate) const WORD: BitField = BitField(0, 5);
pub(crate) const GRAPHEME: BitField = BitField(5, 5);
pub(crate) const SENTENCE: BitField = BitField(10, 4);
pub(crate) const ALPHANUMERIC: BitField = BitField(14, 1);
pub(crate) const WC: BitField = BitField(15, 2);
pub(crate) const OFFICE: BitField = BitField(17, 2);
pub(crate) const WHITE_SPACE: BitField = BitField(19, 1);
pub(crate) const PICTOGRAPHIC: BitField = BitField(20, 1);
pub(crate) const BY_DICTIONARY: BitField = BitField(21, 1);
pub(crate) const FOLDS: BitField = BitField(22, 1);
pub(crate) const NORMALIZES: BitField = BitField(23, 1);
pub(crate) const ATTACHES: BitField = BitField(24, 1);
pub(crate) const SCRIPT: BitField = BitField(25, 6);
pub(crate) const LIBRE_OFFICE: BitField = BitField(31, 3);
pub(crate) const CAT: BitField = BitField(34, 2);
pub(crate) const GMX_CHARACTER: BitField = BitField(36, 1);
pub(crate) const CAUSE: BitField = BitField(37, 4);
/// Both bits are set for a combining mark, so that one shift sets both mark bits of [`KeyNeeds`].
pub(crate) const REORDERS: BitField = BitField(41, 2);
pub(crate) const MEASURE_CLASS: BitField = BitField(43, 8);

impl CharProperties {
    const fn get(self, field: &BitField) -> u32 {
        (self.0 >> field.0) as u32 & ((1 << field.1) - 1)
    }

    /// Class of UAX #29 word boundaries.
    pub(crate) const fn word(self) -> u32 {
        self.get(&WORD)
    }

    /// Class of UAX #29 grapheme clusters, refined by `Indic_Conjunct_Break`.
    pub(crate) const fn grapheme(self) -> u32 {
        self.get(&GRAPHEME)
    }

    /// Class of UAX #29 sentence boundaries, and above it the bit for letters and numbers.
    pub(crate) const fn sentence_symbol(self) -> u32 {
        (self.0 >> SENTENCE.0) as u32 & 0x1f
    }

    /// Alphabetic or of general category N.
    pub(crate) const fn is_alphanumeric(self) -> bool {
        self.get(&ALPHANUMERIC) != 0
    }

    /// Class for `wc -w`.
    pub(crate) const fn wc(self) -> u32 {
        self.get(&WC)
    }

    /// Class for Microsoft Word.
    pub(crate) const fn office(self) -> u32 {
        self.get(&OFFICE)
    }

    /// Class for LibreOffice.
    pub(crate) const fn libre_office(self) -> u32 {
        self.get(&LIBRE_OFFICE)
    }

    /// Class for translation tools.
    pub(crate) const fn cat(self) -> u32 {
        self.get(&CAT)
    }

    /// A letter, mark or number: GMX-V counts it.
    pub(crate) const fn is_gmx_character(self) -> bool {
        self.get(&GMX_CHARACTER) != 0
    }

    /// Why definitions may differ about a word with it: a [`CauseClass`].
    pub(crate) const fn cause(self) -> u32 {
        self.get(&CAUSE)
    }

    /// `White_Space`.
    pub(crate) const fn is_white_space(self) -> bool {
        self.get(&WHITE_SPACE) != 0
    }

    /// `Extended_Pictographic`.
    pub(crate) const fn is_pictographic(self) -> bool {
        self.get(&PICTOGRAPHIC) != 0
    }

    /// Belongs to a script that is divided by dictionary.
    pub(crate) const fn is_by_dictionary(self) -> bool {
        self.get(&BY_DICTIONARY) != 0
    }

    /// A letter that is a segment of its own unless a mark follows, is divided by dictionary, and needs
    /// no folding or normalising.
    pub(crate) const fn is_single_character_word(self) -> bool {
        const MASK: u64 =
            0x1f << WORD.0 | 1 << ALPHANUMERIC.0 | 1 << BY_DICTIONARY.0 | 1 << FOLDS.0 | 1 << NORMALIZES.0;
        const WANTED: u64 = (WordClass::OTHER as u64) << WORD.0 | 1 << ALPHANUMERIC.0 | 1 << BY_DICTIONARY.0;
        self.0 & MASK == WANTED
    }

    pub(crate) const fn key_needs(self) -> KeyNeeds {
        KeyNeeds::of(self)
    }

    /// The classes that `measures` uses.
    pub(crate) const fn measure_bits(self) -> MeasureBits {
        const ALL: u64 = 0x1f << GRAPHEME.0
            | 3 << WC.0
            | 3 << OFFICE.0
            | 1 << WHITE_SPACE.0
            | 7 << LIBRE_OFFICE.0
            | 3 << CAT.0
            | 1 << GMX_CHARACTER.0
            | 0xf << CAUSE.0;
        MeasureBits(self.0 & ALL)
    }

    /// Number of the equivalence class of its [`MeasureBits`]; 0 for the line feed, format characters and
    /// characters beyond the last number. ASCII letters share their class with other letters.
    pub(crate) const fn measure_class(self) -> u32 {
        self.get(&MEASURE_CLASS)
    }

    /// May attach to the character before it, as a mark does. No cluster starts with it.
    pub(crate) const fn attaches(self) -> bool {
        self.get(&ATTACHES) != 0
    }

    /// Both have the same script and the same [`is_by_dictionary`](Self::is_by_dictionary).
    pub(crate) const fn has_same_dictionary(self, other: Self) -> bool {
        const MASK: u64 = ((1 << SCRIPT.1) - 1) << SCRIPT.0 | 1 << BY_DICTIONARY.0;
        (self.0 ^ other.0) & MASK == 0
    }

    /// Index in [`ScriptClass::ALL`].
    pub(crate) const fn script(self) -> usize {
        self.get(&SCRIPT) as usize
    }
}

/// The classes of a character that `measures` uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MeasureBits(u64);

impl MeasureBits {
    const LETTER: u64 = (LibreOfficeClass::LETTER as u64) << LIBRE_OFFICE.0
        | (CatClass::WORD as u64) << CAT.0
        | 1 << GMX_CHARACTER.0;
    const SINGLE: u64 = (OfficeClass::SINGLE as u64) << OFFICE.0
        | (LibreOfficeClass::ASIAN as u64) << LIBRE_OFFICE.0
        | (CatClass::SINGLE as u64) << CAT.0
        | 1 << GMX_CHARACTER.0;
    const CAUSE_MASK: u64 = 0xf << CAUSE.0;

    /// Letters and digits. After another one it continues every word and starts a grapheme.
    pub(crate) const fn is_run_letter(self) -> bool {
        self.0 & !Self::CAUSE_MASK == Self::LETTER
    }

    /// Han and kana. Word processors and translation tools count each as a word.
    pub(crate) const fn is_single_word(self) -> bool {
        self.0 & !Self::CAUSE_MASK == Self::SINGLE
    }
}

const BLOCK: usize = 1 << BLOCK_BITS;
const BLOCKS: usize = 0x11_0000 / BLOCK;

/// The classes of every character.
#[derive(Debug)]
pub(crate) struct PropertyTable {
    /// The index in `values` of each block.
    blocks: Box<[u16; BLOCKS]>,
    /// The distinct blocks.
    values: Vec<[CharProperties; BLOCK]>,
}

static TABLE: LazyLock<PropertyTable> = LazyLock::new(builder::table);

impl PropertyTable {
    /// The table of the process. The first call builds it in about two milliseconds.
    pub(crate) fn shared() -> &'static Self {
        &TABLE
    }

    pub(crate) fn get(&self, character: char) -> CharProperties {
        let code = character as usize;
        self.values[usize::from(self.blocks[code / BLOCK])][code % BLOCK]
    }
}
