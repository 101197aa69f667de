//! How often each word occurs, within a bound.
//!
//! Knows keys and counts, nothing of how words were found or folded. ShortWord words lie in the table
//! itself and are compared as two numbers; longer ones lie in one string. Nothing is allocated before
//! the first word.

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

/// Longest word that is entered, in bytes of its key. Longer ones are data, not words: they are told
/// apart by a hash of 64 bits.
const LONGEST: usize = 256;
/// What an entry costs beside the bytes of its word, as the bound counts it.
const ENTRY_BYTES: usize = 32;

/// Distinct words with their counts.
///
/// Holds what fits the bounds of [`Options`]; from the first word that does not fit, no new word is
/// entered, and the number of distinct words becomes an estimate. Which words were entered then
/// depends on the order of the text and of merging; all other figures do not.
#[derive(Debug, Clone)]
pub struct Histogram {
    short: ShortTable,
    long: HashTable<LongEntry>,
    /// The words of `long`, one behind the other.
    letters: String,
    /// Hashes of words too long to enter, with how often each occurs.
    oversize: HashMap<u64, u64, foldhash::fast::FixedState>,
    left_out: u64,
    /// Made when the bound is reached.
    registers: Option<Box<HyperLogLog>>,
    room: HistogramBudget,
}

/// What is left of the bounds.
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
    fn word<'a>(&self, letters: &'a str) -> &'a str {
        &letters[self.start as usize..][..self.len as usize]
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new(&Options::default())
    }
}

impl Histogram {
    /// No words yet, and room for what `options` allow.
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            short: ShortTable::default(),
            long: HashTable::new(),
            letters: String::new(),
            oversize: HashMap::default(),
            left_out: 0,
            registers: None,
            room: HistogramBudget { words: options.histogram_words, bytes: options.histogram_bytes },
        }
    }

    /// A histogram of these entries, as [`Histogram::into_entries`] gave them, without a bound.
    pub fn from_entries(entries: impl IntoIterator<Item = (impl AsRef<str>, u64)>) -> Self {
        let options = Options::default().with_histogram(usize::MAX, usize::MAX);
        let mut made = Self::new(&options);
        for (word, count) in entries {
            made.add_many(word.as_ref(), count);
        }
        made
    }

    /// Counts a short word once.
    #[inline]
    pub(crate) fn add_short(&mut self, word: ShortWord) {
        self.add_short_many(word, 1);
    }

    /// Counts a word once, by its key.
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
            self.enter_short(word, count);
        }
    }

    #[cold]
    fn enter_short(&mut self, word: ShortWord, count: u64) {
        if self.registers.is_some() || !self.room.take(word.len()) {
            return self.leave_out(word.strong_hash(), count);
        }
        self.short.insert(word, count);
    }

    fn add_long_many(&mut self, word: &str, count: u64) {
        let (hash, letters) = (hash_long(word), &self.letters);
        let same = |entry: &LongEntry| entry.word(letters) == word;
        match self.long.entry(hash, same, |entry| hash_long(entry.word(letters))) {
            Entry::Occupied(mut known) => known.get_mut().count += count,
            Entry::Vacant(place) => {
                let start = u32::try_from(self.letters.len());
                match start {
                    Ok(start) if self.registers.is_none() && self.room.take(word.len()) => {
                        place.insert(LongEntry { start, len: word.len() as u32, count });
                        self.letters.push_str(word);
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
        } else if self.registers.is_none() && self.room.take(0) {
            self.oversize.insert(hash, count);
            self.left_out += count;
        } else {
            self.leave_out(hash, count);
        }
    }

    #[cold]
    fn leave_out(&mut self, hash: u64, count: u64) {
        self.left_out += count;
        self.registers_made().add(hash);
    }

    /// The registers; when made, they are told every word entered so far.
    fn registers_made(&mut self) -> &mut HyperLogLog {
        self.registers.get_or_insert_with(|| {
            let mut registers = Box::new(HyperLogLog::new());
            self.short.iter().for_each(|entry| registers.add(entry.word().strong_hash()));
            let letters = &self.letters;
            self.long.iter().for_each(|entry| registers.add(hash_long(entry.word(letters))));
            self.oversize.keys().for_each(|&hash| registers.add(hash));
            registers
        })
    }

    /// The words of both texts.
    #[must_use]
    pub fn merge(mut self, next: Self) -> Self {
        for entry in next.short.iter() {
            self.add_short_many(entry.word(), entry.count);
        }
        for entry in &next.long {
            self.add_long_many(entry.word(&next.letters), entry.count);
        }
        for (&hash, &count) in &next.oversize {
            self.add_oversize(hash, count);
        }
        self.left_out += next.left_out - next.oversize.values().sum::<u64>();
        if let Some(registers) = &next.registers {
            self.registers_made().merge(registers);
        }
        self
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.left_out == other.left_out
            && self.oversize == other.oversize
            && self.registers == other.registers
            && self.iter().all(|(word, count)| other.get(word) == count)
    }
}

impl Eq for Histogram {}

impl HistogramBudget {
    /// Takes room for one word, if there is any.
    fn take(&mut self, letters: usize) -> bool {
        let bytes = letters + ENTRY_BYTES;
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
