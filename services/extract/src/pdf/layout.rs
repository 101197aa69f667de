//! Turns positioned characters into words and lines.
//!
//! A PDF document positions characters and rarely says where words end. A gap of a tenth of the font size is a space,
//! and another baseline is a line break. A word hyphenated at the end of a line is joined if it continues in lower
//! case. Text that is drawn twice at the same place counts once. Knows no objects and no fonts.

use hayro_font::kurbo::{Point, Vec2};

use super::drawn_text::DrawnText;
use super::fonts::GlyphText;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::Separator;

/// The gap that makes a space. This and the following are in units of the font size.
const SPACE_GAP: f64 = 0.1;
/// Moving back further than this on the same line starts another column.
const COLUMN_STEP: f64 = 3.0;
/// An offset from the baseline above this leaves the line; superscripts stay below it.
const OFF_LINE: f64 = 0.5;
/// From this offset it is another line, even if the text continues to the right.
const LINE_STEP: f64 = 1.5;
/// From this offset it is another paragraph.
const PARAGRAPH_STEP: f64 = 1.9;
/// How much text is collected before it goes to the sink.
const FLUSH_BYTES: usize = 16 * 1024;

/// What a page shows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PageSummary {
    /// How many letters and digits.
    pub(super) characters: u64,
    /// Lines, areas, or characters that the font does not explain.
    pub(super) drawn: bool,
}

/// Writes the text of the pages to the sink.
pub(super) struct Layout<'a, S> {
    sink: &'a mut S,
    text: String,
    summary: PageSummary,
    /// Whether any text was written. Before that, separators are dropped.
    has_text: bool,
    due: Separator,
    last: char,
    /// A hyphen that may divide a word at the end of a line.
    hyphen: Option<char>,
    /// Where the last character ended, and its font size.
    position: Option<(Point, f64)>,
    drawn_text: DrawnText,
}

/// The line that a character is on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Baseline {
    /// The direction of writing, of length 1.
    pub(super) forward: Vec2,
    /// The font size.
    pub(super) size: f64,
}

impl<'a, S: Sink> Layout<'a, S> {
    pub(super) fn new(sink: &'a mut S) -> Self {
        Self {
            sink,
            text: String::new(),
            summary: PageSummary::default(),
            has_text: false,
            due: Separator::None,
            last: ' ',
            hyphen: None,
            position: None,
            drawn_text: DrawnText::default(),
        }
    }

    pub(super) fn begin_page(&mut self) {
        self.summary = PageSummary::default();
        self.drawn_text.begin_page();
        self.begin_paragraph();
    }

    /// Separates what follows from the text so far, wherever it is shown.
    pub(super) fn begin_paragraph(&mut self) {
        self.position = None;
        self.due = Separator::Paragraph;
    }

    pub(super) const fn summary(&self) -> PageSummary {
        self.summary
    }

    /// Adds text that the document holds without a position, as a paragraph of its own.
    pub(super) fn show_text(&mut self, text: &str) {
        self.begin_paragraph();
        for character in text.chars() {
            match character {
                '\r' | '\n' => self.require(Separator::Line),
                character => self.push_char(character),
            }
        }
        self.begin_paragraph();
    }

    /// Ends a page, whether it was read completely or not.
    pub(super) fn end_page(&mut self) -> PageSummary {
        if let Some(hyphen) = self.hyphen.take() {
            self.text.push(hyphen);
        }
        self.flush();
        self.summary
    }

    /// Records that the page shows something other than text.
    pub(super) const fn mark_drawn(&mut self) {
        self.summary.drawn = true;
    }

    /// Adds the characters of a code, shown between two points. Without a baseline its position is unknown.
    #[inline]
    pub(super) fn show_glyph(
        &mut self,
        characters: &GlyphText,
        baseline: Option<Baseline>,
        from: Point,
        to: Point,
    ) {
        if let Some(baseline) = baseline {
            if self.repeats(characters, baseline, from, to) {
                return;
            }
            if let Some((position, size)) = self.position {
                self.require(separator_between(from - position, baseline.forward, baseline.size.max(size)));
            }
            self.position = Some((to, baseline.size));
        }
        match characters {
            GlyphText::Unknown => self.mark_drawn(),
            GlyphText::One(character) => self.push_char(*character),
            GlyphText::Several(characters) => {
                characters.chars().for_each(|character| self.push_char(character));
            }
        }
    }

    fn repeats(&mut self, characters: &GlyphText, baseline: Baseline, from: Point, to: Point) -> bool {
        let first = match characters {
            GlyphText::Unknown => return false,
            GlyphText::One(character) => Some(*character),
            GlyphText::Several(characters) => characters.chars().next(),
        };
        first.is_some_and(|first| self.drawn_text.repeats(first, baseline, from, to))
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.sink.text(Region::Body, &self.text);
            self.text.clear();
        }
    }

    fn require(&mut self, due: Separator) {
        self.due = self.due.max(due);
    }

    fn push_char(&mut self, character: char) {
        if character.is_whitespace() && character != '\u{A0}' {
            return self.require(Separator::Space);
        }
        if character.is_control() {
            return;
        }
        self.summary.characters += u64::from(character.is_alphanumeric());
        let due = std::mem::replace(&mut self.due, Separator::None);
        self.write_separator(due, character);
        if matches!(character, '-' | '\u{AD}' | '\u{2010}') {
            self.hyphen = Some(character);
        } else {
            self.write(character);
        }
        self.has_text = true;
    }

    /// Writes the separator before `next`, after the hyphen that was held back.
    fn write_separator(&mut self, due: Separator, next: char) {
        if let Some(hyphen) = self.hyphen.take() {
            if due == Separator::Line && self.last.is_alphabetic() && next.is_lowercase() {
                return;
            }
            self.write(hyphen);
        }
        if !self.has_text {
            return;
        }
        due.as_str().chars().for_each(|character| self.write(character));
    }

    fn write(&mut self, character: char) {
        self.last = character;
        match ligature(character) {
            Some(letters) => self.text.push_str(letters),
            None => self.text.push(character),
        }
        if self.text.len() >= FLUSH_BYTES {
            self.flush();
        }
    }
}

/// The letters of a ligature.
fn ligature(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{FB00}' => "ff",
        '\u{FB01}' => "fi",
        '\u{FB02}' => "fl",
        '\u{FB03}' => "ffi",
        '\u{FB04}' => "ffl",
        '\u{FB05}' | '\u{FB06}' => "st",
        _ => return None,
    })
}

/// The separator between two characters. `way` leads from the end of the first to the start of the second.
fn separator_between(way: Vec2, forward: Vec2, size: f64) -> Separator {
    let along = way.dot(forward);
    let across = way.cross(forward).abs();
    if across > PARAGRAPH_STEP * size {
        Separator::Paragraph
    } else if across > LINE_STEP * size || (across > OFF_LINE * size && along < 0.0) {
        Separator::Line
    } else if along > SPACE_GAP * size || along < -COLUMN_STEP * size {
        Separator::Space
    } else {
        Separator::None
    }
}
