//! Characters at places to words and lines.
//!
//! A PDF document says where each character stands and seldom where a word ends. A gap of a tenth of the type's size
//! is a space, another line is a line break. A word that a hyphen divides at the end of a line is put together again
//! if it goes on in lower case, as a reader does. Knows no objects and no fonts.

use hayro_font::kurbo::{Point, Vec2};

use super::fonts::Characters;
use crate::region::Region;
use crate::sink::Sink;

/// A wider gap between two characters is a space; in parts of the type's size, as the following.
const SPACE: f64 = 0.1;
/// Going back further on the same line is another column.
const COLUMN: f64 = 3.0;
/// Higher or lower than this is off the line, as are superscripts less.
const OFF_LINE: f64 = 0.5;
/// From here on it is another line though the text goes on to the right.
const LINE: f64 = 1.5;
/// From here on it is another paragraph.
const PARAGRAPH: f64 = 1.9;
/// Text is handed on when there is so much of it, in bytes.
const LARGE: usize = 16 * 1024;

/// What separates a character from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    None,
    Space,
    Line,
    Paragraph,
}

/// What was found on a page.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Letters or digits.
    pub(super) text: bool,
    /// Lines, areas, or characters that no font explains.
    pub(super) drawn: bool,
}

/// Pages on their way to the sink.
pub(super) struct Layout<'a, S> {
    sink: &'a mut S,
    text: String,
    seen: Seen,
    /// Something was written at all, so that a break means something.
    begun: bool,
    due: Break,
    last: char,
    /// A hyphen that may be the end of a divided word.
    hyphen: Option<char>,
    /// Where the last character ended, and how large it was.
    place: Option<(Point, f64)>,
}

/// The line that a character stands on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// The direction of writing, of length 1.
    pub(super) forward: Vec2,
    /// The type's size.
    pub(super) size: f64,
}

impl<'a, S: Sink> Layout<'a, S> {
    pub(super) fn new(sink: &'a mut S) -> Self {
        Self {
            sink,
            text: String::new(),
            seen: Seen::default(),
            begun: false,
            due: Break::None,
            last: ' ',
            hyphen: None,
            place: None,
        }
    }

    /// A page begins.
    pub(super) fn begin(&mut self) {
        self.seen = Seen::default();
        self.place = None;
        self.due = Break::Paragraph;
    }

    /// It has ended, in order or not.
    pub(super) fn end(&mut self) -> Seen {
        if let Some(hyphen) = self.hyphen.take() {
            self.text.push(hyphen);
        }
        self.hand_on();
        self.seen
    }

    /// Something other than text is drawn.
    pub(super) const fn drawn(&mut self) {
        self.seen.drawn = true;
    }

    /// What a code stands for is written from here to there; without a line, nobody knows where.
    #[inline]
    pub(super) fn show(&mut self, characters: &Characters, line: Option<Line>, from: Point, to: Point) {
        if let Some(line) = line {
            if let Some((place, size)) = self.place {
                self.widen(break_between(from - place, line.forward, line.size.max(size)));
            }
            self.place = Some((to, line.size));
        }
        match characters {
            Characters::Unknown => self.drawn(),
            Characters::One(character) => self.character(*character),
            Characters::Several(characters) => {
                characters.chars().for_each(|character| self.character(character));
            }
        }
    }

    fn hand_on(&mut self) {
        if !self.text.is_empty() {
            self.sink.text(Region::Body, &self.text);
            self.text.clear();
        }
    }

    fn widen(&mut self, due: Break) {
        self.due = self.due.max(due);
    }

    fn character(&mut self, character: char) {
        if character.is_whitespace() && character != '\u{A0}' {
            return self.widen(Break::Space);
        }
        if character.is_control() {
            return;
        }
        self.seen.text |= character.is_alphanumeric();
        let due = std::mem::replace(&mut self.due, Break::None);
        self.write_break(due, character);
        if matches!(character, '-' | '\u{AD}' | '\u{2010}') {
            self.hyphen = Some(character);
        } else {
            self.write(character);
        }
        self.begun = true;
    }

    /// Writes what separates `next` from the text before it, and the hyphen that was held back.
    fn write_break(&mut self, due: Break, next: char) {
        if let Some(hyphen) = self.hyphen.take() {
            if due == Break::Line && self.last.is_alphabetic() && next.is_lowercase() {
                return;
            }
            self.write(hyphen);
        }
        if !self.begun {
            return;
        }
        match due {
            Break::None => {}
            Break::Space => self.write(' '),
            Break::Line => self.write('\n'),
            Break::Paragraph => {
                self.write('\n');
                self.write('\n');
            }
        }
    }

    fn write(&mut self, character: char) {
        self.last = character;
        match ligature(character) {
            Some(letters) => self.text.push_str(letters),
            None => self.text.push(character),
        }
        if self.text.len() >= LARGE {
            self.hand_on();
        }
    }
}

/// The letters of a sign that type setters use for several.
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

/// What the way from one character's end to the next one's start says. `forward` is the direction of writing.
fn break_between(way: Vec2, forward: Vec2, size: f64) -> Break {
    let along = way.dot(forward);
    let across = way.cross(forward).abs();
    if across > PARAGRAPH * size {
        Break::Paragraph
    } else if across > LINE * size || (across > OFF_LINE * size && along < 0.0) {
        Break::Line
    } else if along > SPACE * size || along < -COLUMN * size {
        Break::Space
    } else {
        Break::None
    }
}
