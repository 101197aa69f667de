//! The lines of WebVTT: blocks, whose first line says what they are.
//!
//! Follows "collect a WebVTT block" of the W3C specification, as browsers do. Only an empty line ends a block; a line of
//! white space does not. A line with `-->` begins a cue, with or without an empty line before it. A block without a
//! valid timing is not shown.

use super::markup::{TagDialect, plain_text};
use super::{end_paragraph, is_timing, push_line};
use crate::region::Region;
use crate::text_buffer::TextBuffer;

/// The block that the next line belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum VttParser {
    /// The first line of the file and the lines right after it.
    #[default]
    Header,
    Between,
    Cue,
    Note,
    /// Styles, regions, a cue's name, and blocks that are not cues.
    Ignored,
}

impl VttParser {
    pub(super) fn line(&mut self, line: &str, buffer: &mut TextBuffer) {
        if line.is_empty() {
            return self.end_block(buffer);
        }
        if line.contains("-->") {
            self.end_block(buffer);
            *self = if is_timing(line.trim()) { Self::Cue } else { Self::Ignored };
            return;
        }
        let is_blank = line.trim().is_empty();
        match *self {
            Self::Between => *self = Self::begin(line, buffer),
            Self::Cue if !is_blank => push_line(buffer, Region::Body, &plain_text(line, TagDialect::Vtt)),
            Self::Note if !is_blank => push_line(buffer, Region::Comments, line),
            Self::Cue | Self::Note | Self::Header | Self::Ignored => {}
        }
    }

    fn begin(line: &str, buffer: &mut TextBuffer) -> Self {
        match line.strip_prefix("NOTE") {
            Some(note) if note.is_empty() || note.starts_with([' ', '\t']) => {
                push_line(buffer, Region::Comments, note);
                Self::Note
            }
            _ => Self::Ignored,
        }
    }

    fn end_block(&mut self, buffer: &mut TextBuffer) {
        match *self {
            Self::Cue => end_paragraph(buffer, Region::Body),
            Self::Note => end_paragraph(buffer, Region::Comments),
            Self::Header | Self::Between | Self::Ignored => {}
        }
        *self = Self::Between;
    }
}
