//! Finds the positions where a text can be cut so that its counted parts merge exactly.
//!
//! Such a position is a border, and the text between two borders is a cluster. A border follows ASCII
//! white space, unless the next character attaches to it (a mark, a joiner, the line feed of CRLF).
//! No word, grapheme or dictionary run of any definition crosses a border.
//!
//! A cluster over [`MAX_CLUSTER_BYTES`] is cut anyway: after its last character that cannot be part of
//! a word, or at the limit.

use crate::measures::is_space;
use crate::properties::{PropertyTable, WordClass};

/// Bounds what a counter has to buffer.
pub(crate) const MAX_CLUSTER_BYTES: usize = 64 << 10;

/// The first cluster border at or after byte `from`. The start and the end of `text` are not borders.
///
/// ```
/// assert_eq!(tally_count::next_cut("one two", 1), Some(4));
/// assert_eq!(tally_count::next_cut("one two", 5), None);
/// ```
#[must_use]
pub fn next_cut(text: &str, from: usize) -> Option<usize> {
    let table = PropertyTable::shared();
    (from.max(1)..text.len()).find(|&at| is_border(table, text, at))
}

/// Whether byte `at` is a border. It must not be the start or the end of `text`.
pub(crate) fn is_border(table: &PropertyTable, text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    is_space(bytes[at - 1]) && can_start(table, bytes[at - 1], &text[at..])
}

/// Whether a cluster can start with `text`, after the white space `before`.
pub(crate) fn can_start(table: &PropertyTable, before: u8, text: &str) -> bool {
    match text.chars().next() {
        None => false,
        Some('\n') => before != b'\r',
        Some(first) => !table.get(first).attaches(),
    }
}

/// The last border in `text` at or before byte `until`, which must be less than its length.
pub(crate) fn last_border(table: &PropertyTable, text: &str, until: usize) -> Option<usize> {
    (1..=until).rev().find(|&at| is_border(table, text, at))
}

/// Where to cut a text that has no border within [`MAX_CLUSTER_BYTES`].
pub(crate) fn forced_cut(table: &PropertyTable, text: &str) -> usize {
    let end = text.floor_char_boundary(MAX_CLUSTER_BYTES);
    let mut next_attaches = text[end..].chars().next().is_some_and(|c| table.get(c).attaches());
    for (at, character) in text[..end].char_indices().rev() {
        let properties = table.get(character);
        let separates =
            matches!(properties.word(), WordClass::OTHER | WordClass::SPACE) && !properties.is_alphanumeric();
        if separates && !next_attaches && !properties.attaches() {
            return at + character.len_utf8();
        }
        next_attaches = properties.attaches();
    }
    end
}
