//! Names of tags and attributes as integers: no allocation, and comparison in one step.
//!
//! A name is built piece by piece, as the tokenizer reads it.

/// A name in lower case. Short names are stored exactly, longer ones as a hash that differs from every known name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LocalName(u128);

/// Names up to this length are stored exactly. All names that matter are shorter.
const EXACT_BYTES: u32 = 15;

impl LocalName {
    /// The name of a text in lower case.
    pub(super) const fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut name = Self(0);
        let mut at = 0;
        while at < bytes.len() {
            name = name.with_byte(bytes[at]);
            at += 1;
        }
        name
    }

    /// The name with one more byte, in lower case.
    pub(super) const fn with_byte(self, byte: u8) -> Self {
        let lower = byte.to_ascii_lowercase() as u128;
        let shifted = if self.0 >> (8 * EXACT_BYTES) == 0 {
            self.0 << 8
        } else {
            // A long name is hashed, so that two long names differ. The top bit stays set, so it differs from short
            // names.
            self.0.rotate_left(7).wrapping_mul(0x0123_4567_89AB_CDEF_0011_2233_4455_6677) | (1 << 127)
        };
        Self(shifted ^ lower)
    }

    /// The name with more bytes appended.
    pub(super) fn with_bytes(self, bytes: &[u8]) -> Self {
        let free = self.0.leading_zeros() / 8;
        if bytes.len() < free as usize {
            // No byte is shifted out, so no byte needs a check.
            let shift = |name: u128, byte: &u8| (name << 8) | u128::from(byte.to_ascii_lowercase());
            return Self(bytes.iter().fold(self.0, shift));
        }
        bytes.iter().fold(self, |name, byte| name.with_byte(*byte))
    }

    /// The name's slot in a hash table of `2^bits` slots.
    pub(super) const fn slot(self, bits: u32) -> usize {
        let folded = (self.0 as u64) ^ ((self.0 >> 64) as u64).rotate_left(29);
        (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize
    }

    /// Whether a short name has only digits.
    pub(super) fn is_number(self) -> bool {
        let bytes = self.0.to_be_bytes();
        let mut name = bytes.iter().skip_while(|byte| **byte == 0).peekable();
        name.peek().is_some() && name.all(u8::is_ascii_digit)
    }

    pub(super) const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::LocalName;

    #[test]
    fn ignores_case_and_splitting() {
        assert_eq!(
            LocalName::default().with_bytes(b"Block").with_bytes(b"QUOTE"),
            LocalName::of("blockquote")
        );
        assert_ne!(LocalName::of("ab"), LocalName::of("ba"));
    }

    #[test]
    fn long_names_differ() {
        let long = "a-component-with-a-long-name";
        assert_eq!(LocalName::of(long), LocalName::of(long));
        assert_ne!(LocalName::of(long), LocalName::of("a-component-with-a-long-game"));
        assert_ne!(LocalName::of(&"x".repeat(40)), LocalName::of(&"x".repeat(41)));
    }
}
