//! Counts how often each word occurs, within a bound.
//!
//! Words of up to 15 bytes are stored in the hash table itself and compared as two integers. Longer
//! words are stored in one string. Nothing is allocated before the first word.

mod hyper_log_log;
mod queries;
mod short_table;
mod short_word;
#[cfg(test)]
mod tests;

pub(crate) use short_word::ShortWord;

use std::collections::HashMap;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::Options;
use hyper_log_log::HyperLogLog;
use short_table::ShortTable;

/// Longest word in the histogram, in bytes of its key. Longer ones are data, not words. They only
/// count as distinct words, by a hash of 64 bits.
const LONGEST: usize = 256;
/// Cost of a word besides its bytes, against [`Options::histogram_bytes`].
const ENTRY_BYTES: usize = 32;

/// Distinct words with their counts.
///
/// The bounds are in [`Options`]. After the first word that does not fit, no new words are added and
/// the number of distinct words becomes an estimate. The set of words then depends on their order and
/// on the order of merging. Other counts do not.
#[derive(Debug, Clone)]
pub struct Histogram {
    short: ShortTable,
    long: HashTable<LongEntry>,
    /// The concatenated words of `long`.
    long_text: String,
    /// Hashes of words over [`LONGEST`] with their counts.
    oversize: HashMap<u64, u64, foldhash::fast::FixedState>,
    left_out: u64,
    /// Created when the bound is reached.
    estimator: Option<Box<HyperLogLog>>,
    budget: HistogramBudget,
}

/// The remaining words and bytes.
#[derive(Debug, Clone, Copy)]
struct HistogramBudget {
    words: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct LongEntry {
    start: u32,
    len: u32,
    count: u64,
}

impl LongEntry {
    fn word<'a>(&self, long_text: &'a str) -> &'a str {
        &long_text[self.start as usize..][..self.len as usize]
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new(&Options::default())
    }
}

impl Histogram {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            short: ShortTable::default(),
            long: HashTable::new(),
            long_text: String::new(),
            oversize: HashMap::default(),
            left_out: 0,
            estimator: None,
            budget: HistogramBudget { words: options.histogram_words, bytes: options.histogram_bytes },
        }
    }

    /// An unbounded histogram of entries from [`Histogram::into_entries`].
    pub fn from_entries(entries: impl IntoIterator<Item = (impl AsRef<str>, u64)>) -> Self {
        let options = Options::default().with_histogram(usize::MAX, usize::MAX);
        let mut histogram = Self::new(&options);
        for (word, count) in entries {
            histogram.add_many(word.as_ref(), count);
        }
        histogram
    }

    #[inline]
    pub(crate) fn add_short(&mut self, word: ShortWord) {
        self.add_short_many(word, 1);
    }

    /// Counts one occurrence of the word with this key.
    pub(crate) fn add(&mut self, word: &str) {
        self.add_many(word, 1);
    }

    fn add_many(&mut self, word: &str, count: u64) {
        match ShortWord::new(word) {
            Some(short) => self.add_short_many(short, count),
            None if word.len() <= LONGEST => self.add_long_many(word, count),
            None => self.add_oversize(hash_long(word), count),
        }
    }

    #[inline]
    fn add_short_many(&mut self, word: ShortWord, count: u64) {
        if !self.short.add(word, count) {
            self.insert_short(word, count);
        }
    }

    #[cold]
    fn insert_short(&mut self, word: ShortWord, count: u64) {
        if self.estimator.is_some() || !self.budget.spend(word.len()) {
            return self.leave_out(word.strong_hash(), count);
        }
        self.short.insert(word, count);
    }

    fn add_long_many(&mut self, word: &str, count: u64) {
        let (hash, long_text) = (hash_long(word), &self.long_text);
        let same = |entry: &LongEntry| entry.word(long_text) == word;
        match self.long.entry(hash, same, |entry| hash_long(entry.word(long_text))) {
            Entry::Occupied(mut entry) => entry.get_mut().count += count,
            Entry::Vacant(entry) => {
                let start = u32::try_from(self.long_text.len());
                match start {
                    Ok(start) if self.estimator.is_none() && self.budget.spend(word.len()) => {
                        entry.insert(LongEntry { start, len: word.len() as u32, count });
                        self.long_text.push_str(word);
                    }
                    _ => self.leave_out(hash, count),
                }
            }
        }
    }

    fn add_oversize(&mut self, hash: u64, count: u64) {
        if let Some(known) = self.oversize.get_mut(&hash) {
            *known += count;
            self.left_out += count;
        } else if self.estimator.is_none() && self.budget.spend(0) {
            self.oversize.insert(hash, count);
            self.left_out += count;
        } else {
            self.leave_out(hash, count);
        }
    }

    #[cold]
    fn leave_out(&mut self, hash: u64, count: u64) {
        self.left_out += count;
        self.estimator().add(hash);
    }

    /// The estimator. A new one starts with all words so far.
    fn estimator(&mut self) -> &mut HyperLogLog {
        self.estimator.get_or_insert_with(|| {
            let mut estimator = Box::new(HyperLogLog::new());
            self.short.iter().for_each(|entry| estimator.add(entry.word().strong_hash()));
            let long_text = &self.long_text;
            self.long.iter().for_each(|entry| estimator.add(hash_long(entry.word(long_text))));
            self.oversize.keys().for_each(|&hash| estimator.add(hash));
            estimator
        })
    }

    /// The sums of both histograms.
    #[must_use]
    pub fn merge(mut self, next: Self) -> Self {
        for entry in next.short.iter() {
            self.add_short_many(entry.word(), entry.count);
        }
        for entry in &next.long {
            self.add_long_many(entry.word(&next.long_text), entry.count);
        }
        for (&hash, &count) in &next.oversize {
            self.add_oversize(hash, count);
        }
        self.left_out += next.left_out - next.oversize.values().sum::<u64>();
        if let Some(estimator) = &next.estimator {
            self.estimator().merge(estimator);
        }
        self
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.left_out == other.left_out
            && self.oversize == other.oversize
            && self.estimator == other.estimator
            && self.iter().all(|(word, count)| other.get(word) == count)
    }
}

impl Eq for Histogram {}

impl HistogramBudget {
    /// Spends the cost of one word of `len` bytes. Returns whether the budget allowed it.
    fn spend(&mut self, len: usize) -> bool {
        let bytes = len + ENTRY_BYTES;
        let fits = self.words > 0 && self.bytes >= bytes;
        if fits {
            self.words -= 1;
            self.bytes -= bytes;
        }
        fits
    }
}

fn hash_long(word: &str) -> u64 {
    use std::hash::BuildHasher;
    foldhash::quality::FixedState::with_seed(short_word::SEED).hash_one(word)
}
