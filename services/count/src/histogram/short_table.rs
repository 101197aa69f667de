//! A hash table of short words with open addressing. Each slot stores a word and its count.
//!
//! Most words of a text are among a few thousand, so the cost of one lookup decides. hashbrown reads a tag and then a
//! candidate in another place, which took a quarter of the time of counting English.

use super::ShortWord;

/// Initial size: a page of text does not outgrow it.
const FIRST_SLOTS: usize = 256;

#[derive(Debug, Clone, Copy)]
pub(super) struct ShortEntry {
    /// The word as bytes, so that it can be borrowed as a `str`. All zeros in an empty slot; no word is all
    /// zeros.
    bytes: [u8; 16],
    pub(super) count: u64,
}

impl ShortEntry {
    const EMPTY: Self = Self { bytes: [0; 16], count: 0 };

    pub(super) const fn word(&self) -> ShortWord {
        ShortWord::from_stored(self.bytes)
    }

    pub(super) fn as_str(&self) -> &str {
        let word = std::str::from_utf8(&self.bytes[..self.word().len()]);
        word.expect("short words are valid UTF-8")
    }

    const fn is_empty(&self) -> bool {
        u128::from_ne_bytes(self.bytes) == 0
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct ShortTable {
    /// Empty, or a power of two slots of which at most half are used.
    slots: Vec<ShortEntry>,
    len: usize,
}

impl ShortTable {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ShortEntry> {
        self.slots.iter().filter(|slot| !slot.is_empty())
    }

    /// The count of `word`; 0 if the table does not have it.
    pub(super) fn get(&self, word: ShortWord) -> u64 {
        self.find_slot(word).map_or(0, |slot| self.slots[slot].count)
    }

    /// Adds to the count of `word` if the table has it. Returns whether it does.
    ///
    /// This repeats the search of `find_slot` with the slot borrowed. Calling `find_slot` costs 5 % more instructions
    /// on English.
    pub(super) fn add(&mut self, word: ShortWord, count: u64) -> bool {
        let Some(last) = self.slots.len().checked_sub(1) else { return false };
        for hash in probe(word) {
            let slot = &mut self.slots[hash & last];
            if slot.word() == word {
                slot.count += count;
                return true;
            }
            if slot.is_empty() {
                break;
            }
        }
        false
    }

    /// Inserts `word`, which must be new.
    pub(super) fn insert(&mut self, word: ShortWord, count: u64) {
        if self.len * 2 >= self.slots.len() {
            self.grow();
        }
        let entry = ShortEntry { bytes: word.stored(), count };
        if let Some(slot) = self.find_slot(word).and_then(|slot| self.slots.get_mut(slot)) {
            *slot = entry;
            self.len += 1;
        }
    }

    /// The slot of `word`, or the empty slot for it; `None` if there are no slots.
    fn find_slot(&self, word: ShortWord) -> Option<usize> {
        let last = self.slots.len().checked_sub(1)?;
        let is_match = |slot: &usize| self.slots[*slot].word() == word || self.slots[*slot].is_empty();
        probe(word).map(|hash| hash & last).find(is_match)
    }

    #[cold]
    fn grow(&mut self) {
        let slots = vec![ShortEntry::EMPTY; (self.slots.len() * 2).max(FIRST_SLOTS)];
        let before = std::mem::replace(&mut self.slots, slots);
        for entry in before.into_iter().filter(|slot| !slot.is_empty()) {
            if let Some(slot) = self.find_slot(entry.word()) {
                self.slots[slot] = entry;
            }
        }
    }
}

/// The probe sequence of a word: its low bits are slots in a table of any power of two. This is double hashing: the step
/// depends on the word too, so words chosen to start at the same slot diverge at the second probe.
fn probe(word: ShortWord) -> impl Iterator<Item = usize> {
    let hash = word.hash();
    let step = (hash >> 32) as usize | 1;
    std::iter::successors(Some(hash as usize), move |hash| Some(hash.wrapping_add(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(n: u32) -> ShortWord {
        ShortWord::new(&format!("w{n}")).unwrap()
    }

    #[test]
    fn counts_survive_growth() {
        let mut table = ShortTable::default();
        assert!(table.get(word(0)) == 0);
        for n in 0..3000 {
            assert!(!table.add(word(n), 1));
            table.insert(word(n), u64::from(n) + 1);
        }
        (0..3000).for_each(|n| assert!(table.add(word(n), 1)));
        assert_eq!(table.len(), 3000);
        assert_eq!(table.iter().count(), 3000);
        assert!(table.iter().all(|entry| entry.as_str() == format!("w{}", entry.count - 2)));
        for n in 0..3000 {
            assert_eq!(table.get(word(n)), u64::from(n) + 2);
        }
        assert_eq!(table.get(word(3000)), 0);
    }

    #[test]
    fn colliding_words_need_few_probes() {
        let collides = |word: &ShortWord| word.hash() & 0x7FFF < 0x100;
        let words: Vec<ShortWord> = (0..2_000_000).map(word).filter(collides).take(10_000).collect();
        let mut table = ShortTable::default();
        words.iter().for_each(|&word| table.insert(word, 1));
        let last = table.slots.len() - 1;
        let probes =
            |word: ShortWord| probe(word).take_while(|hash| table.slots[hash & last].word() != word).count();
        let all: usize = words.iter().map(|&word| probes(word)).sum();
        assert_eq!(words.len(), 10_000);
        assert!(all < 10 * words.len(), "{all}");
    }
}
