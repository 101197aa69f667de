//! What every rule needs to know of a character, in one look-up.
//!
//! Packs the classes of UAX #29 and of the definitions into one `u64` a character, in a two-level
//! table made at first use. Knows classes and nothing of the rules that use them.

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

/// Characters share a block of this many; blocks that are alike are stored once.
const BLOCK_BITS: u32 = 6;

/// The packed classes of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct CharProperties(u64);

/// Where each class lies in the packed word: lowest bit and width.
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
pub(crate) const COMPOSES: BitField = BitField(23, 1);
pub(crate) const ATTACHES: BitField = BitField(24, 1);
pub(crate) const SCRIPT: BitField = BitField(25, 6);
pub(crate) const LIBRE_OFFICE: BitField = BitField(31, 3);
pub(crate) const CAT: BitField = BitField(34, 2);
pub(crate) const GMX_CHARACTER: BitField = BitField(36, 1);
pub(crate) const CAUSE: BitField = BitField(37, 4);
/// All ones or all zeros, so that one shift puts both bits of [`KeyNeeds`] in place.
pub(crate) const REORDERS: BitField = BitField(41, 2);
pub(crate) const MEASURE_CLASS: BitField = BitField(43, 8);

impl CharProperties {
    const fn get(self, field: &BitField) -> u32 {
        (self.0 >> field.0) as u32 & ((1 << field.1) - 1)
    }

    /// The class of UAX #29 word boundaries.
    pub(crate) const fn word(self) -> u32 {
        self.get(&WORD)
    }

    /// The class of UAX #29 grapheme clusters, told apart by `Indic_Conjunct_Break`.
    pub(crate) const fn grapheme(self) -> u32 {
        self.get(&GRAPHEME)
    }

    /// The class of UAX #29 sentence boundaries, and above it the bit for letters and numbers.
    pub(crate) const fn sentence_symbol(self) -> u32 {
        (self.0 >> SENTENCE.0) as u32 & 0x1f
    }

    /// Whether it is Alphabetic or of general category N.
    pub(crate) const fn is_alphanumeric(self) -> bool {
        self.get(&ALPHANUMERIC) != 0
    }

    /// What it is to `wc -w`.
    pub(crate) const fn wc(self) -> u32 {
        self.get(&WC)
    }

    /// What it is to a word processor.
    pub(crate) const fn office(self) -> u32 {
        self.get(&OFFICE)
    }

    /// What it is to LibreOffice.
    pub(crate) const fn libre_office(self) -> u32 {
        self.get(&LIBRE_OFFICE)
    }

    /// What it is to translation tools.
    pub(crate) const fn cat(self) -> u32 {
        self.get(&CAT)
    }

    /// Whether GMX-V counts it as a character: a letter, mark or number.
    pub(crate) const fn is_gmx_character(self) -> bool {
        self.get(&GMX_CHARACTER) != 0
    }

    /// Why definitions may differ about a word with it, as a place in [`CauseClass`].
    pub(crate) const fn cause(self) -> u32 {
        self.get(&CAUSE)
    }

    /// Whether it is `White_Space`.
    pub(crate) const fn is_white_space(self) -> bool {
        self.get(&WHITE_SPACE) != 0
    }

    /// Whether it is `Extended_Pictographic`.
    pub(crate) const fn is_pictographic(self) -> bool {
        self.get(&PICTOGRAPHIC) != 0
    }

    /// Whether it belongs to a script that is cut by dictionary.
    pub(crate) const fn is_by_dictionary(self) -> bool {
        self.get(&BY_DICTIONARY) != 0
    }

    /// Whether it is a word of its own unless something clings to it, goes to the dictionary, and
    /// is its own key.
    pub(crate) const fn is_single_character_word(self) -> bool {
        const ASKED: u64 =
            0x1f << WORD.0 | 1 << ALPHANUMERIC.0 | 1 << BY_DICTIONARY.0 | 1 << FOLDS.0 | 1 << COMPOSES.0;
        const WANTED: u64 = (WordClass::OTHER as u64) << WORD.0 | 1 << ALPHANUMERIC.0 | 1 << BY_DICTIONARY.0;
        self.0 & ASKED == WANTED
    }

    /// What a word with it may need before it is a key.
    pub(crate) const fn key(self) -> KeyNeeds {
        KeyNeeds::of(self)
    }

    /// The classes that the measures count by, in their places.
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

    /// The number of what the measures see of it, the same for all that they see alike; 0 for what is not
    /// numbered: the line feed and format characters. ASCII letters share theirs with others.
    pub(crate) const fn kind(self) -> u32 {
        self.get(&MEASURE_CLASS)
    }

    /// Whether it may cling to what stands before it, so that no cluster starts with it.
    pub(crate) const fn attaches(self) -> bool {
        self.get(&ATTACHES) != 0
    }

    /// Whether both are of one script, and cut by dictionary or not.
    pub(crate) const fn has_same_dictionary(self, other: Self) -> bool {
        const ASKED: u64 = ((1 << SCRIPT.1) - 1) << SCRIPT.0 | 1 << BY_DICTIONARY.0;
        (self.0 ^ other.0) & ASKED == 0
    }

    /// The index of its script in [`Script::ALL`].
    pub(crate) const fn script(self) -> usize {
        self.get(&SCRIPT) as usize
    }
}

/// What the measures see of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MeasureBits(u64);

impl MeasureBits {
    const PLAIN: u64 = (LibreOfficeClass::LETTER as u64) << LIBRE_OFFICE.0
        | (CatClass::WORD as u64) << CAT.0
        | 1 << GMX_CHARACTER.0;
    const ALONE: u64 = (OfficeClass::ALONE as u64) << OFFICE.0
        | (LibreOfficeClass::ASIAN as u64) << LIBRE_OFFICE.0
        | (CatClass::ALONE as u64) << CAT.0
        | 1 << GMX_CHARACTER.0;
    const SIGNS: u64 = 0xf << CAUSE.0;

    /// Letters and digits: part of a run to everyone, a grapheme unless a mark follows.
    pub(crate) const fn is_plain(self) -> bool {
        self.0 & !Self::SIGNS == Self::PLAIN
    }

    /// Han and kana: the same, but counted for itself by word processors and translation tools.
    pub(crate) const fn is_alone(self) -> bool {
        self.0 & !Self::SIGNS == Self::ALONE
    }
}

/// How many characters share a block, and how many blocks there are.
const BLOCK: usize = 1 << BLOCK_BITS;
const BLOCKS: usize = 0x11_0000 / BLOCK;

/// The classes of every character.
#[derive(Debug)]
pub(crate) struct PropertyTable {
    /// Of every block, the place of one like it.
    blocks: Box<[u16; BLOCKS]>,
    /// Blocks, no two alike.
    values: Vec<[CharProperties; BLOCK]>,
}

static TABLE: LazyLock<PropertyTable> = LazyLock::new(builder::table);

impl PropertyTable {
    /// The one table of the process, made by whoever asks first (about two milliseconds).
    pub(crate) fn shared() -> &'static Self {
        &TABLE
    }

    /// The classes of `character`.
    pub(crate) fn get(&self, character: char) -> CharProperties {
        let code = character as usize;
        self.values[usize::from(self.blocks[code / BLOCK])][code % BLOCK]
    }
}
