//! Words with their counts: a version byte, then for each word its length, its bytes and its count.
//!
//! Bytes and not a document: words are the user's and must never be keys, and a list of a hundred thousand pairs would
//! be four times as large in BSON. Lengths and counts are LEB128: seven bits a byte, the lowest first.

use super::Unreadable;

/// The version of this layout.
const LAYOUT: u8 = 1;

/// The bytes to store.
pub fn write<'a>(words: impl IntoIterator<Item = (&'a str, u64)>) -> Vec<u8> {
    let words = words.into_iter();
    // A word of ten bytes, its length and its count: about what words take.
    let mut bytes = Vec::with_capacity(1 + words.size_hint().0 * 12);
    bytes.push(LAYOUT);
    for (word, count) in words {
        put(&mut bytes, word.len() as u64);
        bytes.extend_from_slice(word.as_bytes());
        put(&mut bytes, count);
    }
    bytes
}

/// Reads them back, in the order in which they were written.
pub fn read(bytes: &[u8]) -> Result<Vec<(String, u64)>, Unreadable> {
    let (&layout, mut rest) = bytes.split_first().ok_or(Unreadable::Words)?;
    if layout != LAYOUT {
        return Err(Unreadable::Words);
    }
    let mut words = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(take(&mut rest)?).map_err(|_| Unreadable::Words)?;
        let (word, after) = rest.split_at_checked(length).ok_or(Unreadable::Words)?;
        rest = after;
        let word = std::str::from_utf8(word).map_err(|_| Unreadable::Words)?;
        words.push((word.to_owned(), take(&mut rest)?));
    }
    Ok(words)
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Result<u64, Unreadable> {
    let mut value = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Unreadable::Words)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Unreadable::Words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_in_their_order_and_damage_is_noticed() {
        let long = "y".repeat(300);
        let words = [("the", u64::MAX), ("$set", 0), ("größe.a", 127), (&long, 128)];
        let bytes = write(words);
        let back = read(&bytes).unwrap();
        assert_eq!(back.iter().map(|(word, count)| (word.as_str(), *count)).collect::<Vec<_>>(), words);
        assert!(read(&write([])).unwrap().is_empty());
        for bad in [&bytes[..bytes.len() - 1], &[], &[2], &[LAYOUT, 1, 0xff, 1]] {
            assert!(matches!(read(bad), Err(Unreadable::Words)), "{bad:?}");
        }
    }
}
