//! Counts the words of `cat` and `ascii` and the characters of `gmx`.
//!
//! A piece is the text between white space, dashes, slashes and apostrophes. It is a word of `cat` if it
//! contains a letter or a number.

use super::ascii_masks::AsciiMasks;
use crate::properties::{CatClass, CauseClass, CharProperties};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PieceCounter {
    pub(crate) cat_words: u64,
    pub(crate) ascii_words: u64,
    /// Letters, marks and numbers, and hyphens and apostrophes between two of them.
    pub(crate) gmx_characters: u64,
    /// Whether the current piece is counted as a word of `cat`.
    counted: bool,
    in_ascii: bool,
    /// Whether the last character was a letter, mark or number.
    after_gmx_character: bool,
    /// Whether the last character was a hyphen or apostrophe after a letter, mark or number.
    after_mid: bool,
}

impl PieceCounter {
    pub(super) const fn new() -> Self {
        Self {
            cat_words: 0,
            ascii_words: 0,
            gmx_characters: 0,
            counted: false,
            in_ascii: false,
            after_gmx_character: false,
            after_mid: false,
        }
    }

    pub(super) fn push(&mut self, character: char, properties: CharProperties) {
        match properties.cat() {
            CatClass::WORD => {
                self.cat_words += u64::from(!self.counted);
                self.counted = true;
            }
            CatClass::SINGLE => {
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
        self.gmx_characters += u64::from(is_gmx_character) + u64::from(is_gmx_character && self.after_mid);
        self.after_mid = self.after_gmx_character
            && matches!(properties.cause(), CauseClass::HYPHEN | CauseClass::APOSTROPHE);
        self.after_gmx_character = is_gmx_character;
    }

    /// Adds characters that follow one of the same class: `letters` of words that are counted already,
    /// and `single` ones that are a word each.
    pub(super) const fn add_run(&mut self, letters: u64, single: u64) {
        self.cat_words += single;
        self.gmx_characters += letters + single;
    }

    pub(super) const fn push_block(&mut self, block: &AsciiMasks) {
        self.push_block_cat(block.words, block.spaces() | block.hyphens | block.apostrophes | block.slashes);
        let letters = block.words & !block.digits;
        self.ascii_words += (letters & !(letters << 1 | self.in_ascii as u64)).count_ones() as u64;
        self.in_ascii = block.last(letters);
        self.push_block_gmx(block);
    }

    /// Counts the first letter or number of each piece. The carry of an addition moves the start of a
    /// piece over its leading characters that are neither word characters nor splits.
    const fn push_block_cat(&mut self, words: u64, splits: u64) {
        let neutral = !(words | splits);
        let starts = splits << 1 | !self.counted as u64;
        let carried = neutral.wrapping_add(starts & neutral) & !neutral;
        self.cat_words += ((carried | starts) & words).count_ones() as u64;
        if words | splits != 0 {
            self.counted = words.leading_zeros() < splits.leading_zeros();
        }
    }

    const fn push_block_gmx(&mut self, block: &AsciiMasks) {
        let (words, mids) = (block.words, block.hyphens | block.apostrophes);
        let mids_in_word = mids & (words << 1 | self.after_gmx_character as u64);
        let joined = words & (mids_in_word << 1 | self.after_mid as u64);
        self.gmx_characters += (words.count_ones() + joined.count_ones()) as u64;
        self.after_gmx_character = block.last(words);
        self.after_mid = block.last(mids_in_word);
    }
}
