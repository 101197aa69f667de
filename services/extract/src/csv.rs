//! Tables of values to text: every cell is text, cells and rows keep words apart.
//!
//! RFC 4180 as programs write it: quotation marks around a cell may hold separators and newlines, two of them in it
//! stand for one. Which separator is used is seen in the first row, unless the format says it.

use crate::flow::{Flow, Gap};
use crate::region::Region;
use crate::sink::Sink;

/// How much of the first row is looked at, in bytes.
const LOOKED_AT: usize = 4096;

/// A table that is being read.
#[derive(Debug)]
pub(crate) struct Csv {
    flow: Flow,
    state: State,
    separator: Option<u8>,
    /// The start of the table, until the separator is known.
    head: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a cell.
    Start,
    Bare,
    Quoted,
    /// Behind a quotation mark in a quoted cell: its end, or the first of two.
    Quote,
}

impl Csv {
    /// A table whose separator is found out.
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    /// A table whose cells are separated by tabs.
    pub(crate) fn of_tabs() -> Self {
        Self::with(Some(b'\t'))
    }

    fn with(separator: Option<u8>) -> Self {
        Self { flow: Flow::new(Region::Body), state: State::Start, separator, head: String::new() }
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) {
        match self.separator {
            Some(separator) => self.read(text, separator),
            None => {
                self.head.push_str(text);
                if self.head.len() >= LOOKED_AT {
                    self.decide();
                }
            }
        }
        self.flow.drain(sink);
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) {
        if self.separator.is_none() {
            self.decide();
        }
        self.flow.drain(sink);
    }

    fn decide(&mut self) {
        let head = std::mem::take(&mut self.head);
        // Excel's own way to say it, in a line that is no row.
        let said =
            head.strip_prefix("sep=").and_then(|rest| rest.bytes().next()).filter(u8::is_ascii_punctuation);
        let separator = said.unwrap_or_else(|| separator_of(&head[..head.floor_char_boundary(LOOKED_AT)]));
        self.separator = Some(separator);
        self.read(said.map_or(head.as_str(), |_| &head[5..]), separator);
    }

    fn read(&mut self, text: &str, separator: u8) {
        let mut rest = text;
        while !rest.is_empty() {
            let length = match self.state {
                State::Start => self.start(rest, separator),
                State::Bare => self.bare(rest, separator),
                State::Quoted => self.quoted(rest),
                State::Quote => self.quote(rest),
            };
            rest = &rest[length..];
        }
    }

    fn start(&mut self, rest: &str, separator: u8) -> usize {
        match rest.as_bytes()[0] {
            b'"' => {
                self.state = State::Quoted;
                1
            }
            byte if byte == separator || byte == b'\n' || byte == b'\r' => self.end(byte),
            _ => {
                self.state = State::Bare;
                0
            }
        }
    }

    fn bare(&mut self, rest: &str, separator: u8) -> usize {
        let Some(at) = memchr::memchr3(separator, b'\n', b'\r', rest.as_bytes()) else {
            self.flow.text(rest);
            return rest.len();
        };
        self.flow.text(&rest[..at]);
        at + self.end(rest.as_bytes()[at])
    }

    fn quoted(&mut self, rest: &str) -> usize {
        let Some(at) = memchr::memchr(b'"', rest.as_bytes()) else {
            self.flow.verbatim(rest);
            return rest.len();
        };
        self.flow.verbatim(&rest[..at]);
        self.state = State::Quote;
        at + 1
    }

    fn quote(&mut self, rest: &str) -> usize {
        if rest.starts_with('"') {
            self.flow.text("\"");
            self.state = State::Quoted;
            return 1;
        }
        self.state = State::Bare;
        0
    }

    /// The end of a cell, which may be that of its row.
    fn end(&mut self, byte: u8) -> usize {
        self.flow.gap(if byte == b'\n' || byte == b'\r' { Gap::Line } else { Gap::Space });
        self.state = State::Start;
        1
    }
}

/// The separator that the first row has most of, outside quotation marks.
fn separator_of(head: &str) -> u8 {
    const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut seen = [0usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in head.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => {
                if let Some(which) = SEPARATORS.iter().position(|one| *one == byte) {
                    seen[which] += 1;
                }
            }
            _ => {}
        }
    }
    // The first of those with as many, a comma before all others.
    let most = seen.iter().copied().max().unwrap_or(0);
    SEPARATORS[seen.iter().position(|count| *count == most).unwrap_or(0)]
}

#[cfg(test)]
mod tests;
