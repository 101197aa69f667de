//! One definition alone, for callers who need no other figure and want it several times faster.
//!
//! Knows whole texts. The numbers are those of a [`Tally`](crate::Tally), except that a word of more
//! than 64 KiB counts once here and once for each cluster there.

use crate::byte_block::ByteBlock;
use crate::measures::odd_bytes;
use crate::properties::{PropertyTable, WcClass};
use crate::segment_counter::{Resume, WordMasks};
use crate::word_break::segment;

/// Words by [`Definition::Wc`](crate::Definition::Wc).
///
/// ```
/// assert_eq!(tally_count::wc_words("devil-may-care . . ."), 4);
/// ```
#[must_use]
pub fn wc_words(text: &str) -> u64 {
    let (table, bytes) = (PropertyTable::shared(), text.as_bytes());
    let (mut words, mut in_word, mut at) = (0, false, 0);
    while at < bytes.len() {
        if let Some(lanes) = ByteBlock::first(&bytes[at..]).filter(|&lanes| odd_bytes(lanes) == 0) {
            let shown = !lanes.are_spaces();
            words += u64::from((shown & !(shown << 1 | u64::from(in_word))).count_ones());
            in_word = shown >> (ByteBlock::LEN - 1) != 0;
            at += ByteBlock::LEN;
            continue;
        }
        let stop = at + ByteBlock::LEN;
        for character in text[at..].chars() {
            match table.get(character).wc() {
                WcClass::WORD => {
                    words += u64::from(!in_word);
                    in_word = true;
                }
                WcClass::SPACE => in_word = false,
                _ => {}
            }
            at += character.len_utf8();
            if at >= stop {
                break;
            }
        }
    }
    words
}

/// Words by [`Definition::Unicode`](crate::Definition::Unicode).
///
/// ```
/// assert_eq!(tally_count::unicode_words("devil-may-care . . ."), 3);
/// ```
#[must_use]
pub fn unicode_words(text: &str) -> u64 {
    let (table, bytes) = (PropertyTable::shared(), text.as_bytes());
    let (mut words, mut at) = (0, 0);
    while at < bytes.len() {
        let marks = WordMasks::read(&bytes[at..]);
        let mut next = 0;
        at += loop {
            let plain = marks.plain_from(next);
            words += plain.words.number();
            if plain.then == Resume::AtNextBlock {
                break plain.end;
            }
            let found = segment(table, text, at + plain.end, |_| ());
            words += u64::from(found.letters > 0);
            next = found.end - at;
            if next >= ByteBlock::LEN.min(bytes.len() - at) {
                break next;
            }
        };
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::oracle::texts;
    use crate::{Definition, Options, count};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn alone_is_as_in_the_tally(parts in prop::collection::vec(texts(), 0..4)) {
            let text = parts.concat();
            let words = count(&text, &Options::default()).words;
            prop_assert_eq!(wc_words(&text), words.get(Definition::Wc));
            prop_assert_eq!(unicode_words(&text), words.get(Definition::Unicode));
        }
    }
}
