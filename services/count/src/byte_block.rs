//! Sixty-four bytes compared at once: to each question a bit for each byte, the first byte's the lowest.
//!
//! Knows bytes; what the bits mean is told elsewhere.

use wide::u8x16;

/// Sixty-four bytes of a text.
#[derive(Clone, Copy)]
pub(crate) struct ByteBlock([u8x16; 4]);

impl ByteBlock {
    /// How many bytes they are.
    pub(crate) const LEN: usize = 64;

    /// The bytes that `bytes` starts with; `None` if there are not so many.
    pub(crate) fn first(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(Self::of)
    }

    /// The same, with spaces behind the end where there are not so many.
    pub(crate) fn first_or_all(bytes: &[u8]) -> Self {
        Self::first(bytes).unwrap_or_else(|| {
            let mut padded = [b' '; Self::LEN];
            padded[..bytes.len()].copy_from_slice(bytes);
            Self::of(&padded)
        })
    }

    fn of(bytes: &[u8; Self::LEN]) -> Self {
        let (parts, _) = bytes.as_chunks::<16>();
        Self(std::array::from_fn(|part| u8x16::new(parts[part])))
    }

    /// Which bytes are this one.
    pub(crate) fn are(self, byte: u8) -> u64 {
        self.ask(|part| part.simd_eq(u8x16::splat(byte)))
    }

    /// Which bytes lie between these, both included.
    pub(crate) fn are_between(self, first: u8, last: u8) -> u64 {
        self.ask(|part| {
            let place = part - u8x16::splat(first);
            place.min(u8x16::splat(last - first)).simd_eq(place)
        })
    }

    /// Which are ASCII letters.
    pub(crate) fn are_letters(self) -> u64 {
        self.ask(|part| {
            let place = (part | u8x16::splat(0x20)) - u8x16::splat(b'a');
            place.min(u8x16::splat(b'z' - b'a')).simd_eq(place)
        })
    }

    /// Which are ASCII white space, the vertical tab included: what every definition breaks at.
    pub(crate) fn are_spaces(self) -> u64 {
        self.are(b' ') | self.are_between(b'\t', b'\r')
    }

    /// Which are no ASCII.
    pub(crate) fn are_foreign(self) -> u64 {
        self.ask(|part| part)
    }

    /// The highest bits of what `question` makes of the bytes.
    fn ask(self, question: impl Fn(u8x16) -> u8x16) -> u64 {
        self.0.iter().rev().fold(0, |bits, &part| bits << 16 | u64::from(question(part).to_bitmask()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_from_every_other() {
        for byte in 0..=255 {
            for place in [0, 1, 15, 16, 40, 63] {
                let mut bytes = [b'~'; ByteBlock::LEN];
                bytes[place] = byte;
                let lanes = ByteBlock::of(&bytes);
                let is = |that: bool| u64::from(that) << place;
                assert_eq!(lanes.are_letters() & 1 << place, is(byte.is_ascii_alphabetic()), "{byte:#x}");
                assert_eq!(lanes.are_between(b'0', b'9'), is(byte.is_ascii_digit()), "{byte:#x}");
                assert_eq!(lanes.are_spaces(), is(matches!(byte, b' ' | 9..=13)), "{byte:#x}");
                assert_eq!(lanes.are_foreign(), is(!byte.is_ascii()), "{byte:#x}");
                assert_eq!(lanes.are(b'-'), is(byte == b'-'), "{byte:#x}");
            }
        }
    }

    #[test]
    fn what_is_not_there_is_a_space() {
        assert_eq!(ByteBlock::first_or_all(b"a b").are_spaces(), !0b101);
        assert_eq!(ByteBlock::first_or_all(b"").are_spaces(), !0);
        assert!(ByteBlock::first(b"a b").is_none());
    }
}
