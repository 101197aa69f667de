//! Words by UAX #29 and by dictionary, sentences, and the histogram: everything that needs to know
//! where a word begins and ends.
//!
//! Words of plain ASCII are found sixty-four bytes at a time; everything else by the rules, one character
//! at a time. Knows whole clusters only: both ends of what it is given are word boundaries.

mod word_masks;

use crate::byte_block::ByteBlock;
use crate::dictionaries::Dictionaries;
use crate::histogram::ShortWord;
use crate::key_builder::KeyBuilder;
use crate::properties::{KeyNeeds, PropertyTable, ScriptClass};
use crate::sentence::SentenceCounter;
use crate::word_break::{Segment, segment};
use crate::{Case, Histogram, Ngrams, Options};
use word_masks::{PlainWords, read_word, symbol};

pub(crate) use word_masks::{Resume, WordMasks};

/// Alphanumeric characters by script.
pub(crate) type LettersByScript = [u64; ScriptClass::ALL.len()];

/// The running figures.
#[derive(Debug)]
pub(crate) struct SegmentCounter {
    table: &'static PropertyTable,
    lexicon: &'static Dictionaries,
    keys: KeyBuilder,
    /// What is put over ASCII words to fold them: the bit that tells small letters from capitals.
    ascii_fold: u64,
    pub(crate) unicode_words: u64,
    pub(crate) dictionary_words: u64,
    pub(crate) letters: LettersByScript,
    pub(crate) sentences: SentenceCounter,
    pub(crate) histogram: Histogram,
    pub(crate) ngrams: Option<Box<Ngrams>>,
}

impl SegmentCounter {
    /// Nothing yet.
    pub(crate) fn new(table: &'static PropertyTable, options: &Options) -> Self {
        let ascii_fold = match options.case {
            Case::Fold => u64::from_ne_bytes([0x20; 8]),
            Case::Keep => 0,
        };
        Self {
            table,
            lexicon: Dictionaries::shared(),
            keys: KeyBuilder::new(options.case),
            ascii_fold,
            unicode_words: 0,
            dictionary_words: 0,
            letters: [0; ScriptClass::ALL.len()],
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
            at = self.take_block(text, at);
        }
        self.settle_sentence(bytes, at);
    }

    /// Counts the segments that start in the bytes from `at` on; returns where the next one starts.
    fn take_block(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        let marks = WordMasks::read(&bytes[at..]);
        let mut next = 0;
        loop {
            let plain = marks.plain_from(next);
            self.take_sentences(bytes, at + next, plain.end - next, marks.ends >> next);
            self.take_words(bytes, at, &plain);
            if plain.then == Resume::AtNextBlock {
                return at + plain.end;
            }
            self.settle_sentence(bytes, at + plain.end);
            let end = self.take_segments(text, at + plain.end);
            next = end - at;
            if next >= ByteBlock::LEN || end == bytes.len() {
                return end;
            }
        }
    }

    /// Counts words of ASCII, whose places are counted from `at`.
    fn take_words(&mut self, bytes: &[u8], at: usize, plain: &PlainWords) {
        self.unicode_words += plain.words.number();
        self.dictionary_words += plain.words.number();
        self.letters[ScriptClass::Latin as usize] += u64::from(plain.letters.count_ones());
        for (start, stop) in plain.words {
            if plain.numbers >> start & 1 != 0 {
                let letters =
                    (plain.letters >> start & !u64::MAX.unbounded_shl((stop - start) as u32)).count_ones();
                self.letters[ScriptClass::Latin as usize] -= u64::from(letters);
                self.letters[ScriptClass::Other as usize] += u64::from(letters);
            }
            self.enter_ascii(bytes, at + start, stop - start);
        }
    }

    /// Takes the sentences of `len` bytes of ASCII from `at` on, of which `ends` may end one.
    fn take_sentences(&mut self, bytes: &[u8], at: usize, len: usize, ends: u64) {
        let mut next = 0;
        while next < len {
            if self.sentences.is_calm() {
                let left = ends >> next;
                next += left.trailing_zeros() as usize;
                if left == 0 || next >= len {
                    break;
                }
                self.settle_sentence(bytes, at + next);
            }
            self.sentences.step(symbol(bytes[at + next]));
            next += 1;
        }
    }

    /// Words so far, by UAX #29 and by dictionary.
    pub(crate) const fn words(&self) -> (u64, u64) {
        (self.unicode_words, self.dictionary_words)
    }

    /// Enters a word of ASCII.
    fn enter_ascii(&mut self, bytes: &[u8], at: usize, len: usize) {
        // The bit that tells small letters from capitals is set in digits and signs anyway.
        match read_word(bytes, at, len, self.ascii_fold) {
            Some((low, high)) => self.histogram.add_short(ShortWord::from_bytes(low, high, len)),
            None => self.enter_long(&bytes[at..at + len]),
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add_ascii(&bytes[at..at + len], self.ascii_fold != 0);
        }
    }

    #[cold]
    fn enter_long(&mut self, word: &[u8]) {
        let word = str::from_utf8(word).expect("ASCII is UTF-8");
        self.histogram.add(self.keys.key(word, KeyNeeds::default()));
    }

    /// Where the count of sentences was calm, the loops above passed over characters: tells it the one
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
        while let Some((properties, len)) =
            current.filter(|(properties, _)| properties.is_single_character_word())
        {
            let following = characters.next();
            if following.is_some_and(|(properties, _)| properties.attaches()) {
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
        match ShortWord::new(word) {
            Some(short) => self.histogram.add_short(short),
            None => self.histogram.add(word),
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add(word);
        }
    }
}

/// What the characters of `word` need together.
fn key_needs(table: &PropertyTable, word: &str) -> KeyNeeds {
    word.chars().map(|c| table.get(c).key()).fold(KeyNeeds::default(), KeyNeeds::and)
}
