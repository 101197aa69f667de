//! Words by UAX #29 and by dictionary, sentences, and the histogram: everything that needs to know
//! where a word begins and ends.
//!
//! Words of plain ASCII go by eight bytes at a time; everything else by the rules, one character at a
//! time. Knows whole clusters only: both ends of what it is given are word boundaries.

mod ascii;

use crate::histogram::Short;
use crate::key::Keys;
use crate::lexicon::Lexicon;
use crate::properties::{KeyNeeds, Script, Table};
use crate::sentence::SentenceCounter;
use crate::word_break::{Segment, segment};
use crate::{Case, Histogram, Ngrams, Options};
use ascii::SENTENCE_SYMBOLS;

pub(crate) use ascii::{Byte, KINDS, Run};

/// Alphanumeric characters by script.
pub(crate) type Letters = [u64; Script::ALL.len()];

/// The running figures.
#[derive(Debug)]
pub(crate) struct Segments {
    table: &'static Table,
    lexicon: &'static Lexicon,
    keys: Keys,
    /// What is put over ASCII words to fold them: the bit that tells small letters from capitals.
    ascii_fold: u64,
    pub(crate) unicode_words: u64,
    pub(crate) dictionary_words: u64,
    pub(crate) letters: Letters,
    pub(crate) sentences: SentenceCounter,
    pub(crate) histogram: Histogram,
    pub(crate) ngrams: Option<Box<Ngrams>>,
}

impl Segments {
    /// Nothing yet.
    pub(crate) fn new(table: &'static Table, options: &Options) -> Self {
        let ascii_fold = match options.case {
            Case::Fold => u64::from_ne_bytes([0x20; 8]),
            Case::Keep => 0,
        };
        Self {
            table,
            lexicon: Lexicon::shared(),
            keys: Keys::new(options.case),
            ascii_fold,
            unicode_words: 0,
            dictionary_words: 0,
            letters: [0; Script::ALL.len()],
            sentences: SentenceCounter::new(),
            histogram: Histogram::new(options),
            ngrams: Ngrams::new(options),
        }
    }

