//! UAX #29 word boundaries: where the segment that starts here ends.
//!
//! Knows boundaries and what a segment holds; whether a segment is a word is the definitions' affair.
//! A boundary needs nothing of what stands before it, so every segment can be found on its own.

#[cfg(test)]
mod tests;

use crate::properties::{KeyNeeds, Properties, Table, Word};

/// One segment between two word boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where it ends in the text.
    pub(crate) end: usize,
    /// How many letters and numbers it holds; it is a word if there is one.
    pub(crate) letters: u64,
    /// Index of the script of the first of them.
    pub(crate) script: usize,
    /// Whether it is a word and holds only characters of scripts cut by dictionary, and marks.
    pub(crate) by_dictionary: bool,
    /// What all its characters together may need before it is a key.
    pub(crate) key: KeyNeeds,
}

/// The classes whose runs hold together whatever else stands there, as bits.
const LETTERS: u32 = 1 << Word::LETTER | 1 << Word::HEBREW | 1 << Word::NUMERIC;

const fn is_letter(class: u32) -> bool {
    matches!(class, Word::LETTER | Word::HEBREW)
}

/// `Extend`, `Format` and `ZWJ`, which rule WB4 passes over.
const fn is_passed_over(class: u32) -> bool {
    matches!(class, Word::EXTEND | Word::ZWJ | Word::FORMAT)
}

/// `MidNumLet` and the apostrophe.
const fn is_mid_either(class: u32) -> bool {
    matches!(class, Word::MID_NUM_LET | Word::SINGLE_QUOTE)
}

/// The segment that starts at byte `start` of `text`, a boundary; `seen` is told every character of
/// it in order. `start` must lie before the end of the text.
pub(crate) fn segment(table: &Table, text: &str, start: usize, mut seen: impl FnMut(Properties)) -> Segment {
    let mut found = Found::default();
    let mut state = State::default();
    for (offset, character) in text[start..].char_indices() {
        let (properties, at) = (table.get(character), start + offset);
        if state.is_in_letters(properties) {
            state.pass_letter(properties);
            found.take(properties);
            seen(properties);
            continue;
        }
        let after = || class_after(table, &text[at + character.len_utf8()..]);
        if offset > 0 && !state.holds(properties, after) {
            return found.segment(at);
        }
        state.pass(properties);
        found.take(properties);
        seen(properties);
    }
    found.segment(text.len())
}

/// The class of the first character of `text` that WB4 does not pass over.
fn class_after(table: &Table, text: &str) -> u32 {
    let mut classes = text.chars().map(|c| table.get(c).word());
    classes.find(|&class| !is_passed_over(class)).unwrap_or(Word::OTHER)
}

/// What a segment was found to hold so far.
#[derive(Default)]
struct Found {
    letters: u64,
    script: usize,
    foreign: bool,
    key: KeyNeeds,
}

impl Found {
    fn take(&mut self, properties: Properties) {
        if properties.is_alphanumeric() && self.letters == 0 {
            self.script = properties.script();
        }
        self.letters += u64::from(properties.is_alphanumeric());
        self.foreign |= !(properties.is_by_dictionary() || properties.joins());
        self.key = self.key.and(properties.key());
    }

    const fn segment(&self, end: usize) -> Segment {
        let by_dictionary = self.letters > 0 && !self.foreign;
        let (letters, script, key) = (self.letters, self.script, self.key);
        Segment { end, letters, script, by_dictionary, key }
    }
}

/// What the rules need to know of the segment so far.
#[derive(Default)]
struct State {
    /// Class of the last character that was not passed over.
    last: u32,
    /// Class of the one before, when `last` stands between letters or numbers and is no bar.
    before: u32,
    /// Class of the very last character.
    adjacent: u32,
    /// Whether an odd number of regional indicators stands at the end.
    odd_regional: bool,
}

impl State {
    /// Whether a letter or digit comes behind another, whatever stands between: most of all text.
    const fn is_in_letters(&self, next: Properties) -> bool {
        LETTERS >> self.last & LETTERS >> next.word() & 1 != 0 // WB5, WB8, WB9, WB10
    }

    const fn pass_letter(&mut self, properties: Properties) {
        self.last = properties.word();
        self.adjacent = self.last;
    }

    /// Whether the segment goes on with a character of these classes. `after` gives the class of the
    /// one behind it, and is asked only where a rule looks that far.
    fn holds(&self, next: Properties, after: impl Fn() -> u32) -> bool {
        let class = next.word();
        if matches!(self.adjacent, Word::CR | Word::LF | Word::NEWLINE) {
            return self.adjacent == Word::CR && class == Word::LF; // WB3, WB3a
        }
        if matches!(class, Word::CR | Word::LF | Word::NEWLINE) {
            return false; // WB3b
        }
        if self.adjacent == Word::ZWJ && next.is_pictographic() {
            return true; // WB3c
        }
        if self.adjacent == Word::SPACE && class == Word::SPACE {
            return true; // WB3d
        }
        is_passed_over(class) || self.joins_letters(class, after) // WB4
    }

    /// Rules WB5 to WB16.
    fn joins_letters(&self, class: u32, after: impl Fn() -> u32) -> bool {
        match self.last {
            Word::LETTER | Word::HEBREW => match class {
                Word::LETTER | Word::HEBREW | Word::NUMERIC | Word::CONNECTOR => true,
                Word::SINGLE_QUOTE if self.last == Word::HEBREW => true, // WB7a
                Word::DOUBLE_QUOTE => self.last == Word::HEBREW && after() == Word::HEBREW, // WB7b
                Word::MID_LETTER | Word::MID_NUM_LET | Word::SINGLE_QUOTE => is_letter(after()),
                _ => false,
            },
            Word::NUMERIC => match class {
                Word::LETTER | Word::HEBREW | Word::NUMERIC | Word::CONNECTOR => true,
                Word::MID_NUM | Word::MID_NUM_LET | Word::SINGLE_QUOTE => after() == Word::NUMERIC,
                _ => false,
            },
            Word::KATAKANA => matches!(class, Word::KATAKANA | Word::CONNECTOR),
            Word::CONNECTOR => matches!(
                class,
                Word::LETTER | Word::HEBREW | Word::NUMERIC | Word::KATAKANA | Word::CONNECTOR
            ),
            Word::REGIONAL => class == Word::REGIONAL && self.odd_regional, // WB15, WB16
            Word::MID_LETTER => is_letter(self.before) && is_letter(class), // WB7
            Word::MID_NUM => self.before == Word::NUMERIC && class == Word::NUMERIC, // WB11
            Word::DOUBLE_QUOTE => self.before == Word::HEBREW && class == Word::HEBREW, // WB7c
            mid if is_mid_either(mid) => {
                is_letter(self.before) && is_letter(class)
                    || self.before == Word::NUMERIC && class == Word::NUMERIC
            }
            _ => false,
        }
    }

    fn pass(&mut self, properties: Properties) {
        let class = properties.word();
        let first = self.adjacent == Word::OTHER && self.last == Word::OTHER;
        if !is_passed_over(class) || first {
            self.before = self.last;
            self.last = class;
            self.odd_regional = class == Word::REGIONAL && !self.odd_regional;
        }
        self.adjacent = class;
    }
}
