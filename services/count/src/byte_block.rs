//! Compares 64 bytes at once with SIMD.
//!
//! Each comparison gives a bit mask with one bit per byte. The lowest bit belongs to the first byte.

use wide::u8x16;

/// 64 bytes of a text.
#[derive(Clone, Copy)]
pub(crate) struct ByteBlock([u8x16; 4]);

impl ByteBlock {
    pub(crate) const LEN: usize = 64;

    /// The first 64 bytes of `bytes`; `None` if there are fewer.
    pub(crate) fn load(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(Self::of)
    }

    /// The first 64 bytes of `bytes`. A shorter slice is padded with spaces.
    pub(crate) fn load_padded(bytes: &[u8]) -> Self {
        Self::load(bytes).unwrap_or_else(|| {
            let mut padded = [b' '; Self::LEN];
            padded[..bytes.len()].copy_from_slice(bytes);
            Self::of(&padded)
        })
    }

    fn of(bytes: &[u8; Self::LEN]) -> Self {
        let (parts, _) = bytes.as_chunks::<16>();
        Self(std::array::from_fn(|part| u8x16::new(parts[part])))
    }

    pub(crate) fn eq_mask(self, byte: u8) -> u64 {
        self.mask(|part| part.simd_eq(u8x16::splat(byte)))
    }

    /// Bytes from `first` to `last`, both included.
    pub(crate) fn range_mask(self, first: u8, last: u8) -> u64 {
        self.mask(|part| {
            let offset = part - u8x16::splat(first);
            offset.min(u8x16::splat(last - first)).simd_eq(offset)
        })
    }

    /// ASCII letters.
    pub(crate) fn letter_mask(self) -> u64 {
        self.mask(|part| {
            let offset = (part | u8x16::splat(0x20)) - u8x16::splat(b'a');
            offset.min(u8x16::splat(b'z' - b'a')).simd_eq(offset)
        })
    }

    /// ASCII white space with the vertical tab: every definition breaks at these bytes.
    pub(crate) fn space_mask(self) -> u64 {
        self.eq_mask(b' ') | self.range_mask(b'\t', b'\r')
    }

    pub(crate) fn non_ascii_mask(self) -> u64 {
        self.mask(|part| part)
    }

    /// The highest bit of each byte of the result of `compare`.
    fn mask(self, compare: impl Fn(u8x16) -> u8x16) -> u64 {
        self.0.iter().rev().fold(0, |bits, &part| bits << 16 | u64::from(compare(part).to_bitmask()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_mark_every_byte_value_at_its_position() {
        for byte in 0..=255 {
            for position in [0, 1, 15, 16, 40, 63] {
                let mut bytes = [b'~'; ByteBlock::LEN];
                bytes[position] = byte;
                let block = ByteBlock::of(&bytes);
                let is = |expected: bool| u64::from(expected) << position;
                assert_eq!(block.letter_mask() & 1 << position, is(byte.is_ascii_alphabetic()), "{byte:#x}");
                assert_eq!(block.range_mask(b'0', b'9'), is(byte.is_ascii_digit()), "{byte:#x}");
                assert_eq!(block.space_mask(), is(matches!(byte, b' ' | 9..=13)), "{byte:#x}");
                assert_eq!(block.non_ascii_mask(), is(!byte.is_ascii()), "{byte:#x}");
                assert_eq!(block.eq_mask(b'-'), is(byte == b'-'), "{byte:#x}");
            }
        }
    }

    #[test]
    fn short_slices_are_padded_with_spaces() {
        assert_eq!(ByteBlock::load_padded(b"a b").space_mask(), !0b101);
        assert_eq!(ByteBlock::load_padded(b"").space_mask(), !0);
        assert!(ByteBlock::load(b"a b").is_none());
    }
}
