//! Words of translation tools, words of ASCII letters, and the characters that GMX-V bills.
//!
//! Knows pieces: what stands between white space, hyphens, slashes and apostrophes.

use super::ascii_masks::AsciiMasks;
use crate::properties::{CatClass, CauseClass, CharProperties};

/// The running counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PieceCounter {
    pub(crate) cat_words: u64,
    pub(crate) ascii_words: u64,
    /// Letters, marks and numbers, and hyphens and apostrophes between two of them.
    pub(crate) billed: u64,
    /// Whether the piece holds a letter or a number, so that it has been counted.
    counted: bool,
    in_ascii: bool,
    /// Whether the last character was billed.
    after_billed: bool,
    /// Whether the last was a hyphen or apostrophe behind one that was billed.
    after_mid: bool,
}

impl PieceCounter {
    /// Nothing yet.
    pub(super) const fn new() -> Self {
        Self {
            cat_words: 0,
            ascii_words: 0,
            billed: 0,
            counted: false,
            in_ascii: false,
            after_billed: false,
            after_mid: false,
        }
    }

    /// Takes the next character.
    pub(super) fn step(&mut self, character: char, properties: CharProperties) {
        match properties.cat() {
            CatClass::WORD => {
                self.cat_words += u64::from(!self.counted);
                self.counted = true;
            }
            CatClass::ALONE => {
                self.cat_words += 1;
                self.counted = false;
            }
            CatClass::SPLIT => self.counted = false,
            _ => {}
        }
        let is_ascii = character.is_ascii_alphabetic();
        self.ascii_words += u64::from(is_ascii && !self.in_ascii);
        self.in_ascii = is_ascii;
        let is_gmx_character = properties.is_gmx_character();
        self.billed += u64::from(is_gmx_character) + u64::from(is_gmx_character && self.after_mid);
        self.after_mid =
            self.after_billed && matches!(properties.cause(), CauseClass::HYPHEN | CauseClass::APOSTROPHE);
        self.after_billed = is_gmx_character;
    }

    /// Takes characters behind their like: `plain` letters, and `alone` ones that are words each.
    pub(super) const fn add(&mut self, plain: u64, alone: u64) {
        self.cat_words += alone;
        self.billed += plain + alone;
    }

    /// Takes a block of ASCII.
    pub(super) const fn take_block(&mut self, block: &AsciiMasks) {
        self.take_cat(block.words, block.spaces() | block.hyphens | block.apostrophes | block.slashes);
        let letters = block.words & !block.digits;
        self.ascii_words += (letters & !(letters << 1 | self.in_ascii as u64)).count_ones() as u64;
        self.in_ascii = block.last(letters);
        self.bill(block);
    }

    /// Counts the first letter or number of every piece: what starts a piece is carried, as an
    /// addition carries, over what neither makes nor ends one.
    const fn take_cat(&mut self, words: u64, splits: u64) {
        let neutral = !(words | splits);
        let starts = splits << 1 | !self.counted as u64;
        let carried = neutral.wrapping_add(starts & neutral) & !neutral;
        self.cat_words += ((carried | starts) & words).count_ones() as u64;
        if words | splits != 0 {
            self.counted = words.leading_zeros() < splits.leading_zeros();
        }
    }

    const fn bill(&mut self, block: &AsciiMasks) {
        let (words, mids) = (block.words, block.hyphens | block.apostrophes);
        let mids_behind = mids & (words << 1 | self.after_billed as u64);
        let joined = words & (mids_behind << 1 | self.after_mid as u64);
        self.billed += (words.count_ones() + joined.count_ones()) as u64;
        self.after_billed = block.last(words);
        self.after_mid = block.last(mids_behind);
    }
}
