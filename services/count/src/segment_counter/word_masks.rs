//! WordSpans of ASCII, found sixty-four bytes at a time.
//!
//! Knows bytes, and the rules of UAX #29 as far as they are about ASCII. What stands beside anything else is left to them.

use crate::byte_block::ByteBlock;
use crate::properties::SentenceClass;

/// Where words may start and end in up to sixty-four bytes: a bit for each byte, the first the lowest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordMasks {
    /// ASCII letters and digits, and the signs between two of them that make them one word.
    words: u64,
    /// Those signs.
    joined: u64,
    digits: u64,
    /// Left to the rules wherever it stands: the underscore, and all that is not ASCII.
    others: u64,
    /// Signs that may stand inside a word, before something that is left to the rules.
    middles: u64,
    /// What may end a sentence.
    pub(super) ends: u64,
    /// How many bytes they are.
    len: usize,
    /// Whether the text goes on behind them.
    goes_on: bool,
}

impl WordMasks {
    /// Reads the bytes that `bytes`, not empty, starts with.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let lanes = ByteBlock::first_or_all(bytes);
        let (letters, digits) = (lanes.are_letters(), lanes.are_between(b'0', b'9'));
        let others = lanes.are_foreign() | lanes.are(b'_');
        let stops = lanes.are(b'.');
        let either = stops | lanes.are(b'\'');
        let (colons, others_of_numbers) = (lanes.are(b':'), lanes.are(b',') | lanes.are(b';'));
        let joined = between(either | colons, letters) // WB6, WB7
            | between(either | others_of_numbers, digits); // WB11, WB12
        let goes_on = bytes.len() > ByteBlock::LEN;
        // What stands behind the last byte is not known: it may be more of a word.
        let unclear = others >> 1 | u64::from(goes_on) << (ByteBlock::LEN - 1);
        Self {
            words: letters | digits | joined,
            joined,
            digits,
            others,
            middles: (either | colons | others_of_numbers) & unclear,
            ends: stops | lanes.are(b'!') | lanes.are(b'?') | lanes.are(b'\n') | lanes.are(b'\r'),
            len: bytes.len().min(ByteBlock::LEN),
            goes_on,
        }
    }

    /// What stands from `from` on, a boundary before the end, up to what the rules have to look at.
    pub(crate) fn plain_from(&self, from: usize) -> PlainWords {
        let here = u64::MAX << from;
        // A sign at the boundary joins nothing: what it may have joined stands before it.
        let words = self.words & here & !(self.joined & 1 << from);
        let unclear = self.others & here | self.middles & words << 1;
        let (end, then) = if unclear != 0 {
            let first = unclear.trailing_zeros();
            (first - ending_ones(words, first), Resume::ByRules)
        } else if self.goes_on && words >> (ByteBlock::LEN - 1) != 0 {
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
            numbers: starts & self.digits,
            end: end as usize,
            then,
        }
    }
}

/// Those of `signs` that have one of `these` before and behind them.
const fn between(signs: u64, these: u64) -> u64 {
    signs & these << 1 & these >> 1
}

/// How many ones stand below `place`, one behind the other.
const fn ending_ones(bits: u64, place: u32) -> u32 {
    (!bits.unbounded_shl(u64::BITS - place)).leading_zeros()
}

/// Bytes of ASCII in which nothing is joined to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainWords {
    /// The words.
    pub(crate) words: WordSpans,
    /// Their letters and digits.
    pub(super) letters: u64,
    /// The first of each that starts with a digit.
    pub(super) numbers: u64,
    /// Where the bytes end.
    pub(crate) end: usize,
    /// What comes then.
    pub(crate) then: Resume,
}

/// How to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    /// By the rules, for a segment.
    ByRules,
    /// By the marks of what follows.
    AtNextBlock,
}

/// Where words start and stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordSpans {
    starts: u64,
    /// Without the last word's if it stops behind the block.
    stops: u64,
}

impl WordSpans {
    /// How many they are.
    pub(crate) const fn number(self) -> u64 {
        self.starts.count_ones() as u64
    }
}

impl Iterator for WordSpans {
    type Item = (usize, usize);

