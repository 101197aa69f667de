//! Counts n-grams: sequences of n consecutive words, compared by their histogram keys.
//!
//! Text between the words is ignored. The first and last words of a text are kept, so that parts merge
//! exactly.

use crate::{Histogram, Options};

/// The n-grams of a text with their counts. They have the same bounds as the histogram of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ngrams {
    n: usize,
    /// The first n - 1 words of the text.
    head: Vec<String>,
    /// The last n - 1 words of the text.
    tail: Vec<String>,
    counts: Histogram,
    buffer: String,
}

impl Ngrams {
    /// Maximum n-gram length.
    pub const LONGEST: usize = 5;

    /// `None` if `options` disable n-grams.
    pub(crate) fn new(options: &Options) -> Option<Box<Self>> {
        let n = options.ngrams.min(Self::LONGEST);
        (n > 1).then(|| {
            let (head, tail) = (Vec::new(), Vec::new());
            Box::new(Self { n, head, tail, counts: Histogram::new(options), buffer: String::new() })
        })
    }

    /// Adds the next word by its key.
    pub(crate) fn add(&mut self, word: &str) {
        if self.head.len() < self.n - 1 {
            self.head.push(word.to_owned());
        }
        if self.tail.len() < self.n - 1 {
            self.tail.push(word.to_owned());
            return;
        }
        self.buffer.clear();
        for before in &self.tail {
            self.buffer.push_str(before);
            self.buffer.push(' ');
        }
        self.buffer.push_str(word);
        self.counts.add(&self.buffer);
        // The newest word reuses the memory of the oldest.
        self.tail.rotate_left(1);
        let last = &mut self.tail[self.n - 2];
        last.clear();
        last.push_str(word);
    }

    /// Adds the next word, which must be ASCII. `fold` converts it to lower case.
    pub(crate) fn add_ascii(&mut self, word: &[u8], fold: bool) {
        let mut word = String::from_utf8_lossy(word).into_owned();
        if fold {
            word.make_ascii_lowercase();
        }
        self.add(&word);
    }

    /// The n-grams of the text of `self` followed by the text of `next`.
    pub(crate) fn merge(mut self: Box<Self>, next: Box<Self>) -> Box<Self> {
        let ends = self.n - 1;
        let mut across = self.tail;
        across.extend(next.head.iter().cloned());
        for ngram in across.windows(self.n) {
            self.counts.add(&ngram.join(" "));
        }
        if next.tail.len() < ends {
            across.drain(..across.len().saturating_sub(ends));
            self.tail = across;
        } else {
            self.tail = next.tail;
        }
        let missing = ends - self.head.len();
        self.head.extend(next.head.into_iter().take(missing));
        self.counts = self.counts.merge(next.counts);
        self.buffer = String::new();
        self
    }

    /// How often each n-gram occurs. The words of an n-gram are separated by spaces.
    #[must_use]
    pub const fn counts(&self) -> &Histogram {
        &self.counts
    }

    /// Clears the buffer, so that equal texts give equal values.
    pub(crate) fn finished(mut self: Box<Self>) -> Box<Self> {
        self.buffer = String::new();
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::oracle::texts;
    use crate::{Options, Tally, count, next_cut};

    fn tally(text: &str, n: usize) -> Tally {
        count(text, &Options::default().with_ngrams(n))
    }

    #[test]
    fn counts_ngrams() {
        let bigrams = tally("To be or not to be, that is to be.", 2).ngrams.unwrap();
        let counts = bigrams.counts();
        assert_eq!((counts.get("to be"), counts.get("be or"), counts.get("be to")), (3, 1, 0));
        let trigrams = tally("to be or not to be or", 3).ngrams.unwrap();
        assert_eq!(trigrams.counts().top(1), [("to be or", 2)]);
        assert_eq!(tally("a b", 0).ngrams, None);
        assert!(tally("a", 5).ngrams.unwrap().counts().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn merged_parts_have_the_same_ngrams(
            text in texts(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
            n in 2usize..6,
        ) {
            let mut cuts: Vec<usize> =
                cuts.iter().filter_map(|cut| next_cut(&text, cut.index(text.len() + 1))).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|part| tally(&text[part[0]..part[1]], n));
            let whole = tally(&text, n);
            let ngrams = whole.ngrams.as_ref().map_or(0, |ngrams| ngrams.counts().occurrences());
            let words = whole.histogram.occurrences();
            prop_assert_eq!(ngrams, (words + 1).saturating_sub(n as u64));
            prop_assert_eq!(parts.reduce(Tally::merge), Some(whole));
        }
    }
}
