//! Read access to a histogram.

use std::cmp::Reverse;

use super::{Histogram, LongEntry, ShortWord, hash_long};

/// A word ordered by count, then alphabetically. The derived order compares field by field, and the
/// first two nearly always decide.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RankedWord<'a> {
    count: Reverse<u64>,
    /// The first eight bytes of the word, big-endian, so that integers compare like the bytes.
    prefix: u64,
    word: &'a str,
}

impl<'a> RankedWord<'a> {
    fn of(word: &'a str, count: u64) -> Self {
        let mut prefix = [0; 8];
        let bytes = word.as_bytes();
        let len = bytes.len().min(prefix.len());
        prefix[..len].copy_from_slice(&bytes[..len]);
        Self { count: Reverse(count), prefix: u64::from_be_bytes(prefix), word }
    }
}

impl Histogram {
    /// Every word with its count, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> + '_ {
        let short = self.short.iter().map(|entry| (entry.as_str(), entry.count));
        let long = self.long.iter().map(|entry| (entry.word(&self.long_text), entry.count));
        short.chain(long)
    }

    /// Every word of at most 15 bytes with its count.
    pub(crate) fn short(&self) -> impl Iterator<Item = (ShortWord, u64)> + '_ {
        self.short.iter().map(|entry| (entry.word(), entry.count))
    }

    /// Number of distinct words in the histogram.
    #[must_use]
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Whether the histogram has no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the histogram has every word of the text.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.left_out == 0
    }

    /// Occurrences of words that are not in the histogram: words over 256 bytes, and new words after
    /// the bound was reached.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The number of distinct words in the text, and whether it is an estimate (standard error 0.8 %)
    /// because the bound was reached.
    #[must_use]
    pub fn distinct(&self) -> (u64, bool) {
        let known = (self.len() + self.oversize.len()) as u64;
        match &self.estimator {
            None => (known, false),
            Some(estimator) => (estimator.estimate().max(known), true),
        }
    }

    /// How often the word with this key occurs; 0 if it is not in the histogram.
    #[must_use]
    pub fn get(&self, word: &str) -> u64 {
        match ShortWord::new(word) {
            Some(short) => self.get_short(short),
            None => {
                let same = |entry: &LongEntry| entry.word(&self.long_text) == word;
                self.long.find(hash_long(word), same).map_or(0, |entry| entry.count)
            }
        }
    }

    pub(crate) fn get_short(&self, word: ShortWord) -> u64 {
        self.short.get(word)
    }

    /// The sum of all counts.
    pub(crate) fn occurrences(&self) -> u64 {
        let short: u64 = self.short.iter().map(|entry| entry.count).sum();
        short + self.long.iter().map(|entry| entry.count).sum::<u64>()
    }

    /// The `n` most frequent words, by descending count, then alphabetically.
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

    /// Every word with its count, sorted by word.
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
