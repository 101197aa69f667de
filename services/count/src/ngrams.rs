//! How often words stand one behind the other, on request.
//!
//! Knows keys of words in their order, whatever stands between them. Keeps the words at both ends, so
//! that parts merge to the bit.

use crate::{Histogram, Options};

/// Words in a row, with how often each row occurs; bounded like the histogram of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ngrams {
    words_in_row: usize,
    /// The first words of the text, one fewer than a row has.
    head: Vec<String>,
    /// The last ones.
    tail: Vec<String>,
    rows: Histogram,
    room: String,
}

impl Ngrams {
    /// Longest row.
    pub const LONGEST: usize = 5;

    /// No words yet; `None` where none are asked for.
    pub(crate) fn new(options: &Options) -> Option<Box<Self>> {
        let words_in_row = options.ngrams.min(Self::LONGEST);
        (words_in_row > 1).then(|| {
            let (head, tail) = (Vec::new(), Vec::new());
            Box::new(Self { words_in_row, head, tail, rows: Histogram::new(options), room: String::new() })
        })
    }

    /// Takes the next word, by its key.
    pub(crate) fn add(&mut self, word: &str) {
        let ends = self.words_in_row - 1;
        if self.head.len() < ends {
            self.head.push(word.to_owned());
        }
        if self.tail.len() < ends {
            self.tail.push(word.to_owned());
            return;
        }
        self.room.clear();
        for before in &self.tail {
            self.room.push_str(before);
            self.room.push(' ');
        }
        self.room.push_str(word);
        self.rows.add(&self.room);
        // The oldest word's memory becomes the newest's.
        self.tail.rotate_left(1);
        let last = &mut self.tail[ends - 1];
        last.clear();
        last.push_str(word);
    }

    /// Takes the next word, of ASCII letters and digits, in small letters if it is to be folded.
    pub(crate) fn add_ascii(&mut self, word: &[u8], fold: bool) {
        let mut word = String::from_utf8_lossy(word).into_owned();
        if fold {
            word.make_ascii_lowercase();
        }
        self.add(&word);
    }

    /// Those of both texts.
    pub(crate) fn merge(mut self: Box<Self>, next: Box<Self>) -> Box<Self> {
        let ends = self.words_in_row - 1;
        let mut seam = self.tail;
        seam.extend(next.head.iter().cloned());
        for row in seam.windows(self.words_in_row) {
            self.rows.add(&row.join(" "));
        }
        if next.tail.len() < ends {
            seam.drain(..seam.len().saturating_sub(ends));
            self.tail = seam;
        } else {
            self.tail = next.tail;
        }
        let missing = ends - self.head.len();
        self.head.extend(next.head.into_iter().take(missing));
        self.rows = self.rows.merge(next.rows);
        self.room = String::new();
        self
    }

    /// How many words a row has.
    #[must_use]
    pub const fn words_in_row(&self) -> usize {
        self.words_in_row
    }

    /// The rows, their words parted by spaces, with how often each occurs.
    #[must_use]
    pub const fn rows(&self) -> &Histogram {
        &self.rows
    }

    /// Forgets what only counting needs, so that equal texts give equal values.
    pub(crate) fn finished(mut self: Box<Self>) -> Box<Self> {
        self.room = String::new();
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::oracle::texts;
    use crate::{Options, Tally, count, next_cut};

    fn tally(text: &str, words: usize) -> Tally {
        count(text, &Options::default().with_ngrams(words))
    }

    #[test]
    fn rows_are_counted() {
        let told = tally("To be or not to be, that is to be.", 2);
        let rows = told.ngrams.as_ref().unwrap().rows();
        assert_eq!((rows.get("to be"), rows.get("be or"), rows.get("be to")), (3, 1, 0));
        let told = tally("to be or not to be or", 3);
        assert_eq!(told.ngrams.unwrap().rows().top(1), [("to be or", 2)]);
        assert_eq!(tally("a b", 0).ngrams, None);
        assert!(tally("a", 5).ngrams.unwrap().rows().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn parts_merged_have_the_same_rows(
            text in texts(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            words in 2usize..6,
        ) {
            let mut cuts: Vec<usize> =
                cuts.iter().filter_map(|cut| next_cut(&text, cut.index(text.len() + 1))).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|part| tally(&text[part[0]..part[1]], words));
            let whole = tally(&text, words);
            let rows: u64 = whole.ngrams.as_ref().map_or(0, |told| told.rows().iter().map(|(_, n)| n).sum());
            let entered: u64 = whole.histogram.iter().map(|(_, n)| n).sum();
            prop_assert_eq!(rows, (entered + 1).saturating_sub(words as u64));
            prop_assert_eq!(parts.reduce(Tally::merge), Some(whole));
        }
    }
}
