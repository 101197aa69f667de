//! Everything that is counted character by character: the words of `wc`, `office`, `libreoffice`,
//! `cat` and `ascii`, the characters of `gmx`, characters, graphemes, lines and paragraphs.
//!
//! Runs of ASCII go by whole blocks, everything else by the packed classes. Carries on across
//! clusters of any size, so these figures do not depend on where a long cluster was cut.

mod ascii_masks;
mod lazy_dfa;
mod libre_office;
mod line_counter;
mod piece_counter;

pub(crate) use ascii_masks::odd_bytes;
pub(crate) use line_counter::LineCounter;

use crate::byte_block::ByteBlock;
use crate::grapheme::GraphemeCounter;
use crate::properties::{CharProperties, GraphemeClass, OfficeClass, PropertyTable, WcClass};
use ascii_masks::AsciiMasks;
use lazy_dfa::LazyDfa;
use libre_office::LibreOfficeCounter;
use piece_counter::PieceCounter;

/// Bytes gone through one by one before it is worth to remember what they do.
const FEW: usize = 2048;
/// Bytes gone through one by one where no run of plain ASCII is near.
const STRETCH: usize = 1024;

/// Counts text.
#[derive(Debug)]
pub(crate) struct Measures {
    figures: MeasureState,
    memo: Option<Box<LazyDfa>>,
    /// Bytes gone through one by one.
    singly: usize,
}

/// The running figures, and what of the text before them they go on from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MeasureState {
    pub(crate) characters: u64,
    pub(crate) spaces: u64,
    pub(crate) wc_words: u64,
    pub(crate) office_words: u64,
    pub(crate) writer: LibreOfficeCounter,
    pub(crate) pieces: PieceCounter,
    pub(crate) graphemes: GraphemeCounter,
    pub(crate) lines: LineCounter,
    in_wc_word: bool,
    /// What stood last, to a word processor: a mark goes with it.
    office_last: u32,
}

impl Measures {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self { figures: MeasureState::new(), memo: None, singly: 0 }
    }

    /// What was counted.
    pub(crate) const fn figures(&self) -> &MeasureState {
        &self.figures
    }

    /// Counts the next piece of the text, which starts where the last one ended.
    pub(crate) fn take(&mut self, table: &PropertyTable, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let lanes = ByteBlock::first_or_all(&bytes[at..]);
            let odd = odd_bytes(lanes);
            let few = before_long_run(!odd);
            let len = (odd.trailing_zeros() as usize).min(bytes.len() - at);
            if few == 0 && len > 1 && self.figures.writer.takes_blocks() {
                self.figures.take_block(&AsciiMasks::read(lanes, len), bytes[at], bytes[at + len - 1]);
                at += len;
            } else {
                let few = if few < ByteBlock::LEN { few.max(1) } else { STRETCH };
                at = self.take_singly(table, text, at, few);
            }
        }
    }

    /// Counts `few` bytes of characters from `at` on one by one, and the rest of the last; returns where they end.
    fn take_singly(&mut self, table: &PropertyTable, text: &str, at: usize, few: usize) -> usize {
        self.singly = self.singly.saturating_add(few);
        if self.singly < FEW {
            return self.figures.take_characters(table, text, at, few);
        }
        let memo = self.memo.get_or_insert_default();
        let part = &text[at..text.ceil_char_boundary((at + few).min(text.len()))];
        memo.take(&mut self.figures, table, part);
        at + part.len()
    }
}

impl MeasureState {
    /// Nothing yet.
    const fn new() -> Self {
        Self {
            characters: 0,
            spaces: 0,
            wc_words: 0,
            office_words: 0,
            writer: LibreOfficeCounter::new(),
            pieces: PieceCounter::new(),
            graphemes: GraphemeCounter::new(),
            lines: LineCounter::new(),
            in_wc_word: false,
            office_last: OfficeClass::SPACE,
        }
    }

    /// The numbers that are counted up.
    fn counts(&mut self) -> [&mut u64; lazy_dfa::COUNTS] {
        let [paragraphs, feeds] = self.lines.counts();
        [
            &mut self.characters,
            &mut self.spaces,
            &mut self.wc_words,
            &mut self.office_words,
            &mut self.writer.words,
            &mut self.pieces.cat_words,
            &mut self.pieces.ascii_words,
            &mut self.pieces.billed,
            self.graphemes.clusters_mut(),
            paragraphs,
            feeds,
        ]
    }

