//! The lines of SubStation Alpha (SSA and ASS): sections of fields, of which only the text of events is shown.
//!
//! `Format:` names the fields of `[Events]`. The text is the last one, and only it may contain commas.

use super::{end_paragraph, push_line};
use crate::region::Region;
use crate::text_buffer::TextBuffer;

/// The fields of an event in a file that does not name them.
const FIELDS: usize = 10;

#[derive(Debug)]
pub(super) struct AssParser {
    in_events: bool,
    fields: usize,
}

impl Default for AssParser {
    fn default() -> Self {
        Self { in_events: false, fields: FIELDS }
    }
}

impl AssParser {
    pub(super) fn line(&mut self, line: &str, buffer: &mut TextBuffer) {
        let line = line.trim().trim_start_matches('\u{FEFF}');
        if line.starts_with('[') {
            self.in_events = line.eq_ignore_ascii_case("[events]");
            return;
        }
        let Some((kind, fields)) = line.split_once(':').filter(|_| self.in_events) else { return };
        let region = match kind.trim_end().to_ascii_lowercase().as_str() {
            "dialogue" => Region::Body,
            "comment" => Region::Comments,
            "format" => {
                self.fields = fields.split(',').count();
                return;
            }
            _ => return,
        };
        let Some(text) = fields.splitn(self.fields, ',').nth(self.fields - 1) else { return };
        for line in shown(text).split('\n') {
            push_line(buffer, region, line);
        }
        end_paragraph(buffer, region);
    }
}

/// The text without override blocks, and without the drawings between `{\p1}` and `{\p0}`.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut draws = false;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '\\']) {
        let (before, behind) = rest.split_at(at);
        if !draws {
            shown.push_str(before);
        }
        let block = behind.strip_prefix('{').and_then(|block| block.split_once('}'));
        let escape = behind.as_bytes().get(1).filter(|_| behind.starts_with('\\'));
        rest = match (block, escape) {
            (Some((overrides, after)), _) => {
                draws = drawing(overrides).unwrap_or(draws);
                after
            }
            (None, Some(b'N' | b'n')) => {
                shown.push('\n');
                &behind[2..]
            }
            (None, Some(b'h')) => {
                shown.push('\u{A0}');
                &behind[2..]
            }
            _ => {
                shown.push_str(&behind[..1]);
                &behind[1..]
            }
        };
    }
    if !draws {
        shown.push_str(rest);
    }
    shown
}

/// Whether a drawing follows, by the last `\p` of an override block; `None` if it has none.
fn drawing(overrides: &str) -> Option<bool> {
    let scales = overrides.split('\\').filter_map(|tag| tag.strip_prefix('p'));
    scales.filter_map(|scale| scale.trim().parse::<u32>().ok()).next_back().map(|scale| scale > 0)
}
