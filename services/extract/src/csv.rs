//! CSV and TSV to text: every cell is text, and separators and row ends separate words.
//!
//! Reads RFC 4180 as programs write it. A quoted cell may hold separators and newlines, and two quotation marks in it
//! stand for one. The separator is detected from the first row unless the format fixes it.

use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, TextBuffer};

/// How many bytes of the first row are examined.
const SAMPLE_BYTES: usize = 4096;

#[derive(Debug)]
pub(crate) struct CsvReader {
    buffer: TextBuffer,
    state: CsvState,
    separator: Option<u8>,
    /// The start of the table, kept until the separator is known.
    head: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CsvState {
    CellStart,
    Unquoted,
    Quoted,
    /// After a quotation mark in a quoted cell: the end of the quoted part, or the first of two marks.
    AfterQuote,
}

impl CsvReader {
    /// A table whose separator is detected.
    pub(crate) fn new() -> Self {
        Self::with_separator(None)
    }

    /// A table whose cells are separated by tabs.
    pub(crate) fn with_tabs() -> Self {
        Self::with_separator(Some(b'\t'))
    }

    fn with_separator(separator: Option<u8>) -> Self {
        Self {
            buffer: TextBuffer::new(Region::Body),
            state: CsvState::CellStart,
            separator,
            head: String::new(),
        }
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) {
        match self.separator {
            Some(separator) => self.read(text, separator),
            None => {
                self.head.push_str(text);
                if self.head.len() >= SAMPLE_BYTES {
                    self.detect_separator();
                }
            }
        }
        self.buffer.drain(sink);
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) {
        if self.separator.is_none() {
            self.detect_separator();
        }
        self.buffer.drain(sink);
    }

    fn detect_separator(&mut self) {
        let head = std::mem::take(&mut self.head);
        // Excel declares the separator in a first line that is not a row.
        let declared =
            head.strip_prefix("sep=").and_then(|rest| rest.bytes().next()).filter(u8::is_ascii_punctuation);
        let separator =
            declared.unwrap_or_else(|| separator_of(&head[..head.floor_char_boundary(SAMPLE_BYTES)]));
        self.separator = Some(separator);
        self.read(declared.map_or(head.as_str(), |_| &head[5..]), separator);
    }

    fn read(&mut self, text: &str, separator: u8) {
        let mut rest = text;
        while !rest.is_empty() {
            let length = match self.state {
                CsvState::CellStart => self.start(rest, separator),
                CsvState::Unquoted => self.unquoted(rest, separator),
                CsvState::Quoted => self.quoted(rest),
                CsvState::AfterQuote => self.after_quote(rest),
            };
            rest = &rest[length..];
        }
    }

    fn start(&mut self, rest: &str, separator: u8) -> usize {
        match rest.as_bytes()[0] {
            b'"' => {
                self.state = CsvState::Quoted;
                1
            }
            byte if byte == separator || byte == b'\n' || byte == b'\r' => self.end_cell(byte),
            _ => {
                self.state = CsvState::Unquoted;
                0
            }
        }
    }

    fn unquoted(&mut self, rest: &str, separator: u8) -> usize {
        let Some(at) = memchr::memchr3(separator, b'\n', b'\r', rest.as_bytes()) else {
            self.buffer.push(rest);
            return rest.len();
        };
        self.buffer.push(&rest[..at]);
        at + self.end_cell(rest.as_bytes()[at])
    }

    fn quoted(&mut self, rest: &str) -> usize {
        let Some(at) = memchr::memchr(b'"', rest.as_bytes()) else {
            self.buffer.push_verbatim(rest);
            return rest.len();
        };
        self.buffer.push_verbatim(&rest[..at]);
        self.state = CsvState::AfterQuote;
        at + 1
    }

    fn after_quote(&mut self, rest: &str) -> usize {
        if rest.starts_with('"') {
            self.buffer.push("\"");
            self.state = CsvState::Quoted;
            return 1;
        }
        self.state = CsvState::Unquoted;
        0
    }

    /// Ends a cell, and its row if `byte` is a line end.
    fn end_cell(&mut self, byte: u8) -> usize {
        self.buffer.separate(if byte == b'\n' || byte == b'\r' { Separator::Line } else { Separator::Space });
        self.state = CsvState::CellStart;
        1
    }
}

/// The separator that is most frequent in the first row outside quotation marks.
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
    // Of equally frequent separators the first wins, so a comma wins over all others.
    let most = seen.iter().copied().max().unwrap_or(0);
    SEPARATORS[seen.iter().position(|count| *count == most).unwrap_or(0)]
}

#[cfg(test)]
mod tests;