    /// Where the next word starts and stops.
    fn next(&mut self) -> Option<(usize, usize)> {
        (self.starts != 0).then(|| {
            let found = (self.starts.trailing_zeros() as usize, self.stops.trailing_zeros() as usize);
            self.starts &= self.starts - 1;
            self.stops &= self.stops.wrapping_sub(1);
            found
        })
    }
}

/// Longest word that is read as two numbers.
const LONGEST: usize = 15;

/// Ones in as many bytes of two numbers as a word has.
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

/// The word of `len` bytes at `at` as two numbers with zeros behind it, each byte with the bits of `fold`
/// put over it; `None` if it is longer than [`LONGEST`].
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

/// The symbol of an ASCII character to the count of sentences.
pub(super) fn symbol(ascii: u8) -> u32 {
    u32::from(SENTENCE_SYMBOLS[usize::from(ascii & 0x7F)])
}

static SENTENCE_SYMBOLS: [u8; 128] = sentence_symbols();

const fn sentence_symbols() -> [u8; 128] {
    let mut symbols = [0; 128];
    let mut byte = 0;
    while byte < 0x80 {
        symbols[byte] = match byte as u8 {
            b'\n' | b'\r' => SentenceClass::SEPARATOR,
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
    fn symbols_are_those_of_the_table() {
        for byte in 0..0x80u8 {
            let expected = PropertyTable::shared().get(char::from(byte)).sentence_symbol();
            assert_eq!(symbol(byte), expected, "{byte:#x}");
        }
    }

    /// The words of the first block of `text` from `from` on, and where they end and how it goes on.
    fn plain(text: &str, from: usize) -> (Vec<&str>, usize, Resume) {
        let found = WordMasks::read(text.as_bytes()).plain_from(from);
        assert_eq!(found.words.number(), found.words.count() as u64);
        (found.words.map(|(start, stop)| &text[start..stop]).collect(), found.end, found.then)
    }

    #[test]
    fn plain_words_are_found_together() {
        assert_eq!(
            plain("one two, 'three' a.", 0),
            (vec!["one", "two", "three", "a"], 19, Resume::AtNextBlock)
        );
        assert_eq!(plain(". - .", 0), (vec![], 5, Resume::AtNextBlock));
        assert_eq!(plain("end.", 0), (vec!["end"], 4, Resume::AtNextBlock));
    }

    #[test]
    fn signs_between_their_like_join() {
        for joined in ["e.g", "don't", "a:b", "1,000", "1;2", "3.14", "1'2", "a1.5b"] {
            assert_eq!(plain(joined, 0), (vec![joined], joined.len(), Resume::AtNextBlock));
        }
        for parted in ["a,b", "a;b", "1:2", "a.1", "1.a", "a''b", "a.:b"] {
            let ends = [&parted[..1], &parted[parted.len() - 1..]];
            assert_eq!(plain(parted, 0), (ends.to_vec(), parted.len(), Resume::AtNextBlock));
        }
    }

    #[test]
    fn what_is_not_ascii_is_left_to_the_rules() {
        for joined in ["snake_case", "caf\u{e9}", "a.\u{e9}", "_"] {
            assert_eq!(plain(joined, 0), (vec![], 0, Resume::ByRules), "{joined}");
            let text = format!("one {joined}");
            assert_eq!(plain(&text, 0), (vec!["one"], 4, Resume::ByRules), "{joined}");
        }
        assert_eq!(plain("_.a go", 1), (vec!["a", "go"], 6, Resume::AtNextBlock));
        assert_eq!(plain("don't go", 3), (vec!["t", "go"], 8, Resume::AtNextBlock));
    }

    #[test]
    fn what_goes_on_behind_the_block_is_not_decided() {
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
    fn words_are_read_as_numbers_whatever_follows() {
        let fold = u64::from_ne_bytes([0x20; 8]);
        assert_eq!(read_word(b"Ab", 0, 2, 0), Some((0x6241, 0)));
        assert_eq!(read_word(b"Ab and so on and so on", 0, 2, fold), Some((0x6261, 0)));
        let word = read_word(b"-abcdefghij", 1, 10, 0).map(|(low, high)| (low.to_le_bytes(), high));
        assert_eq!(word, Some((*b"abcdefgh", 0x6a69)));
        assert_eq!(read_word(&[b'a'; 20], 0, 16, 0), None);
    }
}
