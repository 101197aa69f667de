//! Names of tags and attributes as numbers, so that they need no memory and compare in one step.
//!
//! A name is built a piece at a time, as the tokenizer meets it. Knows no name in particular.

/// A name in lower case: its bytes in a number, or for a longer one a number that no name here is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Name(u128);

/// Names of up to this many bytes keep all of them; every name that means anything does.
const KEPT: u32 = 15;

impl Name {
    /// The name of a text in lower case.
    pub(super) const fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut name = Self(0);
        let mut at = 0;
        while at < bytes.len() {
            name = name.then(bytes[at]);
            at += 1;
        }
        name
    }

    /// The name with one more byte, in lower case.
    pub(super) const fn then(self, byte: u8) -> Self {
        let lower = byte.to_ascii_lowercase() as u128;
        let shifted = if self.0 >> (8 * KEPT) == 0 {
            self.0 << 8
        } else {
            // Too long to be known. Mixed, so that two long names are told apart; the top stays filled.
            self.0.rotate_left(7).wrapping_mul(0x0123_4567_89AB_CDEF_0011_2233_4455_6677) | (1 << 127)
        };
        Self(shifted ^ lower)
    }

    /// The name with a piece of text behind it.
    pub(super) fn then_all(self, bytes: &[u8]) -> Self {
        let free = self.0.leading_zeros() / 8;
        if bytes.len() < free as usize {
            // No byte is pushed out, so none needs a look.
            let shift = |name: u128, byte: &u8| (name << 8) | u128::from(byte.to_ascii_lowercase());
            return Self(bytes.iter().fold(self.0, shift));
        }
        bytes.iter().fold(self, |name, byte| name.then(*byte))
    }

    /// A place in a table of `2^bits` slots.
    pub(super) const fn slot(self, bits: u32) -> usize {
        let folded = (self.0 as u64) ^ ((self.0 >> 64) as u64).rotate_left(29);
        (folded.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize
    }

    pub(super) const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn pieces_and_case_do_not_matter() {
        assert_eq!(Name::default().then_all(b"Block").then_all(b"QUOTE"), Name::of("blockquote"));
        assert_ne!(Name::of("ab"), Name::of("ba"));
    }

    #[test]
    fn long_names_differ() {
        let long = "a-component-with-a-long-name";
        assert_eq!(Name::of(long), Name::of(long));
        assert_ne!(Name::of(long), Name::of("a-component-with-a-long-game"));
        assert_ne!(Name::of(&"x".repeat(40)), Name::of(&"x".repeat(41)));
    }
}
