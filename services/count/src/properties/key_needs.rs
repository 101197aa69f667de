//! What the characters of a word, one behind the other, need before the word is a key.
//!
//! Knows bits of the packed classes; folding and normalising are done elsewhere.

use super::{COMPOSES, CharProperties, FOLDS, REORDERS};

/// What a word may need before it is a key: nothing, folding, normalising, or both.
///
/// A mark that composes with nothing needs normalising only behind another one, with which it may be out of order: Thai
/// is full of the former, and asking for the order in each of its words took a quarter of all instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct KeyNeeds(u32);

impl KeyNeeds {
    const WORK: u32 = 1 << FOLDS.0 | 1 << COMPOSES.0;
    /// Whether one of the characters has a canonical order among marks.
    const HAS_MARK: u32 = 1 << 30;
    /// Whether the last has.
    const ENDS_IN_MARK: u32 = 1 << 31;

    /// What one character needs.
    pub(super) const fn of(character: CharProperties) -> Self {
        let marks = (character.0 >> (REORDERS.0 - Self::HAS_MARK.ilog2())) as u32;
        Self(character.0 as u32 & Self::WORK | marks & (Self::HAS_MARK | Self::ENDS_IN_MARK))
    }

    /// Everything: never wrong, only slower.
    #[cfg(test)]
    pub(crate) const fn all() -> Self {
        Self(u32::MAX)
    }

    /// What characters need that are followed by others, of which there is at least one.
    pub(crate) const fn and(self, next: Self) -> Self {
        let meet = (self.0 / Self::ENDS_IN_MARK) & (next.0 / Self::HAS_MARK);
        Self(self.0 & !Self::ENDS_IN_MARK | next.0 | meet << COMPOSES.0)
    }

    /// Whether the word is its own key.
    pub(crate) const fn are_none(self) -> bool {
        self.0 & Self::WORK == 0
    }

    /// Whether the word may be in a form other than NFC, before or after folding.
    pub(crate) const fn composing(self) -> bool {
        self.0 & 1 << COMPOSES.0 != 0
    }
}
