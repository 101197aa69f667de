//! Counts what depends on word boundaries: words by UAX #29 and by dictionary, the histogram and
//! n-grams. It counts sentences too.
//!
//! Words of plain ASCII are found in blocks of 64 bytes, other words by the rules of UAX #29. The input
//! is complete clusters, so both its ends are word boundaries.

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

#[derive(Debug)]
pub(crate) struct SegmentCounter {
    table: &'static PropertyTable,
    dictionaries: &'static Dictionaries,
    keys: KeyBuilder,
    /// The case bit of ASCII letters in each byte, or 0 to keep case. It is OR-ed into ASCII words.
    ascii_fold: u64,
    pub(crate) unicode_words: u64,
    pub(crate) dictionary_words: u64,
    pub(crate) letters: LettersByScript,
    pub(crate) sentences: SentenceCounter,
    pub(crate) histogram: Histogram,
    pub(crate) ngrams: Option<Box<Ngrams>>,
}

impl SegmentCounter {
    pub(crate) fn new(table: &'static PropertyTable, options: &Options) -> Self {
        let ascii_fold = match options.case {
            Case::Fold => u64::from_ne_bytes([0x20; 8]),
            Case::Keep => 0,
        };
        Self {
            table,
            dictionaries: Dictionaries::shared(),
            keys: KeyBuilder::new(options.case),
            ascii_fold,
            unicode_words: 0,
            dictionary_words: 0,
            letters: [0; ScriptClass::ALL.len()],
            sentences: SentenceCounter::new(options.line_end),
            histogram: Histogram::new(options),
            ngrams: Ngrams::new(options),
        }
    }

