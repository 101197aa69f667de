//! Finds the clusters that definitions may differ about, passing quickly over those they agree on.
//!
//! Knows bytes: a single run of ASCII letters with plain punctuation around it is one word to all.

use std::ops::Range;

use crate::byte_block::ByteBlock;
use crate::cut::is_border;
use crate::measures::odd_bytes;
use crate::properties::PropertyTable;

/// The first cluster at or after `from`, a border, that is not one plain word, or just the first when
/// that one goes on with a word; empty, at the end of `text`, when there is none.
pub(crate) fn next_ambiguous(table: &PropertyTable, text: &str, from: usize, goes_on: bool) -> Range<usize> {
    if goes_on {
        return from..cluster_end(table, text, from);
    }
    let mut at = from;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        let (read, whole) = (PlainMasks::read(rest), rest.len() < ByteBlock::LEN);
        match first_odd(table, text, at, &read) {
            BlockScan::To(0) if !whole => return at..cluster_end(table, text, at),
            BlockScan::To(_) if whole => break,
            BlockScan::To(start) => at += start,
            BlockScan::Odd(start) => return at + start..cluster_end(table, text, at + start),
        }
    }
    text.len()..text.len()
}

/// Where one word and nothing else may stand between white space.
struct PlainMasks {
    /// White space.
    spaces: u64,
    /// ASCII letters.
    letters: u64,
    /// What definitions may differ about: all but letters, white space and plain punctuation.
    odd: u64,
}

impl PlainMasks {
    /// Reads the bytes that `bytes` starts with; behind their end there are spaces.
    fn read(bytes: &[u8]) -> Self {
        let lanes = ByteBlock::first_or_all(bytes);
        let digits = lanes.are_between(b'0', b'9');
        let splits = lanes.are(b'-') | lanes.are(b'\'') | lanes.are(b'/') | lanes.are(b'_');
        let odd = odd_bytes(lanes) | digits | splits;
        Self { spaces: lanes.are_spaces(), letters: lanes.are_letters(), odd }
    }
}

/// What was found among the clusters that start in a block.
enum BlockScan {
    /// They are plain words, up to here, where one starts that does not end within the block.
    To(usize),
    /// One starts here that is not.
    Odd(usize),
}

fn first_odd(table: &PropertyTable, text: &str, at: usize, read: &PlainMasks) -> BlockScan {
    let mut start = 0;
    loop {
        let ends = read.spaces >> start;
        if ends == 0 {
            return BlockScan::To(start);
        }
        let word_end = start + ends.trailing_zeros() as usize;
        let word = (1 << word_end) - (1 << start);
        let letters = read.letters & word;
        let words = (letters & !(letters << 1)).count_ones();
        if read.odd & word != 0 || words != 1 && word != 0 {
            return BlockScan::Odd(start);
        }
        let next = word_end + (!read.spaces >> word_end).trailing_zeros() as usize;
        if next >= ByteBlock::LEN {
            return BlockScan::To(start);
        }
        if read.odd >> next & 1 != 0
            && text[at + next..].chars().next().is_some_and(|c| table.get(c).attaches())
        {
            return BlockScan::Odd(start);
        }
        start = next;
    }
}

/// Where the cluster that starts at `start` ends.
fn cluster_end(table: &PropertyTable, text: &str, start: usize) -> usize {
    (start + 1..text.len()).find(|&at| is_border(table, text, at)).unwrap_or(text.len())
}
