//! Sixty-four bytes of plain ASCII as bits, so that they are counted together.
//!
//! Knows bytes; what the bits mean to a definition is told elsewhere.

use super::is_space;

/// Bytes looked at together.
pub(super) const BLOCK: usize = 64;

/// Where things stand in a block of plain ASCII: a bit for each byte, the first the lowest.
pub(crate) struct Block {
    pub(super) spaces: u64,
    pub(super) feeds: u64,
    pub(super) returns: u64,
    /// Letters and digits.
    pub(super) words: u64,
    pub(super) digits: u64,
    pub(super) hyphens: u64,
    pub(super) apostrophes: u64,
    pub(super) slashes: u64,
    pub(super) first: u8,
    pub(super) last: u8,
}

impl Block {
    /// Bytes of a block.
    pub(crate) const LEN: usize = BLOCK;

    /// Where white space stands in the block that `bytes` starts with; `None` as for `read`.
    pub(crate) fn read_spaces(bytes: &[u8]) -> Option<u64> {
        let bytes: &[u8; BLOCK] = bytes.first_chunk()?;
        (!holds(bytes, is_odd)).then(|| bits(bytes, is_space))
    }

    /// Reads the block that `bytes` starts with; `None` if it is too short or holds anything but
    /// printable ASCII and white space.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BLOCK] = bytes.first_chunk()?;
        if holds(bytes, is_odd) {
            return None;
        }
        let digits = bits_if_any(bytes, |byte| byte.is_ascii_digit());
        let splits = holds(bytes, is_split);
        let split = |at: u8| if splits { bits(bytes, |byte| byte == at) } else { 0 };
        Some(Self {
            spaces: bits(bytes, is_space),
            feeds: bits_if_any(bytes, |byte| byte == b'\n'),
            returns: bits_if_any(bytes, |byte| byte == b'\r'),
            words: bits(bytes, |byte| byte.is_ascii_alphabetic()) | digits,
            digits,
            hyphens: split(b'-'),
            apostrophes: split(b'\''),
            slashes: split(b'/'),
            first: bytes[0],
            last: bytes[BLOCK - 1],
        })
    }
}

/// Where one word and nothing else stands between white space, for [`Plain::read`].
pub(crate) struct Plain {
    /// White space.
    pub(crate) spaces: u64,
    /// ASCII letters.
    pub(crate) letters: u64,
    /// What definitions may differ about: all but letters, white space and plain punctuation.
    pub(crate) odd: u64,
}

impl Plain {
    /// Reads the 64 bytes that `bytes` starts with; `None` if there are not so many.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BLOCK] = bytes.first_chunk()?;
        let spaces = bits(bytes, is_space);
        Some(Self {
            spaces,
            letters: bits(bytes, |byte| byte.is_ascii_alphabetic()),
            odd: bits_if_any(bytes, may_be_odd),
        })
    }
}

/// What definitions may differ about.
const fn may_be_odd(byte: u8) -> bool {
    is_odd(byte) | byte.is_ascii_digit() | is_split(byte) | (byte == b'_')
}

/// Whether translation tools split there. Written without a pattern: of `matches!` the compiler makes a table that is
/// looked up byte by byte, and of this vector code (a third of the time of all measures).
const fn is_split(byte: u8) -> bool {
    (byte == b'-') | (byte == b'\'') | (byte == b'/')
}

/// Whether a byte is neither printable ASCII nor white space.
const fn is_odd(byte: u8) -> bool {
    byte.wrapping_sub(0x20) > 0x5E && !is_space(byte)
}

/// Whether any byte is so; written so that the compiler makes vector code of it.
fn holds(bytes: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(0, |any, &byte| any | u8::from(is(byte))) != 0
}

/// As `bits`, cheaper where there is none.
fn bits_if_any(bytes: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    if holds(bytes, &is) { bits(bytes, is) } else { 0 }
}

/// A bit for each byte that is so, the first the lowest.
fn bits(bytes: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    /// Gathers the lowest bits of eight bytes in the highest byte of the product.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let flags = bytes.map(|byte| u8::from(is(byte)));
    let (eights, _) = flags.as_chunks::<8>();
    let gathered = eights.iter().map(|&eight| u64::from_le_bytes(eight).wrapping_mul(GATHER) >> 56);
    gathered.rev().fold(0, |bits, eight| bits << 8 | eight)
}
