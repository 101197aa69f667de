//! Finds ambiguous clusters: those on which definitions may differ.
//!
//! A single run of ASCII letters with plain punctuation around it is one word by every definition. Such
//! plain clusters are skipped quickly.

use std::ops::Range;

use crate::byte_block::ByteBlock;
use crate::cut::is_border;
use crate::measures::non_plain_mask;
use crate::properties::PropertyTable;

/// The first ambiguous cluster at or after `from`, which must be a border. With `continues`, the cluster
/// at `from` continues a word and is returned. Empty, at the end of `text`, if there is none.
pub(crate) fn next_ambiguous(
    table: &PropertyTable,
    text: &str,
    from: usize,
    continues: bool,
) -> Range<usize> {
    if continues {
        return from..cluster_end(table, text, from);
    }
    let mut at = from;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let (masks, is_last) = (PlainMasks::read(rest), rest.len() < ByteBlock::LEN);
        match scan(table, text, at, &masks) {
            BlockScan::PlainUntil(0) if !is_last => return at..cluster_end(table, text, at),
            BlockScan::PlainUntil(_) if is_last => break,
            BlockScan::PlainUntil(start) => at += start,
            BlockScan::AmbiguousAt(start) => return at + start..cluster_end(table, text, at + start),
        }
    }
    text.len()..text.len()
}

/// Masks over 64 bytes. Bytes after the end of the text count as spaces.
struct PlainMasks {
    spaces: u64,
    letters: u64,
    /// All but ASCII letters, white space and plain punctuation.
    other: u64,
}

impl PlainMasks {
    fn read(bytes: &[u8]) -> Self {
        let block = ByteBlock::load_padded(bytes);
        let digits = block.range_mask(b'0', b'9');
        let splits = block.eq_mask(b'-') | block.eq_mask(b'\'') | block.eq_mask(b'/') | block.eq_mask(b'_');
        let other = non_plain_mask(block) | digits | splits;
        Self { spaces: block.space_mask(), letters: block.letter_mask(), other }
    }
}

/// The clusters that start in a block.
enum BlockScan {
    /// All clusters before this position are plain. The one that starts here does not end in the block.
    PlainUntil(usize),
    /// An ambiguous cluster starts here.
    AmbiguousAt(usize),
}

fn scan(table: &PropertyTable, text: &str, at: usize, masks: &PlainMasks) -> BlockScan {
    let mut start = 0;
    loop {
        let ends = masks.spaces >> start;
        if ends == 0 {
            return BlockScan::PlainUntil(start);
        }
        let word_end = start + ends.trailing_zeros() as usize;
        let word = (1 << word_end) - (1 << start);
        let letters = masks.letters & word;
        let words = (letters & !(letters << 1)).count_ones();
        if masks.other & word != 0 || words != 1 && word != 0 {
            return BlockScan::AmbiguousAt(start);
        }
        let next = word_end + (!masks.spaces >> word_end).trailing_zeros() as usize;
        if next >= ByteBlock::LEN {
            return BlockScan::PlainUntil(start);
        }
        if masks.other >> next & 1 != 0
            && text[at + next..].chars().next().is_some_and(|c| table.get(c).attaches())
        {
            return BlockScan::AmbiguousAt(start);
        }
        start = next;
    }
}

fn cluster_end(table: &PropertyTable, text: &str, start: usize) -> usize {
    (start + 1..text.len()).find(|&at| is_border(table, text, at)).unwrap_or(text.len())
}
