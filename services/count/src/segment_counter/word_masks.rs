//! Finds words of plain ASCII in blocks of 64 bytes.
//!
//! It applies the rules of UAX #29 to ASCII. A word next to other characters is left to `word_break`.

use crate::byte_block::ByteBlock;
use crate::properties::SentenceClass;

/// Masks over up to 64 bytes with one bit per byte. The lowest bit belongs to the first byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordMasks {
    /// ASCII letters and digits, and the punctuation between two of them that joins them.
    words: u64,
    /// That punctuation.
    joined: u64,
    digits: u64,
    /// The underscore, and all bytes that are not ASCII.
    others: u64,
    /// Punctuation that may join a word to the unknown byte after it.
    middles: u64,
    /// Bytes that may end a sentence.
    pub(super) sentence_ends: u64,
    len: usize,
    /// Whether the text continues after these bytes.
    has_more: bool,
}

impl WordMasks {
    /// Reads the start of `bytes`, which must not be empty.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let block = ByteBlock::load_padded(bytes);
        let (letters, digits) = (block.letter_mask(), block.range_mask(b'0', b'9'));
        let others = block.non_ascii_mask() | block.eq_mask(b'_');
        let stops = block.eq_mask(b'.');
        let either = stops | block.eq_mask(b'\'');
        let (colons, others_of_numbers) = (block.eq_mask(b':'), block.eq_mask(b',') | block.eq_mask(b';'));
        let joined = between(either | colons, letters) // WB6, WB7
            | between(either | others_of_numbers, digits); // WB11, WB12
        let has_more = bytes.len() > ByteBlock::LEN;
        // The byte after the last one is unknown and may continue a word.
        let before_unknown = others >> 1 | u64::from(has_more) << (ByteBlock::LEN - 1);
        Self {
            words: letters | digits | joined,
            joined,
            digits,
            others,
            middles: (either | colons | others_of_numbers) & before_unknown,
            sentence_ends: stops
                | block.eq_mask(b'!')
                | block.eq_mask(b'?')
                | block.eq_mask(b'\n')
                | block.eq_mask(b'\r'),
            len: bytes.len().min(ByteBlock::LEN),
            has_more,
        }
    }

    /// The words from `from` on, up to the first one that `word_break` must decide. `from` must be a
    /// word boundary before the end.
    pub(crate) fn plain_from(&self, from: usize) -> PlainWords {
        let here = u64::MAX << from;
        // Punctuation at a boundary joins nothing.
        let words = self.words & here & !(self.joined & 1 << from);
        let unknown = self.others & here | self.middles & words << 1;
        let (end, resume) = if unknown != 0 {
            let first = unknown.trailing_zeros();
            (first - ones_below(words, first), Resume::ByRules)
        } else if self.has_more && words >> (ByteBlock::LEN - 1) != 0 {
            let end = ByteBlock::LEN as u32 - words.leading_ones();
            (end, if end == 0 { Resume::ByRules } else { Resume::AtNextBlock })
        } else {
            (self.len as u32, Resume::AtNextBlock)
        };
        let words = words & !u64::MAX.unbounded_shl(end);
        let (starts, stops) = (words & !(words << 1), !words & words << 1);
        PlainWords {
            words: WordSpans { starts, stops },
            letters: words & !self.joined,
            starts_with_digit: starts & self.digits,
            end: end as usize,
            resume,
        }
    }
}

/// The bits of `middles` that have a bit of `sides` before and after them.
const fn between(middles: u64, sides: u64) -> u64 {
    middles & sides << 1 & sides >> 1
}

/// The number of consecutive ones directly below bit `position`.
const fn ones_below(bits: u64, position: u32) -> u32 {
    (!bits.unbounded_shl(u64::BITS - position)).leading_zeros()
}

/// Complete words of plain ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainWords {
    pub(crate) words: WordSpans,
    /// Their letters and digits.
    pub(super) letters: u64,
    pub(super) starts_with_digit: u64,
    /// Where the next word starts or may start.
    pub(crate) end: usize,
    pub(crate) resume: Resume,
}

/// How to continue after [`PlainWords::end`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    /// Find one segment by the rules of UAX #29.
    ByRules,
    /// Read the next block.
    AtNextBlock,
}

/// Iterates over the start and end of each word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordSpans {
    starts: u64,
    /// Lacks the end of a last word that ends with the block.
    stops: u64,
}

impl WordSpans {
    pub(crate) const fn count_words(self) -> u64 {
        self.starts.count_ones() as u64
    }
}

impl Iterator for WordSpans {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        (self.starts != 0).then(|| {
            let span = (self.starts.trailing_zeros() as usize, self.stops.trailing_zeros() as usize);
            self.starts &= self.starts - 1;
            self.stops &= self.stops.wrapping_sub(1);
            span
        })
    }
}

/// Longest word that [`read_word`] returns, in bytes.
const LONGEST: usize = 15;

/// Masks of the bytes of a word, by its length.
static MASKS: [[u64; 2]; LONGEST + 1] = masks();

const fn masks() -> [[u64; 2]; LONGEST + 1] {
    let mut masks = [[0; 2]; LONGEST + 1];
    let mut len = 0;
    while len <= LONGEST {
        let both = (1u128 << (8 * len)) - 1;
        masks[len] = [both as u64, (both >> 64) as u64];
        len += 1;
    }
    masks
}

