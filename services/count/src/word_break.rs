//! Finds the end of a segment by the word boundary rules of UAX #29.
//!
//! The rules never look before a boundary, so each segment can be found on its own.

#[cfg(test)]
mod tests;

use crate::properties::{CharProperties, KeyNeeds, PropertyTable, WordClass};

/// One segment between two word boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Byte offset in the text.
    pub(crate) end: usize,
    /// Number of letters and numbers. A segment with at least one is a word.
    pub(crate) letters: u64,
    /// Index of the script of the first letter or number.
    pub(crate) script: usize,
    /// Whether it is a word that has only marks and characters of scripts divided by dictionary.
    pub(crate) by_dictionary: bool,
    pub(crate) needs: KeyNeeds,
}

/// The classes that join each other whatever the context, as bits.
const LETTERS: u32 = 1 << WordClass::LETTER | 1 << WordClass::HEBREW | 1 << WordClass::NUMERIC;

const fn is_letter(class: u32) -> bool {
    matches!(class, WordClass::LETTER | WordClass::HEBREW)
}

/// `Extend`, `Format` and `ZWJ`, which rule WB4 ignores.
const fn is_ignored(class: u32) -> bool {
    matches!(class, WordClass::EXTEND | WordClass::ZWJ | WordClass::FORMAT)
}

/// `MidNumLet` and the apostrophe.
const fn is_mid_either(class: u32) -> bool {
    matches!(class, WordClass::MID_NUM_LET | WordClass::SINGLE_QUOTE)
}

/// The segment that starts at byte `start` of `text`, which must be a boundary before the end. `visit` is
/// called with each of its characters.
pub(crate) fn segment(
    table: &PropertyTable,
    text: &str,
    start: usize,
    mut visit: impl FnMut(CharProperties),
) -> Segment {
    let mut contents = SegmentContents::default();
    let mut state = WordBreakState::default();
    for (offset, character) in text[start..].char_indices() {
        let (properties, at) = (table.get(character), start + offset);
        if state.is_in_letters(properties) {
            state.push_letter(properties);
            contents.push(properties);
            visit(properties);
            continue;
        }
        let after = || class_after(table, &text[at + character.len_utf8()..]);
        if offset > 0 && !state.continues_with(properties, after) {
            return contents.segment(at);
        }
        state.push(properties);
        contents.push(properties);
        visit(properties);
    }
    contents.segment(text.len())
}

/// The class of the first character of `text` that WB4 does not ignore.
fn class_after(table: &PropertyTable, text: &str) -> u32 {
    let mut classes = text.chars().map(|c| table.get(c).word());
    classes.find(|&class| !is_ignored(class)).unwrap_or(WordClass::OTHER)
}

/// The contents of a segment so far.
#[derive(Default)]
struct SegmentContents {
    letters: u64,
    script: usize,
    has_other_scripts: bool,
    needs: KeyNeeds,
}

impl SegmentContents {
    fn push(&mut self, properties: CharProperties) {
        if properties.is_alphanumeric() && self.letters == 0 {
            self.script = properties.script();
        }
        self.letters += u64::from(properties.is_alphanumeric());
        self.has_other_scripts |= !(properties.is_by_dictionary() || properties.attaches());
        self.needs = self.needs.followed_by(properties.key_needs());
    }

    const fn segment(&self, end: usize) -> Segment {
        let by_dictionary = self.letters > 0 && !self.has_other_scripts;
        let (letters, script, needs) = (self.letters, self.script, self.needs);
        Segment { end, letters, script, by_dictionary, needs }
    }
}

/// What the rules need to know about the segment so far.
#[derive(Default)]
struct WordBreakState {
    /// Class of the last character that WB4 does not ignore.
    last: u32,
    /// Class of the one before `last`. Only valid if `last` is not a letter or digit.
    before: u32,
    /// Class of the last character.
    adjacent: u32,
    /// Whether the segment ends with an odd number of regional indicators.
    odd_regional: bool,
}

impl WordBreakState {
    /// Whether a letter or digit follows another. This is the case for most characters of a text.
    const fn is_in_letters(&self, next: CharProperties) -> bool {
        LETTERS >> self.last & LETTERS >> next.word() & 1 != 0 // WB5, WB8, WB9, WB10
    }

    const fn push_letter(&mut self, properties: CharProperties) {
        self.last = properties.word();
        self.adjacent = self.last;
    }

    /// Whether the segment continues with `next`. `after` returns the class of the character after it;
    /// it is only called if a rule looks that far.
    fn continues_with(&self, next: CharProperties, after: impl Fn() -> u32) -> bool {
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
        is_ignored(class) || self.joins_letters(class, after) // WB4
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

    fn push(&mut self, properties: CharProperties) {
        let class = properties.word();
        let first = self.adjacent == WordClass::OTHER && self.last == WordClass::OTHER;
        if !is_ignored(class) || first {
            self.before = self.last;
            self.last = class;
            self.odd_regional = class == WordClass::REGIONAL && !self.odd_regional;
        }
        self.adjacent = class;
    }
}
