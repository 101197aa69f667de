//! What a histogram can be asked.
//!
//! Knows entries and nothing of how they came to be.

use std::cmp::Reverse;

use super::{Histogram, LongEntry, ShortWord, hash_long};

/// A word in its place: fields are compared one after the other, and the first two nearly always decide.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RankedWord<'a> {
    count: Reverse<u64>,
    /// The first bytes of the word as one number, which compares as they do.
    beginning: u64,
    word: &'a str,
}

impl<'a> RankedWord<'a> {
    fn of(word: &'a str, count: u64) -> Self {
        let mut beginning = [0; 8];
        let bytes = word.as_bytes();
        let len = bytes.len().min(beginning.len());
        beginning[..len].copy_from_slice(&bytes[..len]);
        Self { count: Reverse(count), beginning: u64::from_be_bytes(beginning), word }
    }
}

impl Histogram {
    /// Every word that was entered, with its count, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> + '_ {
        let short = self.short.iter().map(|entry| (entry.as_str(), entry.count));
        let long = self.long.iter().map(|entry| (entry.word(&self.letters), entry.count));
        short.chain(long)
    }

    /// The words of at most fifteen bytes among them.
    pub(crate) fn short(&self) -> impl Iterator<Item = (ShortWord, u64)> + '_ {
        self.short.iter().map(|entry| (entry.word(), entry.count))
    }

    /// How many distinct words were entered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Whether no word was entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every word of the text was entered.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.left_out == 0
    }

    /// Tokens that were counted but not entered: words over 256 bytes, and new words once the bound
    /// was reached.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many distinct words the text has, and whether that is an estimate (standard error 0.8 %),
    /// because the bound was reached.
    #[must_use]
    pub fn distinct(&self) -> (u64, bool) {
        let known = (self.len() + self.oversize.len()) as u64;
        match &self.registers {
            None => (known, false),
            Some(registers) => (registers.estimate().max(known), true),
        }
    }

    /// How often `word`, given as it is keyed, occurs; 0 when it was not entered.
    #[must_use]
    pub fn get(&self, word: &str) -> u64 {
        match ShortWord::new(word) {
            Some(short) => self.get_short(short),
            None => {
                let same = |entry: &LongEntry| entry.word(&self.letters) == word;
                self.long.find(hash_long(word), same).map_or(0, |entry| entry.count)
            }
        }
    }

    /// The same of a short word.
    pub(crate) fn get_short(&self, word: ShortWord) -> u64 {
        self.short.get(word)
    }

    /// How many words of the text were entered, every occurrence counted.
    pub(crate) fn occurrences(&self) -> u64 {
        let short: u64 = self.short.iter().map(|entry| entry.count).sum();
        short + self.long.iter().map(|entry| entry.count).sum::<u64>()
    }

    /// The `n` most frequent words, by count downwards, then by word upwards.
    #[must_use]
    pub fn top(&self, n: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self.iter().map(|(word, count)| RankedWord::of(word, count)).collect();
        if n < all.len() {
            all.select_nth_unstable(n);
            all.truncate(n);
        }
        all.sort_unstable();
        all.into_iter().map(|RankedWord { count: Reverse(count), word, .. }| (word, count)).collect()
    }

    /// Every word that was entered, with its count, sorted by word.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self.iter().collect();
        all.sort_unstable();
        all
    }

    /// The entries sorted by word, for storing them.
    #[must_use]
    pub fn into_entries(self) -> Vec<(String, u64)> {
        self.sorted().into_iter().map(|(word, count)| (word.to_owned(), count)).collect()
    }
}
