//! The lines of SubRip, a format without a specification: number, timing, text, an empty line.
//!
//! Real files break all of these rules. So a line is text unless it is certainly not: a timing, or a number right
//! before a timing.

use super::markup::{TagDialect, plain_text};
use super::{end_paragraph, is_invisible, is_timing, push_line};
use crate::region::Region;
use crate::text_buffer::TextBuffer;

#[derive(Debug, Default)]
pub(super) struct SrtParser {
    /// A line that is a cue's number if a timing follows, and text otherwise.
    number: Option<String>,
}

impl SrtParser {
    pub(super) fn line(&mut self, line: &str, buffer: &mut TextBuffer) {
        let line = line.trim();
        if is_timing(line) {
            self.number = None;
            return end_paragraph(buffer, Region::Body);
        }
        self.finish(buffer);
        let visible =
            line.trim_matches(|character: char| is_invisible(character) || character.is_whitespace());
        if !visible.is_empty() && visible.bytes().all(|byte| byte.is_ascii_digit()) {
            self.number = Some(line.to_owned());
        } else if !visible.is_empty() {
            push_line(buffer, Region::Body, &plain_text(line, TagDialect::Srt));
        }
    }

    /// A number without a timing after it was text.
    pub(super) fn finish(&mut self, buffer: &mut TextBuffer) {
        if let Some(text) = self.number.take() {
            push_line(buffer, Region::Body, &text);
        }
    }
}
