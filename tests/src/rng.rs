//! Reproducible random numbers: one seed gives one sequence, on every machine.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A random number generator (splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014).
#[derive(Clone, Debug)]
pub struct SeededRng(u64);

impl SeededRng {
    /// The sequence of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that differs each time.
    #[must_use]
    pub fn fresh_seed() -> u64 {
        RandomState::new().build_hasher().finish()
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which must not be 0. The bias of the remainder does not matter here.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    /// A generator for one part of the work, so that parallel parts do not affect each other's sequences.
    pub fn split(&mut self) -> Self {
        Self(self.draw())
    }

    /// A text of `words` words that every definition counts alike: lower-case letters with single spaces and a few
    /// line ends.
    pub fn text(&mut self, words: usize) -> String {
        let mut text = String::with_capacity(words * 7);
        for place in 0..words {
            if place > 0 {
                text.push(if self.below(12) == 0 { '\n' } else { ' ' });
            }
            // Few distinct words, so that the histogram has counts above one.
            let mut word = 1 + self.below(400);
            while word > 0 {
                text.push(char::from(b'a' + u8::try_from(word % 26).expect("below 26")));
                word /= 26;
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_sequence() {
        let mut one = SeededRng::new(7);
        let mut other = SeededRng::new(7);
        assert_eq!(one.text(50), other.text(50));
        assert_ne!(one.split().draw(), one.split().draw());
        assert_eq!(SeededRng::new(0).draw(), 0xE220_A839_7B1D_CDAF, "the published first value of seed 0");
    }
}
