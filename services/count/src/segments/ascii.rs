//! Words of plain ASCII letters and digits, read eight bytes at a time.
//!
//! Knows bytes. Whatever the rules of UAX #29 might join to such a word is left to them.

use crate::properties::Sentence;

/// What a byte is to words and sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Byte {
    /// A letter or a digit.
    Letter,
    /// Between words whatever stands around it.
    Plain,
    /// The same, and may end a sentence.
    Terminator,
    /// May stand inside a word between letters or digits.
    Middle,
    /// The same, and may end a sentence: the full stop.
    Stop,
    /// Left to the rules: the underscore, and every byte that is not ASCII.
    Other,
}

/// The kind of every byte.
pub(crate) static KINDS: [Byte; 256] = kinds();

const fn kinds() -> [Byte; 256] {
    let mut kinds = [Byte::Other; 256];
    let mut byte = 0;
    while byte < 0x80 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => Byte::Letter,
            b'_' => Byte::Other,
            b'\'' | b':' | b',' | b';' => Byte::Middle,
            b'.' => Byte::Stop,
            b'!' | b'?' | b'\n' | b'\r' => Byte::Terminator,
            _ => Byte::Plain,
        };
        byte += 1;
    }
    kinds
}

/// The symbol of every ASCII character to the count of sentences.
pub(super) static SENTENCE_SYMBOLS: [u8; 128] = sentence_symbols();

const fn sentence_symbols() -> [u8; 128] {
    let mut symbols = [0; 128];
    let mut byte = 0;
    while byte < 0x80 {
        symbols[byte] = match byte as u8 {
            b'\n' | b'\r' => Sentence::SEPARATOR,
            b'\t' | 0x0B | 0x0C | b' ' => Sentence::SPACE,
            b'a'..=b'z' => Sentence::LOWER | Sentence::ALPHANUMERIC,
            b'A'..=b'Z' => Sentence::UPPER | Sentence::ALPHANUMERIC,
            b'0'..=b'9' => Sentence::NUMERIC | Sentence::ALPHANUMERIC,
            b'.' => Sentence::A_TERM,
            b'!' | b'?' => Sentence::S_TERM,
            b'"' | b'\'' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => Sentence::CLOSE,
            b',' | b'-' | b':' | b';' => Sentence::CONTINUE,
            _ => Sentence::OTHER,
        } as u8;
        byte += 1;
    }
    symbols
}

const fn repeated(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const HIGH: u64 = repeated(0x80);

/// A whole word of at most fifteen ASCII letters and digits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) len: usize,
    /// Its first eight bytes, the first in the lowest place, zeros behind the word.
    pub(super) low: u64,
    /// The others.
    pub(super) high: u64,
}

impl Run {
    /// The word at `at`, if it is short, plain and ends before anything that might go on with it.
    pub(crate) fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let (low, high) = load(bytes, at);
        let ends = not_letters(low);
        let run = if ends != 0 {
            Self { len: first(ends), low: low & below(ends), high: 0 }
        } else {
            let ends = not_letters(high);
            if ends == 0 {
                return None;
            }
            Self { len: 8 + first(ends), low, high: high & below(ends) }
        };
        ends_there(bytes, at + run.len).then_some(run)
    }
}

/// The place of the first byte whose high bit is set.
const fn first(high_bits: u64) -> usize {
    high_bits.trailing_zeros() as usize / 8
}

/// Ones in all bytes before the first whose high bit is set.
const fn below(high_bits: u64) -> u64 {
    (high_bits ^ (high_bits - 1)) >> 8
}

/// Sixteen bytes from `at`, zeros behind the end.
fn load(bytes: &[u8], at: usize) -> (u64, u64) {
    let rest = &bytes[at..];
    let both = match rest.first_chunk::<16>() {
        Some(chunk) => u128::from_le_bytes(*chunk),
        None => {
            let mut chunk = [0; 16];
            chunk[..rest.len()].copy_from_slice(rest);
            u128::from_le_bytes(chunk)
        }
    };
    (both as u64, (both >> 64) as u64)
}

/// The high bit of every byte that is no ASCII letter and no digit.
const fn not_letters(bytes: u64) -> u64 {
    let seven = bytes & !HIGH;
    let small = seven | repeated(0x20);
    let letter = (small + repeated(0x80 - b'a')) & !(small + repeated(0x7F - b'z'));
    let digit = (seven + repeated(0x80 - b'0')) & !(seven + repeated(0x7F - b'9'));
    !((letter | digit) & !bytes) & HIGH
}

/// Whether a word that stops before `at` ends there by every rule.
fn ends_there(bytes: &[u8], at: usize) -> bool {
    let Some(&next) = bytes.get(at) else { return true };
    match KINDS[usize::from(next)] {
        Byte::Plain | Byte::Terminator => true,
        Byte::Middle | Byte::Stop => {
            bytes.get(at + 1).is_none_or(|&after| after.is_ascii() && !after.is_ascii_alphanumeric())
        }
        Byte::Letter | Byte::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::Table;

    #[test]
    fn letters_and_digits_are_told_from_all_other_bytes() {
        for byte in 0..=255u8 {
            let expected = if byte.is_ascii_alphanumeric() { 0 } else { HIGH };
            assert_eq!(not_letters(repeated(byte)), expected, "{byte:#x}");
        }
    }

    #[test]
    fn symbols_are_those_of_the_table() {
        for (byte, &symbol) in (0u8..).zip(&SENTENCE_SYMBOLS) {
            let expected = Table::shared().get(char::from(byte)).sentence_symbol();
            assert_eq!(u32::from(symbol), expected, "{byte:#x}");
        }
    }

    #[test]
    fn words_are_read_to_their_end() {
        let word = |text: &str| Run::read(text.as_bytes(), 0).map(|run| run.len);
        assert_eq!(word("a"), Some(1));
        assert_eq!(word("hello world"), Some(5));
        assert_eq!(word("abcdefgh ijk"), Some(8));
        assert_eq!(word("abcdefghijklmno."), Some(15));
        assert_eq!(word("abcdefghijklmnop."), None);
        assert_eq!(word("end. Next"), Some(3));
        assert_eq!(word("e.g. this"), None);
        assert_eq!(word("don't"), None);
        assert_eq!(word("snake_case"), None);
        assert_eq!(word("caf\u{e9}"), None);
    }
}
