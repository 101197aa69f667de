//! Words of up to 15 bytes as two integers: compared, hashed and copied without an allocation.

const LONGEST: usize = 15;

/// Seed of all hashes of words. It is fixed so that estimates of parts can be merged.
pub(super) const SEED: u64 = 0x7a11_7a11_c0de_5eed;

/// A word of up to 15 bytes in little-endian order, padded with zeros. The highest byte is its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShortWord {
    low: u64,
    high: u64,
}

impl ShortWord {
    /// `None` if the word is too long.
    pub(crate) fn new(word: &str) -> Option<Self> {
        let mut bytes = [0; LONGEST + 1];
        bytes.get_mut(..LONGEST)?.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
        let both = u128::from_le_bytes(bytes);
        Some(Self::from_bytes(both as u64, (both >> 64) as u64, word.len()))
    }

    /// The word in the `len` lowest bytes of `low` and `high`. The other bytes must be zero, and `len`
    /// at most 15. The word must be valid UTF-8.
    pub(crate) const fn from_bytes(low: u64, high: u64, len: usize) -> Self {
        Self { low, high: high | (len as u64) << 56 }
    }

    pub(crate) const fn len(self) -> usize {
        (self.high >> 56) as usize
    }

    pub(super) const fn stored(self) -> [u8; LONGEST + 1] {
        ((self.high as u128) << 64 | self.low as u128).to_le_bytes()
    }

    pub(super) const fn from_stored(bytes: [u8; LONGEST + 1]) -> Self {
        let both = u128::from_le_bytes(bytes);
        Self { low: both as u64, high: (both >> 64) as u64 }
    }

    /// A hash for hash tables: one folded multiplication.
    pub(crate) const fn hash(self) -> u64 {
        fold(self.low ^ SEED, self.high ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A hash with full avalanche, for estimates.
    pub(super) const fn strong_hash(self) -> u64 {
        fold(self.hash() ^ 0xd6e8_feb8_6659_fd93, 0xa076_1d64_78bd_642f)
    }
}

const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    product as u64 ^ (product >> 64) as u64
}
