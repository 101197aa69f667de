//! A list of words with their counts, as records hold it: one run of bytes.
//!
//! A version byte, then for each word its length, its bytes and its count; lengths and counts are LEB128, seven bits a
//! byte, the lowest first. A record is cloned, written and read far more often than its words are looked at one by one,
//! so the list is kept as it is stored: smaller than JSON by half, and one allocation instead of one for each word.
//! Bytes and not a map: words come from users, and must never become keys of a store.

use std::fmt;

use bytes::Bytes;

/// The version of this layout.
const LAYOUT: u8 = 1;

/// Words with their counts, in the order in which they were given. Cloning it copies nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct WordList {
    bytes: Bytes,
    len: usize,
}

/// Bytes that are not a word list, or one of a later layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a list of words is damaged")]
pub struct Damaged;

impl WordList {
    /// Reads what [`WordList::as_bytes`] gave.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, Damaged> {
        let bytes = bytes.into();
        let (&layout, run) = bytes.split_first().ok_or(Damaged)?;
        if layout != LAYOUT {
            return Err(Damaged);
        }
        let mut entries = Entries::of(run);
        let len = entries.by_ref().count();
        if entries.at < run.len() {
            return Err(Damaged);
        }
        Ok(Self { bytes, len })
    }

    /// The same; `None` is an empty list.
    pub fn from_some(bytes: Option<impl Into<Bytes>>) -> Result<Self, Damaged> {
        bytes.map_or_else(|| Ok(Self::default()), Self::from_bytes)
    }

    /// The list as shared bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many words there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The words, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> + '_ {
        // It ends at the end: every way to make a list has read or written it whole.
        Entries::of(&self.bytes[1..])
    }
}

impl Default for WordList {
    /// No words.
    fn default() -> Self {
        Self { bytes: Bytes::from_static(&[LAYOUT]), len: 0 }
    }
}

impl<'a> FromIterator<(&'a str, u64)> for WordList {
    fn from_iter<I: IntoIterator<Item = (&'a str, u64)>>(words: I) -> Self {
        let words = words.into_iter();
        // A word of ten bytes, its length and its count: about what words take.
        let mut bytes = Vec::with_capacity(1 + words.size_hint().0 * 12);
        bytes.push(LAYOUT);
        let mut len = 0;
        for (word, count) in words {
            put(&mut bytes, word.len() as u64);
            bytes.extend_from_slice(word.as_bytes());
            put(&mut bytes, count);
            len += 1;
        }
        Self { bytes: bytes.into(), len }
    }
}

impl fmt::Debug for WordList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The entries of a run, up to the first that is damaged.
struct Entries<'a> {
    run: &'a [u8],
    /// The run as text, if it is one: lengths and counts below 128 are characters themselves, and then all words are
    /// checked at once and not one by one.
    text: Option<&'a str>,
    /// Where the next entry begins.
    at: usize,
}

impl<'a> Entries<'a> {
    fn of(run: &'a [u8]) -> Self {
        Self { run, text: str::from_utf8(run).ok(), at: 0 }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, u64);

    fn next(&mut self) -> Option<Self::Item> {
        let mut at = self.at;
        let length = usize::try_from(take(self.run, &mut at)?).ok()?;
        let place = at..at.checked_add(length)?;
        at = place.end;
        let word = match self.text {
            Some(text) => text.get(place)?,
            None => str::from_utf8(self.run.get(place)?).ok()?,
        };
        let count = take(self.run, &mut at)?;
        self.at = at;
        Some((word, count))
    }
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Reads the number that begins there, and steps behind it.
fn take(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let &byte = bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_words_back_in_their_order() {
        let long = "y".repeat(300);
        let words = [("the", u64::MAX), ("", 0), ("$set", 1), ("größe.a", 127), (&long, 128)];
        let list = WordList::from_iter(words);
        let back = WordList::from_bytes(list.as_bytes().to_vec()).unwrap();
        assert_eq!(back.iter().collect::<Vec<_>>(), words);
        assert_eq!((back.len(), &back), (5, &list));
    }

    #[test]
    fn reads_back_a_list_that_is_valid_utf8() {
        let words = [("naïve", 127), ("", 0), ("元気", 1)];
        let list = WordList::from_iter(words);
        assert!(std::str::from_utf8(list.as_bytes()).is_ok());
        assert_eq!(WordList::from_bytes(list.as_bytes().to_vec()).unwrap().iter().collect::<Vec<_>>(), words);
        // The first word ends within a character.
        let cut = [&[LAYOUT, 3][..], "naï".as_bytes(), &[1]].concat();
        assert_eq!(WordList::from_bytes(cut), Err(Damaged));
    }

    #[test]
    fn an_empty_list_reads_back() {
        let none = WordList::default();
        assert_eq!(none, WordList::from_iter([]));
        assert!(WordList::from_bytes(none.as_bytes().to_vec()).unwrap().is_empty());
        assert_eq!(none.iter().count(), 0);
    }

    #[test]
    fn rejects_damaged_bytes() {
        let good = WordList::from_iter([("word", 300)]);
        for cut in 0..good.as_bytes().len() {
            let read = WordList::from_bytes(good.as_bytes()[..cut].to_vec());
            assert!(cut == 1 || read == Err(Damaged), "cut at {cut}");
        }
        for bad in [
            &[2][..],
            &[LAYOUT, 1, 0xff, 1],
            &[LAYOUT, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(WordList::from_bytes(bad.to_vec()), Err(Damaged), "{bad:?}");
        }
    }
}
