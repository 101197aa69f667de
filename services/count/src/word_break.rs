//! UAX #29 word boundaries: where the segment that starts here ends.
//!
//! Knows boundaries and what a segment holds; whether a segment is a word is the definitions' affair.
//! A boundary needs nothing of what stands before it, so every segment can be found on its own.

#[cfg(test)]
mod tests;

use crate::properties::{CharProperties, KeyNeeds, PropertyTable, WordClass};

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
const LETTERS: u32 = 1 << WordClass::LETTER | 1 << WordClass::HEBREW | 1 << WordClass::NUMERIC;

const fn is_letter(class: u32) -> bool {
    matches!(class, WordClass::LETTER | WordClass::HEBREW)
}

/// `Extend`, `Format` and `ZWJ`, which rule WB4 passes over.
const fn is_passed_over(class: u32) -> bool {
    matches!(class, WordClass::EXTEND | WordClass::ZWJ | WordClass::FORMAT)
}

/// `MidNumLet` and the apostrophe.
const fn is_mid_either(class: u32) -> bool {
    matches!(class, WordClass::MID_NUM_LET | WordClass::SINGLE_QUOTE)
}

/// The segment that starts at byte `start` of `text`, a boundary; `seen` is told every character of
/// it in order. `start` must lie before the end of the text.
pub(crate) fn segment(
    table: &PropertyTable,
    text: &str,
    start: usize,
    mut seen: impl FnMut(CharProperties),
) -> Segment {
    let mut found = SegmentContents::default();
    let mut state = WordBreakState::default();
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
fn class_after(table: &PropertyTable, text: &str) -> u32 {
    let mut classes = text.chars().map(|c| table.get(c).word());
    classes.find(|&class| !is_passed_over(class)).unwrap_or(WordClass::OTHER)
}

/// What a segment was found to hold so far.
#[derive(Default)]
struct SegmentContents {
    letters: u64,
    script: usize,
    foreign: bool,
    key: KeyNeeds,
}

impl SegmentContents {
    fn take(&mut self, properties: CharProperties) {
        if properties.is_alphanumeric() && self.letters == 0 {
            self.script = properties.script();
        }
        self.letters += u64::from(properties.is_alphanumeric());
        self.foreign |= !(properties.is_by_dictionary() || properties.attaches());
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
struct WordBreakState {
    /// Class of the last character that was not passed over.
    last: u32,
    /// Class of the one before, when `last` stands between letters or numbers and is no bar.
    before: u32,
    /// Class of the very last character.
    adjacent: u32,
    /// Whether an odd number of regional indicators stands at the end.
    odd_regional: bool,
}

impl WordBreakState {
    /// Whether a letter or digit comes behind another, whatever stands between: most of all text.
    const fn is_in_letters(&self, next: CharProperties) -> bool {
        LETTERS >> self.last & LETTERS >> next.word() & 1 != 0 // WB5, WB8, WB9, WB10
    }

    const fn pass_letter(&mut self, properties: CharProperties) {
        self.last = properties.word();
        self.adjacent = self.last;
    }

    /// Whether the segment goes on with a character of these classes. `after` gives the class of the
    /// one behind it, and is asked only where a rule looks that far.
    fn holds(&self, next: CharProperties, after: impl Fn() -> u32) -> bool {
        let class = next.word();
        if matches!(self.adjacent, WordClass::CR | WordClass::LF | WordClass::NEWLINE) {
            return self.adjacent == WordClass::CR && class == WordClass::LF; // WB3, WB3a
        }
        if matches!(class, WordClass::CR | WordClass::LF | WordClass::NEWLINE) {
            return false; // WB3b
        }
        if self.adjacent == WordClass::ZWJ && next.is_pictographic() {
            return true; // WB3c
        }
        if self.adjacent == WordClass::SPACE && class == WordClass::SPACE {
            return true; // WB3d
        }
        is_passed_over(class) || self.joins_letters(class, after) // WB4
    }

    /// Rules WB5 to WB16.
    fn joins_letters(&self, class: u32, after: impl Fn() -> u32) -> bool {
        match self.last {
            WordClass::LETTER | WordClass::HEBREW => match class {
                WordClass::LETTER | WordClass::HEBREW | WordClass::NUMERIC | WordClass::CONNECTOR => true,
                WordClass::SINGLE_QUOTE if self.last == WordClass::HEBREW => true, // WB7a
                WordClass::DOUBLE_QUOTE => self.last == WordClass::HEBREW && after() == WordClass::HEBREW, // WB7b
                WordClass::MID_LETTER | WordClass::MID_NUM_LET | WordClass::SINGLE_QUOTE => {
                    is_letter(after())
                }
                _ => false,
            },
            WordClass::NUMERIC => match class {
                WordClass::LETTER | WordClass::HEBREW | WordClass::NUMERIC | WordClass::CONNECTOR => true,
                WordClass::MID_NUM | WordClass::MID_NUM_LET | WordClass::SINGLE_QUOTE => {
                    after() == WordClass::NUMERIC
                }
                _ => false,
            },
            WordClass::KATAKANA => matches!(class, WordClass::KATAKANA | WordClass::CONNECTOR),
            WordClass::CONNECTOR => matches!(
                class,
                WordClass::LETTER
                    | WordClass::HEBREW
                    | WordClass::NUMERIC
                    | WordClass::KATAKANA
                    | WordClass::CONNECTOR
            ),
            WordClass::REGIONAL => class == WordClass::REGIONAL && self.odd_regional, // WB15, WB16
            WordClass::MID_LETTER => is_letter(self.before) && is_letter(class),      // WB7
            WordClass::MID_NUM => self.before == WordClass::NUMERIC && class == WordClass::NUMERIC, // WB11
            WordClass::DOUBLE_QUOTE => self.before == WordClass::HEBREW && class == WordClass::HEBREW, // WB7c
            mid if is_mid_either(mid) => {
                is_letter(self.before) && is_letter(class)
                    || self.before == WordClass::NUMERIC && class == WordClass::NUMERIC
            }
            _ => false,
        }
    }

    fn pass(&mut self, properties: CharProperties) {
        let class = properties.word();
        let first = self.adjacent == WordClass::OTHER && self.last == WordClass::OTHER;
        if !is_passed_over(class) || first {
            self.before = self.last;
            self.last = class;
            self.odd_regional = class == WordClass::REGIONAL && !self.odd_regional;
        }
        self.adjacent = class;
    }
}
