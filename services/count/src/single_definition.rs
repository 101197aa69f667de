//! Counts a whole text by one definition, several times faster than by all of them.
//!
//! The counts equal those of a [`Tally`](crate::Tally), with one exception: [`unicode_words`] counts a
//! word over 64 KiB once, and `Tally` counts it once for each of its clusters.

use crate::byte_block::ByteBlock;
use crate::measures::non_plain_mask;
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
        if let Some(block) = ByteBlock::load(&bytes[at..]).filter(|&block| non_plain_mask(block) == 0) {
            let visible = !block.space_mask();
            words += u64::from((visible & !(visible << 1 | u64::from(in_word))).count_ones());
            in_word = visible >> (ByteBlock::LEN - 1) != 0;
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
        let masks = WordMasks::read(&bytes[at..]);
        let mut next = 0;
        at += loop {
            let plain = masks.plain_from(next);
            words += plain.words.count_words();
            if plain.resume == Resume::AtNextBlock {
                break plain.end;
            }
            let segment = segment(table, text, at + plain.end, |_| ());
            words += u64::from(segment.letters > 0);
            next = segment.end - at;
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
        fn single_definitions_agree_with_the_tally(parts in prop::collection::vec(texts(), 0..4)) {
            let text = parts.concat();
            let words = count(&text, &Options::default()).words;
            prop_assert_eq!(wc_words(&text), words.get(Definition::Wc));
            prop_assert_eq!(unicode_words(&text), words.get(Definition::Unicode));
        }
    }
}
