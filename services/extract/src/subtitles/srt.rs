//! The lines of SubRip's format, which nobody ever wrote down: number, timing, text, an empty line.
//!
//! Files break every one of these rules, so a line is text unless it is beyond doubt none: a timing, or a number with
//! a timing right behind it.

use super::markup::{Dialect, plain};
use super::{end, is_timing, say};
use crate::flow::Flow;
use crate::region::Region;

/// What is known between two lines.
#[derive(Debug, Default)]
pub(super) struct Srt {
    /// A line that is a cue's number if a timing follows, and its text if none does.
    number: Option<String>,
}

impl Srt {
    pub(super) fn line(&mut self, line: &str, flow: &mut Flow) {
        let line = line.trim();
        if is_timing(line) {
            self.number = None;
            return end(flow, Region::Body);
        }
        self.finish(flow);
        if !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) {
            self.number = Some(line.to_owned());
        } else if !line.is_empty() {
            say(flow, Region::Body, &plain(line, Dialect::Srt));
        }
    }

    /// A number that no timing followed was text.
    pub(super) fn finish(&mut self, flow: &mut Flow) {
        if let Some(text) = self.number.take() {
            say(flow, Region::Body, &text);
        }
    }
}