    /// Counts complete clusters.
    pub(crate) fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            at = self.push_block(text, at);
        }
        self.sync_sentence_state(bytes, at);
    }

    /// Counts the segments that start in the 64 bytes from `at` on. Returns where the next one starts.
    fn push_block(&mut self, text: &str, at: usize) -> usize {
        let bytes = text.as_bytes();
        let masks = WordMasks::read(&bytes[at..]);
        let mut next = 0;
        loop {
            let plain = masks.plain_from(next);
            self.push_sentences(bytes, at + next, plain.end - next, masks.sentence_ends >> next);
            self.push_plain_words(bytes, at, &plain);
            if plain.resume == Resume::AtNextBlock {
                return at + plain.end;
            }
            self.sync_sentence_state(bytes, at + plain.end);
            let end = self.push_segments(text, at + plain.end);
            next = end - at;
            if next >= ByteBlock::LEN || end == bytes.len() {
                return end;
            }
        }
    }

    /// Counts words of ASCII. Their positions are relative to `at`.
    fn push_plain_words(&mut self, bytes: &[u8], at: usize, plain: &PlainWords) {
        self.unicode_words += plain.words.count_words();
        self.dictionary_words += plain.words.count_words();
        self.letters[ScriptClass::Latin as usize] += u64::from(plain.letters.count_ones());
        for (start, stop) in plain.words {
            if plain.starts_with_digit >> start & 1 != 0 {
                let letters =
                    (plain.letters >> start & !u64::MAX.unbounded_shl((stop - start) as u32)).count_ones();
                self.letters[ScriptClass::Latin as usize] -= u64::from(letters);
                self.letters[ScriptClass::Other as usize] += u64::from(letters);
            }
            self.add_ascii(bytes, at + start, stop - start);
        }
    }

    /// Pushes `len` bytes of ASCII from `at` on to the sentence counter. Inside a sentence it skips to
    /// the next byte in `ends`, the bytes that may end one.
    fn push_sentences(&mut self, bytes: &[u8], at: usize, len: usize, ends: u64) {
        let mut next = 0;
        while next < len {
            if self.sentences.is_inside() {
                let left = ends >> next;
                next += left.trailing_zeros() as usize;
                if left == 0 || next >= len {
                    break;
                }
                self.sync_sentence_state(bytes, at + next);
            }
            self.sentences.step(symbol(bytes[at + next]));
            next += 1;
        }
    }

    /// Words so far, by UAX #29 and by dictionary.
    pub(crate) const fn words(&self) -> (u64, u64) {
        (self.unicode_words, self.dictionary_words)
    }

    fn add_ascii(&mut self, bytes: &[u8], at: usize, len: usize) {
        // Digits and the punctuation inside words have the case bit set already.
        match read_word(bytes, at, len, self.ascii_fold) {
            Some((low, high)) => self.histogram.add_short(ShortWord::from_bytes(low, high, len)),
            None => self.add_long_ascii(&bytes[at..at + len]),
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add_ascii(&bytes[at..at + len], self.ascii_fold != 0);
        }
    }

    #[cold]
    fn add_long_ascii(&mut self, word: &[u8]) {
        let word = str::from_utf8(word).expect("ASCII is UTF-8");
        self.histogram.add(self.keys.key(word, KeyNeeds::default()));
    }

    /// `push_sentences` skips characters inside a sentence. The sentence counter only needs to know
    /// whether the last skipped character was a letter.
    fn sync_sentence_state(&mut self, bytes: &[u8], at: usize) {
        if self.sentences.is_inside()
            && let Some(&before) = bytes[..at].last()
            && before.is_ascii()
        {
            self.sentences.set_last_cased(before.is_ascii_alphabetic());
        }
    }

    /// Counts the segment that starts at `at` by the rules of UAX #29. If it is divided by dictionary,
    /// counts the whole run of such segments and the segment after it. Returns where they end.
    fn push_segments(&mut self, text: &str, at: usize) -> usize {
        let mut run_end = at;
        let mut run_needs = KeyNeeds::default();
        loop {
            run_end = self.push_single_characters(text, run_end);
            // No segment that is divided by dictionary starts with ASCII.
            if run_end > at && text.as_bytes().get(run_end).is_none_or(u8::is_ascii) {
                break;
            }
            let segment = self.next_segment(text, run_end);
            if !segment.by_dictionary {
                self.push_run(&text[at..run_end], run_needs);
                if segment.letters > 0 {
                    self.add_word(text[run_end..segment.end].trim_start(), segment.needs);
                }
                return segment.end;
            }
            run_end = segment.end;
            run_needs = run_needs.followed_by(segment.needs);
        }
        self.push_run(&text[at..run_end], run_needs);
        run_end
    }

    /// Counts segments from `at` on that are one character of a run divided by dictionary and need no
    /// folding. Returns where they end. Most of Chinese and Japanese consists of them.
    fn push_single_characters(&mut self, text: &str, at: usize) -> usize {
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
        let segment = segment(self.table, text, at, |properties| {
            sentences.step(properties.sentence_symbol());
        });
        self.unicode_words += u64::from(segment.letters > 0);
        self.letters[segment.script] += segment.letters;
        segment
    }

    /// Counts the words of a run that is divided by dictionary.
    fn push_run(&mut self, run: &str, needs: KeyNeeds) {
        if run.is_empty() {
            return;
        }
        let (dictionaries, table) = (self.dictionaries, self.table);
        dictionaries.divide(table, run, |word, has_letter| {
            if has_letter || word.chars().any(|c| table.get(c).is_alphanumeric()) {
                // Few words of a run need normalising, and normalising is slow.
                let needs = if needs.normalizes() { key_needs(table, word) } else { needs };
                self.add_word(word, needs);
            }
        });
    }

    fn add_word(&mut self, word: &str, needs: KeyNeeds) {
        self.dictionary_words += 1;
        let word = if needs.are_none() { word } else { self.keys.key(word, needs) };
        match ShortWord::new(word) {
            Some(short) => self.histogram.add_short(short),
            None => self.histogram.add(word),
        }
        if let Some(ngrams) = &mut self.ngrams {
            ngrams.add(word);
        }
    }
}

fn key_needs(table: &PropertyTable, word: &str) -> KeyNeeds {
    word.chars().map(|c| table.get(c).key_needs()).fold(KeyNeeds::default(), KeyNeeds::followed_by)
}
