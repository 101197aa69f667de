//! The lines of WebVTT: blocks with an empty line between them, the first line saying what a block is.
//!
//! Follows the W3C's WebVTT as browsers do: a block without a timing is none, and its lines are not shown.

use super::markup::{Dialect, plain};
use super::{end, is_timing, say};
use crate::flow::Flow;
use crate::region::Region;

/// What the block is that the next line belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vtt {
    /// The file's first line and what stands right below it.
    #[default]
    Header,
    /// Between two blocks.
    Between,
    /// A cue's name was read; its timing should follow.
    Named,
    Cue,
    Note,
    /// Styles, regions, and blocks that are no cues.
    Ignored,
}

impl Vtt {
    pub(super) fn line(&mut self, line: &str, flow: &mut Flow) {
        if line.trim().is_empty() {
            return self.end(flow);
        }
        match *self {
            Self::Header | Self::Between | Self::Named | Self::Ignored if is_timing(line.trim()) => {
                *self = Self::Cue;
            }
            Self::Between => *self = Self::begin(line, flow),
            Self::Named => *self = Self::Ignored,
            Self::Cue => say(flow, Region::Body, &plain(line, Dialect::Vtt)),
            Self::Note => say(flow, Region::Comments, line),
            Self::Header | Self::Ignored => {}
        }
    }

    fn begin(line: &str, flow: &mut Flow) -> Self {
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "NOTE" => {
                say(flow, Region::Comments, line.trim_start().strip_prefix("NOTE").unwrap_or_default());
                Self::Note
            }
            "STYLE" | "REGION" if line.trim() == word => Self::Ignored,
            _ => Self::Named,
        }
    }

    fn end(&mut self, flow: &mut Flow) {
        match *self {
            Self::Cue => end(flow, Region::Body),
            Self::Note => end(flow, Region::Comments),
            _ => {}
        }
        *self = Self::Between;
    }
}
