//! Words of up to fifteen bytes as two numbers: compared, hashed and copied without memory of their own.

/// Longest word that fits, in bytes.
const LONGEST: usize = 15;

/// Seed of every hash here: fixed, so that estimates of parts agree.
pub(super) const SEED: u64 = 0x7a11_7a11_c0de_5eed;

/// A word of up to fifteen bytes: its bytes from the lowest place up, zeros, and its length in the
/// highest byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortWord {
    low: u64,
    high: u64,
}

impl ShortWord {
    /// The word, if it is short enough.
    pub(crate) fn new(word: &str) -> Option<Self> {
        let mut bytes = [0; LONGEST + 1];
        bytes.get_mut(..LONGEST)?.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
        let both = u128::from_le_bytes(bytes);
        Some(Self::from_bytes(both as u64, (both >> 64) as u64, word.len()))
    }

    /// The word whose bytes are the `len` lowest of `low` and then `high`, which hold zeros behind it:
    /// whole characters of UTF-8, at most fifteen bytes.
    pub(crate) const fn from_bytes(low: u64, high: u64, len: usize) -> Self {
        Self { low, high: high | (len as u64) << 56 }
    }

    /// Length in bytes.
    pub(crate) const fn len(self) -> usize {
        (self.high >> 56) as usize
    }

    /// The word, zeros, and its length: as it lies in the table.
    pub(super) const fn stored(self) -> [u8; LONGEST + 1] {
        ((self.high as u128) << 64 | self.low as u128).to_le_bytes()
    }

    /// The word that was stored as `bytes`.
    pub(super) const fn from_stored(bytes: [u8; LONGEST + 1]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self { low: both as u64, high: (both >> 64) as u64 }
    }

    /// A hash for tables: one folded multiplication.
    pub(crate) const fn hash(self) -> u64 {
        fold(self.low ^ SEED, self.high ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A hash whose every bit is good, for estimates.
    pub(super) const fn strong_hash(self) -> u64 {
        fold(self.hash() ^ 0xd6e8_feb8_6659_fd93, 0xa076_1d64_78bd_642f)
    }
}

const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    product as u64 ^ (product >> 64) as u64
}
