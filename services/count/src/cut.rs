//! Where a text may be cut so that counted parts merge to the bit, and where it must be.
//!
//! A cluster is what stands between two borders. A border lies behind ASCII white space, unless what
//! follows clings to it (a mark, a joiner, the line feed of CRLF): no word, grapheme or dictionary run
//! of any definition reaches across. A cluster that grows over the limit is cut all the same, behind
//! the last character in it that no word can hold, or else at the limit.

use crate::measures::is_space;
use crate::properties::{PropertyTable, WordClass};

/// Longest cluster, in bytes: what a counter may have to keep.
pub(crate) const LIMIT: usize = 64 << 10;

/// The first cluster border at or after byte `from`, neither the start nor the end of `text`; `None`
/// when there is none.
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

/// Whether a border lies at byte `at`, which is neither the start nor the end of `text`.
pub(crate) fn is_border(table: &PropertyTable, text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    is_space(bytes[at - 1]) && may_start(table, bytes[at - 1], &text[at..])
}

/// Whether a cluster may start with `text` behind the white space `before`.
pub(crate) fn may_start(table: &PropertyTable, before: u8, text: &str) -> bool {
    match text.chars().next() {
        None => false,
        Some('\n') => before != b'\r',
        Some(first) => !table.get(first).attaches(),
    }
}

/// The last border in `text` at or before byte `until`, which lies before its end.
pub(crate) fn last_border(table: &PropertyTable, text: &str, until: usize) -> Option<usize> {
    (1..=until).rev().find(|&at| is_border(table, text, at))
}

/// Where to cut a cluster that is longer than the limit: not at a border, there is none.
pub(crate) fn forced(table: &PropertyTable, text: &str) -> usize {
    let end = text.floor_char_boundary(LIMIT);
    let mut next_joins = text[end..].chars().next().is_some_and(|c| table.get(c).attaches());
    for (at, character) in text[..end].char_indices().rev() {
        let properties = table.get(character);
        let is_bar =
            matches!(properties.word(), WordClass::OTHER | WordClass::SPACE) && !properties.is_alphanumeric();
        if is_bar && !next_joins && !properties.attaches() {
            return at + character.len_utf8();
        }
        next_joins = properties.attaches();
    }
    end
}
