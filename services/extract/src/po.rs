//! Catalogues of GNU gettext to text: what a translator bills is the source, entry by entry.
//!
//! | in the file | region |
//! |---|---|
//! | `msgid`, `msgid_plural` | body |
//! | `msgstr`, `msgstr[0]` … | translation |
//! | `#` and `#.` comments, `msgctxt` | comments |
//!
//! The plural counts beside the singular, because both are read to translate either (as `pocount` of the Translate
//! Toolkit counts). Every entry counts, whether it is translated or not. Left out: the header entry (the one whose
//! `msgid` is empty), entries that are obsolete (`#~`), references to code, flags and previous sources (`#|`).

mod quoted;

use crate::failure::ExtractError;
use crate::flow::{Flow, Gap, Space};
use crate::limits::Limits;
use crate::lines::Lines;
use crate::region::Region;
use crate::sink::Sink;
use quoted::unquoted;

/// A catalogue that is being read.
#[derive(Debug)]
pub(crate) struct Po {
    lines: Lines,
    entries: Entries,
}

#[derive(Debug)]
struct Entries {
    flow: Flow,
    /// What the strings of the lines that follow are.
    field: Field,
    /// The entry's source has text, or a context: it is not the header.
    sourced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// Before the first field of an entry.
    None,
    Context,
    Source,
    Target,
}

impl Po {
    pub(crate) fn new(limits: Limits) -> Self {
        let entries = Entries { flow: Flow::new(Region::Body), field: Field::None, sourced: false };
        Self { lines: Lines::new(limits.line_bytes, "a line of the PO file"), entries }
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, entries } = self;
        lines.push(text, |line| {
            entries.line(line.trim());
            Ok(())
        })?;
        entries.flow.drain(sink);
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, entries } = self;
        lines.finish(|line| {
            entries.line(line.trim());
            Ok(())
        })?;
        entries.flow.drain(sink);
        Ok(())
    }
}

impl Entries {
    fn line(&mut self, line: &str) {
        if let Some(comment) = line.strip_prefix('#') {
            return self.comment(comment);
        }
        if line.starts_with('"') {
            return self.string(line);
        }
        let (keyword, string) = line.split_at(line.find([' ', '\t', '"']).unwrap_or(line.len()));
        let field = match keyword {
            "msgctxt" => Field::Context,
            "msgid" | "msgid_plural" => Field::Source,
            _ if keyword.starts_with("msgstr") => Field::Target,
            _ => return,
        };
        // A source behind a target begins another entry, with or without an empty line between them.
        if field == Field::Context || (keyword == "msgid" && self.field != Field::Context) {
            self.sourced = false;
        }
        self.field = field;
        for region in [Region::Body, Region::Translation, Region::Comments] {
            self.flow.go(Some(region), Space::Kept);
            self.flow.gap(Gap::Paragraph);
        }
        self.string(string.trim_start());
    }

    fn comment(&mut self, comment: &str) {
        if comment.starts_with(['~', ':', ',', '|', '=']) {
            return;
        }
        let said = comment.strip_prefix('.').unwrap_or(comment);
        self.flow.go(Some(Region::Comments), Space::Collapsed);
        self.flow.gap(Gap::Line);
        self.flow.text(said);
        self.flow.gap(Gap::Line);
    }

    /// A string of the field that was named last.
    fn string(&mut self, string: &str) {
        let text = unquoted(string);
        let region = match self.field {
            Field::Context => Region::Comments,
            Field::Source => Region::Body,
            Field::Target if self.sourced => Region::Translation,
            Field::Target | Field::None => return,
        };
        self.sourced |= self.field == Field::Context || !text.is_empty();
        self.flow.go(Some(region), Space::Kept);
        self.flow.text(&text);
    }
}

#[cfg(test)]
mod tests;