    /// Counts `few` bytes of characters from `at` on, and the rest of the last; returns where they end.
    ///
    /// Behind a letter, another letter only adds to the counts: such runs are added up together.
    fn take_characters(&mut self, table: &PropertyTable, text: &str, at: usize, few: usize) -> usize {
        let mut next = at;
        let mut last = None;
        let (mut plain, mut alone) = (0, 0);
        for character in text[at..].chars() {
            let properties = table.get(character);
            let measured = properties.measure_bits();
            if last == Some(measured) && measured.is_plain() {
                plain += 1;
            } else if last == Some(measured) && measured.is_alone() {
                alone += 1;
            } else {
                self.take_one(character, properties);
            }
            last = Some(measured);
            next += character.len_utf8();
            if next >= at + few {
                break;
            }
        }
        self.characters += plain + alone;
        self.graphemes.add(plain + alone);
        self.office_words += alone;
        self.writer.add(alone);
        self.pieces.add(plain, alone);
        next
    }

    fn take_one(&mut self, character: char, properties: CharProperties) {
        self.characters += 1;
        self.spaces += u64::from(properties.is_white_space());
        self.graphemes.step(properties.grapheme());
        self.take_wc(properties.wc());
        self.take_office(properties.office());
        self.writer.step(properties.libre_office());
        self.pieces.step(character, properties);
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
            WcClass::WORD => {
                self.wc_words += u64::from(!self.in_wc_word);
                self.in_wc_word = true;
            }
            WcClass::SPACE => self.in_wc_word = false,
            _ => {}
        }
    }

    fn take_office(&mut self, class: u32) {
        match class {
            OfficeClass::RUN => self.office_words += u64::from(self.office_last != OfficeClass::RUN),
            OfficeClass::ALONE => self.office_words += 1,
            OfficeClass::MARK if self.office_last == OfficeClass::SPACE => {
                self.office_words += 1;
                self.office_last = OfficeClass::RUN;
                return;
            }
            OfficeClass::MARK => return,
            _ => {}
        }
        self.office_last = class;
    }

    /// Counts a block of ASCII without control characters other than white space, given its first and
    /// last byte.
    fn take_block(&mut self, block: &AsciiMasks, first_byte: u8, last_byte: u8) {
        let words = block.shown;
        let starts = u64::from((words & !(words << 1)).count_ones());
        let starts_inside = words & 1 != 0;
        let ends_inside = block.last(words);
        self.characters += u64::from(block.len);
        self.spaces += u64::from(block.len - words.count_ones());
        self.wc_words += starts - u64::from(starts_inside && self.in_wc_word);
        self.in_wc_word = ends_inside;
        let in_run = self.office_last == OfficeClass::RUN;
        self.office_words += starts - u64::from(starts_inside && in_run);
        self.office_last = if ends_inside { OfficeClass::RUN } else { OfficeClass::SPACE };
        self.graphemes.step(ascii_grapheme(first_byte));
        let joined = u64::from((block.feeds & (block.returns << 1)).count_ones());
        self.graphemes.skip(u64::from(block.len) - 1, joined, ascii_grapheme(last_byte));
        self.lines.take_block(words, block.feeds, block.len);
        self.writer.take_block(block);
        self.pieces.take_block(block);
    }
}

/// Where the first ones are that are worth a block of their own; 64 where there are none.
const fn before_long_run(plain: u64) -> usize {
    let two = plain & plain >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    (eight & eight >> 8).trailing_zeros() as usize
}

/// ASCII white space with the vertical tab, which is what every definition breaks at.
pub(crate) const fn is_space(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

const fn ascii_grapheme(byte: u8) -> u32 {
    match byte {
        b'\r' => GraphemeClass::CR,
        b'\n' => GraphemeClass::LF,
        0..=0x1F | 0x7F => GraphemeClass::CONTROL,
        _ => GraphemeClass::OTHER,
    }
}
