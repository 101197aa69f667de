//! Bit masks over up to 64 bytes of plain ASCII, so that all counts take a block at once.

use crate::byte_block::ByteBlock;

/// Masks with one bit per byte. The lowest bit belongs to the first byte.
pub(crate) struct AsciiMasks {
    /// Number of bytes, at least two.
    pub(super) len: u32,
    /// All but white space.
    pub(super) visible: u64,
    pub(super) feeds: u64,
    pub(super) returns: u64,
    /// Letters and digits.
    pub(super) words: u64,
    pub(super) digits: u64,
    pub(super) hyphens: u64,
    pub(super) apostrophes: u64,
    pub(super) slashes: u64,
}

impl AsciiMasks {
    /// Reads the first `len` bytes of `block`. None of them may be in [`non_plain_mask`].
    pub(super) fn read(block: ByteBlock, len: usize) -> Self {
        let here = u64::MAX >> (ByteBlock::LEN - len);
        let digits = block.range_mask(b'0', b'9') & here;
        Self {
            len: len as u32,
            visible: !block.space_mask() & here,
            feeds: block.eq_mask(b'\n') & here,
            returns: block.eq_mask(b'\r') & here,
            words: block.letter_mask() & here | digits,
            digits,
            hyphens: block.eq_mask(b'-') & here,
            apostrophes: block.eq_mask(b'\'') & here,
            slashes: block.eq_mask(b'/') & here,
        }
    }

    /// Whether the last byte is in `bits`.
    pub(super) const fn last(&self, bits: u64) -> bool {
        bits >> (self.len - 1) != 0
    }

    pub(super) const fn spaces(&self) -> u64 {
        !self.visible & u64::MAX >> (u64::BITS - self.len)
    }
}

/// Bytes that are neither printable ASCII nor ASCII white space.
pub(crate) fn non_plain_mask(block: ByteBlock) -> u64 {
    !(block.range_mask(b' ', b'~') | block.range_mask(b'\t', b'\r'))
}
