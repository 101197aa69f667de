//! PO (GNU gettext) to text: translators bill the source text, entry by entry.
//!
//! | in the file | region |
//! |---|---|
//! | `msgid`, `msgid_plural` | body |
//! | `msgstr`, `msgstr[0]` … | translation |
//! | `#` and `#.` comments, `msgctxt` | comments |
//!
//! The plural counts besides the singular, because a translator reads both. `pocount` of the Translate Toolkit counts
//! the same way. Every entry counts, translated or not. Left out: the header entry (its `msgid` is empty), obsolete
//! entries (`#~`), references to code, flags, and previous sources (`#|`).

mod quoted;

use encoding_rs::{Encoding, UTF_8};

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::line_splitter::LineSplitter;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};
use quoted::unquoted;

#[derive(Debug)]
pub(crate) struct PoReader {
    lines: LineSplitter,
    entries: PoEntries,
}

#[derive(Debug)]
struct PoEntries {
    buffer: TextBuffer,
    /// The field that the next strings belong to.
    field: PoField,
    /// Whether the entry has a source text or a context. Otherwise it is the header.
    sourced: bool,
    /// The charset that the header declares. Escapes may stand for its bytes.
    charset: &'static Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PoField {
    /// Before the first field of an entry.
    None,
    Context,
    Source,
    Target,
}

impl PoReader {
    pub(crate) fn new(limits: Limits) -> Self {
        let buffer = TextBuffer::new(Region::Body);
        let entries = PoEntries { buffer, field: PoField::None, sourced: false, charset: UTF_8 };
        Self { lines: LineSplitter::new(limits.line_bytes, "a line of the PO file"), entries }
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, entries } = self;
        lines.push(text, |line| {
            entries.line(line.trim());
            Ok(())
        })?;
        entries.buffer.drain(sink);
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, entries } = self;
        lines.finish(|line| {
            entries.line(line.trim());
            Ok(())
        })?;
        entries.buffer.drain(sink);
        Ok(())
    }
}

impl PoEntries {
    fn line(&mut self, line: &str) {
        if let Some(comment) = line.strip_prefix('#') {
            return self.comment(comment);
        }
        if line.starts_with('"') {
            return self.string(line);
        }
        let (keyword, string) = line.split_at(line.find([' ', '\t', '"']).unwrap_or(line.len()));
        let field = match keyword {
            "msgctxt" => PoField::Context,
            "msgid" | "msgid_plural" => PoField::Source,
            _ if keyword.starts_with("msgstr") => PoField::Target,
            _ => return,
        };
        // A source after a target starts another entry, with or without an empty line between them.
        if field == PoField::Context || (keyword == "msgid" && self.field != PoField::Context) {
            self.sourced = false;
        }
        self.field = field;
        for region in [Region::Body, Region::Translation, Region::Comments] {
            self.buffer.set_region(Some(region), WhiteSpace::Preserve);
            self.buffer.separate(Separator::Paragraph);
        }
        self.string(string.trim_start());
    }

    fn comment(&mut self, comment: &str) {
        if comment.starts_with(['~', ':', ',', '|', '=']) {
            return;
        }
        let text = comment.strip_prefix('.').unwrap_or(comment);
        self.buffer.set_region(Some(Region::Comments), WhiteSpace::Collapse);
        self.buffer.separate(Separator::Line);
        self.buffer.push(text);
        self.buffer.separate(Separator::Line);
    }

    /// Adds a string to the current field.
    fn string(&mut self, string: &str) {
        let text = unquoted(string, self.charset);
        let region = match self.field {
            PoField::Context => Region::Comments,
            PoField::Source => Region::Body,
            PoField::Target if self.sourced => Region::Translation,
            PoField::Target => {
                self.charset = charset_of_header(&text).unwrap_or(self.charset);
                return;
            }
            PoField::None => return,
        };
        self.sourced |= self.field == PoField::Context || !text.is_empty();
        self.buffer.set_region(Some(region), WhiteSpace::Preserve);
        self.buffer.push(&text);
    }
}

/// The charset in a field of the header entry, such as `Content-Type: text/plain; charset=UTF-8`.
fn charset_of_header(field: &str) -> Option<&'static Encoding> {
    let (_, label) = field.split_once("charset=")?;
    Encoding::for_label(label.split([';', ' ', '\n']).next()?.as_bytes())
}

#[cfg(test)]
mod tests;
