//! Subtitles to text: what a viewer reads, cue by cue.
//!
//! Cue text is the body; a cue is a paragraph of lines. Numbers, names and timings of cues, settings, styles and tags
//! are no text. Notes to other people who work on the file are comments.

mod markup;
mod srt;
mod vtt;

use crate::failure::ExtractError;
use crate::flow::{Flow, Gap, Space};
use crate::limits::Limits;
use crate::lines::Lines;
use crate::region::Region;
use crate::sink::Sink;
use srt::Srt;
use vtt::Vtt;

/// Subtitles that are being read.
#[derive(Debug)]
pub(crate) struct Subtitles {
    lines: Lines,
    rules: Rules,
    flow: Flow,
}

#[derive(Debug)]
enum Rules {
    Srt(Srt),
    Vtt(Vtt),
}

impl Subtitles {
    /// Subtitles in SubRip's format.
    pub(crate) fn srt(limits: Limits) -> Self {
        Self::new(limits, Rules::Srt(Srt::default()))
    }

    /// Subtitles in WebVTT.
    pub(crate) fn vtt(limits: Limits) -> Self {
        Self::new(limits, Rules::Vtt(Vtt::default()))
    }

    fn new(limits: Limits, rules: Rules) -> Self {
        let lines = Lines::new(limits.line_bytes, "a line of the subtitles");
        Self { lines, rules, flow: Flow::new(Region::Body) }
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, rules, flow } = self;
        lines.push(text, |line| {
            rules.line(line, flow);
            Ok(())
        })?;
        flow.drain(sink);
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, rules, flow } = self;
        lines.finish(|line| {
            rules.line(line, flow);
            Ok(())
        })?;
        if let Rules::Srt(srt) = rules {
            srt.finish(flow);
        }
        flow.drain(sink);
        Ok(())
    }
}

impl Rules {
    fn line(&mut self, line: &str, flow: &mut Flow) {
        match self {
            Self::Srt(srt) => srt.line(line, flow),
            Self::Vtt(vtt) => vtt.line(line, flow),
        }
    }
}

/// Whether a line says when a cue is shown: `00:00:01,000 --> 00:00:02,000` and what may stand behind it.
fn is_timing(line: &str) -> bool {
    let Some((from, to)) = line.split_once("-->") else { return false };
    let is_time = |time: &str| {
        time.contains(':')
            && time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b',' | b'.' | b' '))
    };
    is_time(from.trim()) && is_time(to.split_whitespace().next().unwrap_or_default())
}

/// A line of a region's text.
fn say(flow: &mut Flow, region: Region, line: &str) {
    flow.go(Some(region), Space::Collapsed);
    flow.text(line);
    flow.gap(Gap::Line);
}

/// The end of a region's paragraph.
fn end(flow: &mut Flow, region: Region) {
    flow.go(Some(region), Space::Collapsed);
    flow.gap(Gap::Paragraph);
}

#[cfg(test)]
mod tests;
