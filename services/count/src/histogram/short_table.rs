//! The table of short words: open addressing, a word in one place of memory with its count.
//!
//! Most words of a text are among a few thousand, so that what counts is how little is done to find one. A general
//! table looks up a tag, then a candidate, in two places (a quarter of the time of counting English).

use super::ShortWord;

/// Slots made for the first word: a page of text needs no second step.
const FIRST_SLOTS: usize = 256;

/// A word with its count.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShortEntry {
    /// The word as bytes, so that it can be lent as a `str`; all zeros in an empty slot, which no word is.
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
        word.expect("only whole characters are entered")
    }

    const fn is_empty(&self) -> bool {
        u128::from_ne_bytes(self.bytes) == 0
    }
}

/// ShortWord words with their counts.
#[derive(Debug, Clone, Default)]
pub(super) struct ShortTable {
    /// None, or a power of two, of which at most half are taken.
    slots: Vec<ShortEntry>,
    len: usize,
}

impl ShortTable {
    /// How many words there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Every word, in no particular order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &ShortEntry> {
        self.slots.iter().filter(|slot| !slot.is_empty())
    }

    /// The count of `word`; 0 if it is not there.
    pub(super) fn get(&self, word: ShortWord) -> u64 {
        self.place(word).map_or(0, |place| self.slots[place].count)
    }

    /// Adds to the count of `word`, if it is there; returns whether it is.
    ///
    /// Looks as `place` does, with the slot in hand: by way of `place`, counting English takes a twentieth more
    /// instructions.
    pub(super) fn add(&mut self, word: ShortWord, count: u64) -> bool {
        let Some(last) = self.slots.len().checked_sub(1) else { return false };
        for place in places(word) {
            let slot = &mut self.slots[place & last];
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

    /// Enters `word`, which is not there yet.
    pub(super) fn insert(&mut self, word: ShortWord, count: u64) {
        if self.len * 2 >= self.slots.len() {
            self.grow();
        }
        let entry = ShortEntry { bytes: word.stored(), count };
        if let Some(slot) = self.place(word).and_then(|place| self.slots.get_mut(place)) {
            *slot = entry;
            self.len += 1;
        }
    }

    /// Where `word` is, or the empty slot where it would be; `None` while there are no slots.
    fn place(&self, word: ShortWord) -> Option<usize> {
        let last = self.slots.len().checked_sub(1)?;
        let found = |place: &usize| self.slots[*place].word() == word || self.slots[*place].is_empty();
        places(word).map(|place| place & last).find(found)
    }

    #[cold]
    fn grow(&mut self) {
        let slots = vec![ShortEntry::EMPTY; (self.slots.len() * 2).max(FIRST_SLOTS)];
        let before = std::mem::replace(&mut self.slots, slots);
        for entry in before.into_iter().filter(|slot| !slot.is_empty()) {
            if let Some(place) = self.place(entry.word()) {
                self.slots[place] = entry;
            }
        }
    }
}

/// Where to look for a word, one after the other, in a table of any power of two. How far it is from one to the next
/// depends on the word as well: words that were made to start from one place, or near it, part at the second step.
fn places(word: ShortWord) -> impl Iterator<Item = usize> {
    let hash = word.hash();
    let step = (hash >> 32) as usize | 1;
    std::iter::successors(Some(hash as usize), move |place| Some(place.wrapping_add(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(n: u32) -> ShortWord {
        ShortWord::new(&format!("w{n}")).unwrap()
    }

    #[test]
    fn every_word_keeps_its_count_while_the_table_grows() {
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
    fn words_that_were_made_to_meet_are_found_all_the_same() {
        let meets = |word: &ShortWord| word.hash() & 0x7FFF < 0x100;
        let met: Vec<ShortWord> = (0..2_000_000).map(word).filter(meets).take(10_000).collect();
        let mut table = ShortTable::default();
        met.iter().for_each(|&word| table.insert(word, 1));
        let last = table.slots.len() - 1;
        let looks = |word: ShortWord| {
            places(word).take_while(|place| table.slots[place & last].word() != word).count()
        };
        let all: usize = met.iter().map(|&word| looks(word)).sum();
        assert_eq!(met.len(), 10_000);
        assert!(all < 10 * met.len(), "{all}");
    }
}
