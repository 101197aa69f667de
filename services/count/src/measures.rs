//! Everything that is counted character by character: `wc` and `office` words, characters,
//! graphemes, lines and paragraphs.
//!
//! Runs of ASCII go by whole blocks, everything else by the packed classes. Carries on across
//! clusters of any size, so these figures do not depend on where a long cluster was cut.

mod lines;

pub(crate) use lines::Lines;

use crate::grapheme::GraphemeCounter;
use crate::properties::{Grapheme, Measured, Office, Properties, Table, Wc};

/// Bytes looked at together.
const BLOCK: usize = 64;
/// Bytes gone through one by one before a block is tried again.
const STRETCH: usize = 96;

/// The running figures.
#[derive(Debug, Clone)]
pub(crate) struct Measures {
    pub(crate) characters: u64,
    pub(crate) spaces: u64,
    pub(crate) wc_words: u64,
    pub(crate) office_words: u64,
    pub(crate) graphemes: GraphemeCounter,
    pub(crate) lines: Lines,
    in_wc_word: bool,
    /// What stood last, to a word processor: a mark goes with it.
    office_last: u32,
}

impl Measures {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self {
            characters: 0,
            spaces: 0,
            wc_words: 0,
            office_words: 0,
            graphemes: GraphemeCounter::new(),
            lines: Lines::new(),
            in_wc_word: false,
            office_last: Office::SPACE,
        }
    }

    /// Counts the next piece of the text, which starts where the last one ended.
    pub(crate) fn take(&mut self, table: &Table, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match Block::read(&bytes[at..]) {
                Some(block) => {
                    self.take_block(&block);
                    at += BLOCK;
                }
                None => at = self.take_characters(table, text, at),
            }
        }
    }

    /// Counts characters one by one from `at` until a block's length is passed; returns where.
    ///
    /// Behind a letter, another letter only adds to the counts: such runs are added up together.
    fn take_characters(&mut self, table: &Table, text: &str, at: usize) -> usize {
        let mut next = at;
        let mut last = None;
        let (mut plain, mut alone) = (0, 0);
        for character in text[at..].chars() {
            let properties = table.get(character);
            let measured = properties.measured();
            if last == Some(measured) && measured == Measured::PLAIN {
                plain += 1;
            } else if last == Some(measured) && measured == Measured::ALONE {
                alone += 1;
            } else {
                self.take_one(character, properties);
            }
            last = Some(measured);
            next += character.len_utf8();
            if next >= at + STRETCH {
                break;
            }
        }
        self.characters += plain + alone;
        self.graphemes.add(plain + alone);
        self.office_words += alone;
        next
    }

    fn take_one(&mut self, character: char, properties: Properties) {
        self.characters += 1;
        self.spaces += u64::from(properties.is_white_space());
        self.graphemes.step(properties.grapheme());
        self.take_wc(properties.wc());
        self.take_office(properties.office());
        if character == '\n' {
            self.lines.feed();
        } else if properties.is_white_space() {
            self.lines.space();
        } else {
            self.lines.visible();
        }
    }

    fn take_wc(&mut self, class: u32) {
        match class {
            Wc::WORD => {
                self.wc_words += u64::from(!self.in_wc_word);
                self.in_wc_word = true;
            }
            Wc::SPACE => self.in_wc_word = false,
            _ => {}
        }
    }

    fn take_office(&mut self, class: u32) {
        match class {
            Office::RUN => self.office_words += u64::from(self.office_last != Office::RUN),
            Office::ALONE => self.office_words += 1,
            Office::MARK if self.office_last == Office::SPACE => {
                self.office_words += 1;
                self.office_last = Office::RUN;
                return;
            }
            Office::MARK => return,
            _ => {}
        }
        self.office_last = class;
    }

    /// Counts a block of ASCII without control characters other than white space.
    fn take_block(&mut self, block: &Block) {
        let (first, last) = (1, 1 << (BLOCK - 1));
        let words = !block.spaces;
        let starts = u64::from((words & !(words << 1)).count_ones());
        let starts_inside = words & first != 0;
        self.characters += BLOCK as u64;
        self.spaces += u64::from(block.spaces.count_ones());
        self.wc_words += starts - u64::from(starts_inside && self.in_wc_word);
        self.in_wc_word = words & last != 0;
        let in_run = self.office_last == Office::RUN;
        self.office_words += starts - u64::from(starts_inside && in_run);
        self.office_last = if words & last != 0 { Office::RUN } else { Office::SPACE };
        self.graphemes.step(ascii_grapheme(block.first));
        let joined = u64::from((block.feeds & (block.returns << 1)).count_ones());
        self.graphemes.skip(BLOCK as u64 - 1, joined, ascii_grapheme(block.last));
        self.lines.take_block(words, block.feeds);
    }
}

/// Where things stand in a block of plain ASCII: a bit for each byte, the first the lowest.
pub(crate) struct Block {
    spaces: u64,
    feeds: u64,
    returns: u64,
    first: u8,
    last: u8,
}

impl Block {
    /// Bytes of a block.
    pub(crate) const LEN: usize = BLOCK;

    /// Where white space stands in the block that `bytes` starts with; `None` as for `read`.
    pub(crate) fn read_spaces(bytes: &[u8]) -> Option<u64> {
        let bytes: &[u8; BLOCK] = bytes.first_chunk()?;
        (!holds(bytes, is_odd)).then(|| bits(bytes, is_space))
    }

    /// Reads the block that `bytes` starts with; `None` if it is too short or holds anything but
    /// printable ASCII and white space.
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; BLOCK] = bytes.first_chunk()?;
        if holds(bytes, is_odd) {
            return None;
        }
        let is_return = |byte| byte == b'\r';
        Some(Self {
            spaces: bits(bytes, is_space),
            feeds: bits(bytes, |byte| byte == b'\n'),
            returns: if holds(bytes, is_return) { bits(bytes, is_return) } else { 0 },
            first: bytes[0],
            last: bytes[BLOCK - 1],
        })
    }
}

/// Whether any byte is so; written so that the compiler makes vector code of it.
fn holds(bytes: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(0, |any, &byte| any | u8::from(is(byte))) != 0
}

/// A bit for each byte that is so, the first the lowest.
fn bits(bytes: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    /// Gathers the lowest bits of eight bytes in the highest byte of the product.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let flags = bytes.map(|byte| u8::from(is(byte)));
    let (eights, _) = flags.as_chunks::<8>();
    let gathered = eights.iter().map(|&eight| u64::from_le_bytes(eight).wrapping_mul(GATHER) >> 56);
    gathered.rev().fold(0, |bits, eight| bits << 8 | eight)
}

/// Whether a byte is neither printable ASCII nor white space.
const fn is_odd(byte: u8) -> bool {
    byte.wrapping_sub(0x20) > 0x5E && !is_space(byte)
}

/// ASCII white space with the vertical tab, which is what every definition breaks at.
pub(crate) const fn is_space(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

const fn ascii_grapheme(byte: u8) -> u32 {
    match byte {
        b'\r' => Grapheme::CR,
        b'\n' => Grapheme::LF,
        0..=0x1F | 0x7F => Grapheme::CONTROL,
        _ => Grapheme::OTHER,
    }
}
