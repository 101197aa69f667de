//! The lines of WebVTT: blocks separated by empty lines, whose first line says what they are.
//!
//! Follows the W3C specification as browsers do: a block without a timing is not shown.

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
    /// After a cue's name; a timing should follow.
    Named,
    Cue,
    Note,
    /// Styles, regions, and blocks that are not cues.
    Ignored,
}

impl VttParser {
    pub(super) fn line(&mut self, line: &str, buffer: &mut TextBuffer) {
        if line.trim().is_empty() {
            return self.end_block(buffer);
        }
        match *self {
            Self::Header | Self::Between | Self::Named | Self::Ignored if is_timing(line.trim()) => {
                *self = Self::Cue;
            }
            Self::Between => *self = Self::begin(line, buffer),
            Self::Named => *self = Self::Ignored,
            Self::Cue => push_line(buffer, Region::Body, &plain_text(line, TagDialect::Vtt)),
            Self::Note => push_line(buffer, Region::Comments, line),
            Self::Header | Self::Ignored => {}
        }
    }

    fn begin(line: &str, buffer: &mut TextBuffer) -> Self {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "NOTE" => {
                push_line(
                    buffer,
                    Region::Comments,
                    line.trim_start().strip_prefix("NOTE").unwrap_or_default(),
                );
                Self::Note
            }
            "STYLE" | "REGION" if line.trim() == word => Self::Ignored,
            _ => Self::Named,
        }
    }

    fn end_block(&mut self, buffer: &mut TextBuffer) {
        match *self {
            Self::Cue => end_paragraph(buffer, Region::Body),
            Self::Note => end_paragraph(buffer, Region::Comments),
            _ => {}
        }
        *self = Self::Between;
    }
}
