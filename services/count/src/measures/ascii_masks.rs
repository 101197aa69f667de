//! Sixty-four bytes of plain ASCII as bits, so that they are counted together.
//!
//! Knows bytes; what the bits mean to a definition is told elsewhere.

use crate::byte_block::ByteBlock;

/// Where things stand in up to sixty-four bytes of plain ASCII: a bit for each byte, the first the lowest.
pub(crate) struct AsciiMasks {
    /// How many bytes they are, at least two.
    pub(super) len: u32,
    /// What is no white space.
    pub(super) shown: u64,
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
    /// The first `len` of these bytes, of which none is odd.
    pub(super) fn read(lanes: ByteBlock, len: usize) -> Self {
        let here = u64::MAX >> (ByteBlock::LEN - len);
        let digits = lanes.are_between(b'0', b'9') & here;
        Self {
            len: len as u32,
            shown: !lanes.are_spaces() & here,
            feeds: lanes.are(b'\n') & here,
            returns: lanes.are(b'\r') & here,
            words: lanes.are_letters() & here | digits,
            digits,
            hyphens: lanes.are(b'-') & here,
            apostrophes: lanes.are(b'\'') & here,
            slashes: lanes.are(b'/') & here,
        }
    }

    /// Whether the last byte is one of these.
    pub(super) const fn last(&self, bits: u64) -> bool {
        bits >> (self.len - 1) != 0
    }

    /// White space.
    pub(super) const fn spaces(&self) -> u64 {
        !self.shown & u64::MAX >> (u64::BITS - self.len)
    }
}

/// Which bytes are neither printable ASCII nor white space.
pub(crate) fn odd_bytes(lanes: ByteBlock) -> u64 {
    !(lanes.are_between(b' ', b'~') | lanes.are_between(b'\t', b'\r'))
}