    /// Counts whole clusters.
    pub(crate) fn take(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            let kind = KINDS[usize::from(byte)];
            if kind == Byte::Letter
                && let Some(run) = Run::read(bytes, at)
            {
                self.take_ascii_word(&bytes[at..at + run.len], &run);
                at += run.len;
                // What nearly always follows, passed over without another look at its kind.
                at += usize::from(bytes.get(at) == Some(&b' ') && self.sentences.is_calm());
            } else if matches!(kind, Byte::Letter | Byte::Other) {
                self.settle_sentence(bytes, at);
                at = self.take_segments(text, at);
            } else {
                if !self.sentences.is_calm() || matches!(kind, Byte::Terminator | Byte::Stop) {
                    self.settle_sentence(bytes, at);
                    self.sentences.step(symbol(byte));
                }
                at += 1;
            }
        }
        self.settle_sentence(bytes, at);
    }

    /// Words so far, by UAX #29 and by dictionary.
    pub(crate) const fn words(&self) -> (u64, u64) {
        (self.unicode_words, self.dictionary_words)
    }

    /// Counts a word of ASCII letters.
    fn take_ascii_word(&mut self, word: &[u8], run: &Run) {
        self.unicode_words += 1;
        self.dictionary_words += 1;
        let script = if word[0].is_ascii_digit() { Script::Other } else { Script::Latin };
        self.letters[script as usize] += run.len as u64;
        if !self.sentences.is_calm() {
            word.iter().for_each(|&byte| self.sentences.step(symbol(byte)));
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add_ascii(word, self.ascii_fold != 0);
        }
        // The bit that tells small letters from capitals is set in digits anyway.
        let low = run.low | self.ascii_fold & filled(run.low);
        let high = run.high | self.ascii_fold & filled(run.high);
        self.histogram.add_short(Short::from_bytes(low, high, run.len));
    }

    /// Where the count of sentences was calm, the loop above passed over characters: tells it the one
    /// thing it has to know of them, which is whether the last was a letter.
    fn settle_sentence(&mut self, bytes: &[u8], at: usize) {
        if self.sentences.is_calm()
            && let Some(&before) = bytes[..at].last()
            && before.is_ascii()
        {
            self.sentences.settle(before.is_ascii_alphabetic());
        }
    }

    /// Counts the segment that starts at `at` by the rules, and the run of segments that go to the
    /// dictionary if it is one of them; returns where it ends.
    fn take_segments(&mut self, text: &str, at: usize) -> usize {
        let mut run_end = at;
        let mut run_key = KeyNeeds::default();
        loop {
            run_end = self.take_single(text, run_end);
            // No segment of the dictionary's starts with ASCII.
            if run_end > at && text.as_bytes().get(run_end).is_none_or(u8::is_ascii) {
                break;
            }
            let found = self.next_segment(text, run_end);
            if !found.by_dictionary {
                self.take_run(&text[at..run_end], run_key);
                if found.letters > 0 {
                    self.take_word(text[run_end..found.end].trim_start(), found.key);
                }
                return found.end;
            }
            run_end = found.end;
            run_key = run_key.and(found.key);
        }
        self.take_run(&text[at..run_end], run_key);
        run_end
    }

    /// Counts segments of a single character that goes to the dictionary and is its own key, from `at`
    /// on; returns where they end. Most of Chinese and Japanese is this.
    fn take_single(&mut self, text: &str, at: usize) -> usize {
        let table = self.table;
        let mut characters = text[at..].chars().map(|c| (table.get(c), c.len_utf8()));
        let mut end = at;
        let mut current = characters.next();
        while let Some((properties, len)) = current.filter(|(properties, _)| properties.is_single()) {
            let following = characters.next();
            if following.is_some_and(|(properties, _)| properties.joins()) {
                break;
            }
            self.unicode_words += 1;
            self.letters[properties.script()] += 1;
            self.sentences.step(properties.sentence_symbol());
            end += len;
            current = following;
        }
        end
    }

    fn next_segment(&mut self, text: &str, at: usize) -> Segment {
        let sentences = &mut self.sentences;
        let found = segment(self.table, text, at, |properties| {
            sentences.step(properties.sentence_symbol());
        });
        self.unicode_words += u64::from(found.letters > 0);
        self.letters[found.script] += found.letters;
        found
    }

    /// Counts a run that is cut by dictionary.
    fn take_run(&mut self, run: &str, key: KeyNeeds) {
        if run.is_empty() {
            return;
        }
        let (lexicon, table) = (self.lexicon, self.table);
        lexicon.cut(table, run, |word, certain| {
            if certain || word.chars().any(|c| table.get(c).is_alphanumeric()) {
                // That a run has marks behind marks says little about each of its words, and normalising is dear.
                let key = if key.composing() { key_needs(table, word) } else { key };
                self.take_word(word, key);
            }
        });
    }

    fn take_word(&mut self, word: &str, key: KeyNeeds) {
        self.dictionary_words += 1;
        let word = if key.are_none() { word } else { self.keys.key(word, key) };
        match Short::new(word) {
            Some(short) => self.histogram.add_short(short),
            None => self.histogram.add(word),
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add(word);
        }
    }
}

/// What the characters of `word` need together.
fn key_needs(table: &Table, word: &str) -> KeyNeeds {
    word.chars().map(|c| table.get(c).key()).fold(KeyNeeds::default(), KeyNeeds::and)
}

/// Ones in the bytes up to the highest that is not zero, of bytes without zeros between them.
fn filled(bytes: u64) -> u64 {
    u64::MAX.checked_shr(bytes.leading_zeros() & !7).unwrap_or(0)
}

/// The symbol of an ASCII character to the count of sentences.
fn symbol(ascii: u8) -> u32 {
    u32::from(SENTENCE_SYMBOLS[usize::from(ascii & 0x7F)])
}