/// The word of `len` bytes at `at` as two little-endian integers, padded with zeros. `fold` is OR-ed
/// into the word. `None` if it is longer than [`LONGEST`].
pub(super) fn read_word(bytes: &[u8], at: usize, len: usize, fold: u64) -> Option<(u64, u64)> {
    let [low, high] = *MASKS.get(len)?;
    let rest = &bytes[at..];
    let both = match rest.first_chunk::<16>() {
        Some(chunk) => u128::from_le_bytes(*chunk),
        None => {
            let mut chunk = [0; 16];
            chunk[..rest.len()].copy_from_slice(rest);
            u128::from_le_bytes(chunk)
        }
    };
    Some(((both as u64 | fold) & low, ((both >> 64) as u64 | fold) & high))
}

/// The symbol of an ASCII character for the sentence counter.
pub(super) fn symbol(ascii: u8) -> u32 {
    u32::from(SENTENCE_SYMBOLS[usize::from(ascii & 0x7F)])
}

static SENTENCE_SYMBOLS: [u8; 128] = sentence_symbols();

const fn sentence_symbols() -> [u8; 128] {
    let mut symbols = [0; 128];
    let mut byte = 0;
    while byte < 0x80 {
        symbols[byte] = match byte as u8 {
            b'\n' => SentenceClass::LINE_FEED,
            b'\r' => SentenceClass::CARRIAGE_RETURN,
            b'\t' | 0x0B | 0x0C | b' ' => SentenceClass::SPACE,
            b'a'..=b'z' => SentenceClass::LOWER | SentenceClass::ALPHANUMERIC,
            b'A'..=b'Z' => SentenceClass::UPPER | SentenceClass::ALPHANUMERIC,
            b'0'..=b'9' => SentenceClass::NUMERIC | SentenceClass::ALPHANUMERIC,
            b'.' => SentenceClass::A_TERM,
            b'!' | b'?' => SentenceClass::S_TERM,
            b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => SentenceClass::CLOSE,
            b',' | b'-' | b':' | b';' => SentenceClass::CONTINUE,
            _ => SentenceClass::OTHER,
        } as u8;
        byte += 1;
    }
    symbols
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::PropertyTable;

    #[test]
    fn symbols_equal_the_property_table() {
        for byte in 0..0x80u8 {
            let expected = PropertyTable::shared().get(char::from(byte)).sentence_symbol();
            assert_eq!(symbol(byte), expected, "{byte:#x}");
        }
    }

    /// The words in the first block of `text` from `from` on, where they end, and how to continue.
    fn plain(text: &str, from: usize) -> (Vec<&str>, usize, Resume) {
        let plain = WordMasks::read(text.as_bytes()).plain_from(from);
        assert_eq!(plain.words.count_words(), plain.words.count() as u64);
        (plain.words.map(|(start, stop)| &text[start..stop]).collect(), plain.end, plain.resume)
    }

    #[test]
    fn finds_all_plain_words_of_a_block() {
        assert_eq!(
            plain("one two, 'three' a.", 0),
            (vec!["one", "two", "three", "a"], 19, Resume::AtNextBlock)
        );
        assert_eq!(plain(". - .", 0), (vec![], 5, Resume::AtNextBlock));
        assert_eq!(plain("end.", 0), (vec!["end"], 4, Resume::AtNextBlock));
    }

    #[test]
    fn punctuation_joins_letters_or_digits() {
        for joined in ["e.g", "don't", "a:b", "1,000", "1;2", "3.14", "1'2", "a1.5b"] {
            assert_eq!(plain(joined, 0), (vec![joined], joined.len(), Resume::AtNextBlock));
        }
        for split in ["a,b", "a;b", "1:2", "a.1", "1.a", "a''b", "a.:b"] {
            let ends = [&split[..1], &split[split.len() - 1..]];
            assert_eq!(plain(split, 0), (ends.to_vec(), split.len(), Resume::AtNextBlock));
        }
    }

    #[test]
    fn stops_before_a_word_with_other_characters() {
        for joined in ["snake_case", "caf\u{e9}", "a.\u{e9}", "_"] {
            assert_eq!(plain(joined, 0), (vec![], 0, Resume::ByRules), "{joined}");
            let text = format!("one {joined}");
            assert_eq!(plain(&text, 0), (vec!["one"], 4, Resume::ByRules), "{joined}");
        }
        assert_eq!(plain("_.a go", 1), (vec!["a", "go"], 6, Resume::AtNextBlock));
        assert_eq!(plain("don't go", 3), (vec!["t", "go"], 8, Resume::AtNextBlock));
    }

    #[test]
    fn stops_before_a_word_that_continues_after_the_block() {
        let spaced = |text: &str| format!("{}{text}", " ".repeat(61));
        assert_eq!(plain(&spaced("abc"), 0), (vec!["abc"], 64, Resume::AtNextBlock));
        assert_eq!(plain(&spaced("abcd"), 0), (vec![], 61, Resume::AtNextBlock));
        assert_eq!(plain(&spaced("ab, "), 0), (vec![], 61, Resume::ByRules));
        assert_eq!(plain(&spaced("ab,"), 0), (vec!["ab"], 64, Resume::AtNextBlock));
        let long = "a".repeat(65);
        assert_eq!(plain(&long[1..], 0), (vec![&long[1..]], 64, Resume::AtNextBlock));
        assert_eq!(plain(&long, 0), (vec![], 0, Resume::ByRules));
    }

    #[test]
    fn reads_words_as_integers() {
        let fold = u64::from_ne_bytes([0x20; 8]);
        assert_eq!(read_word(b"Ab", 0, 2, 0), Some((0x6241, 0)));
        assert_eq!(read_word(b"Ab and so on and so on", 0, 2, fold), Some((0x6261, 0)));
        let word = read_word(b"-abcdefghij", 1, 10, 0).map(|(low, high)| (low.to_le_bytes(), high));
        assert_eq!(word, Some((*b"abcdefgh", 0x6a69)));
        assert_eq!(read_word(&[b'a'; 20], 0, 16, 0), None);
    }
}
