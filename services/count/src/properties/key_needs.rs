//! Which steps turn a word into its histogram key, from the classes of its characters.

use super::{CharProperties, FOLDS, NORMALIZES, REORDERS};

/// The steps a word may need to become a key: none, folding, normalising, or both.
///
/// A mark that composes with nothing needs normalising only after another mark, because the two may be in the wrong
/// order. Thai has many single marks. Normalising each of its words took a quarter of all instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct KeyNeeds(u32);

impl KeyNeeds {
    const STEPS: u32 = 1 << FOLDS.0 | 1 << NORMALIZES.0;
    /// A character has a nonzero canonical combining class.
    const HAS_MARK: u32 = 1 << 30;
    /// The last character has one.
    const ENDS_IN_MARK: u32 = 1 << 31;

    pub(super) const fn of(character: CharProperties) -> Self {
        let marks = (character.0 >> (REORDERS.0 - Self::HAS_MARK.ilog2())) as u32;
        Self(character.0 as u32 & Self::STEPS | marks & (Self::HAS_MARK | Self::ENDS_IN_MARK))
    }

    /// All steps: always correct, but slower.
    pub(crate) const fn all() -> Self {
        Self(u32::MAX)
    }

    /// The needs of these characters followed by those of `next`, which must not be empty.
    pub(crate) const fn followed_by(self, next: Self) -> Self {
        let adjacent_marks = (self.0 / Self::ENDS_IN_MARK) & (next.0 / Self::HAS_MARK);
        Self(self.0 & !Self::ENDS_IN_MARK | next.0 | adjacent_marks << NORMALIZES.0)
    }

    /// Whether the word is its own key.
    pub(crate) const fn are_none(self) -> bool {
        self.0 & Self::STEPS == 0
    }

    /// Whether the word may not be in NFC, before or after folding.
    pub(crate) const fn normalizes(self) -> bool {
        self.0 & 1 << NORMALIZES.0 != 0
    }
}
