//! Subtitles to text: what a viewer reads, cue by cue.
//!
//! The text of a cue is body text, one paragraph per cue. Numbers, names, timings, settings, styles and tags are not
//! text. Notes to other editors of the file are comments.

mod ass;
mod markup;
mod srt;
mod vtt;

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::line_splitter::LineSplitter;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};
use ass::AssParser;
use srt::SrtParser;
use vtt::VttParser;

#[derive(Debug)]
pub(crate) struct SubtitleReader {
    lines: LineSplitter,
    format: SubtitleFormat,
    buffer: TextBuffer,
}

#[derive(Debug)]
enum SubtitleFormat {
    Srt(SrtParser),
    Vtt(VttParser),
    Ass(AssParser),
}

impl SubtitleReader {
    /// A reader for SubRip.
    pub(crate) fn srt(limits: Limits) -> Self {
        Self::new(limits, SubtitleFormat::Srt(SrtParser::default()))
    }

    /// A reader for WebVTT.
    pub(crate) fn vtt(limits: Limits) -> Self {
        Self::new(limits, SubtitleFormat::Vtt(VttParser::default()))
    }

    /// A reader for SubStation Alpha.
    pub(crate) fn ass(limits: Limits) -> Self {
        Self::new(limits, SubtitleFormat::Ass(AssParser::default()))
    }

    fn new(limits: Limits, format: SubtitleFormat) -> Self {
        let lines = LineSplitter::new(limits.line_bytes, "a line of the subtitles");
        Self { lines, format, buffer: TextBuffer::new(Region::Body) }
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, format, buffer } = self;
        lines.push(text, |line| {
            format.line(line, buffer);
            Ok(())
        })?;
        buffer.drain(sink);
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        let Self { lines, format, buffer } = self;
        lines.finish(|line| {
            format.line(line, buffer);
            Ok(())
        })?;
        if let SubtitleFormat::Srt(srt) = format {
            srt.finish(buffer);
        }
        buffer.drain(sink);
        Ok(())
    }
}

impl SubtitleFormat {
    fn line(&mut self, line: &str, buffer: &mut TextBuffer) {
        match self {
            Self::Srt(srt) => srt.line(line, buffer),
            Self::Vtt(vtt) => vtt.line(line, buffer),
            Self::Ass(ass) => ass.line(line, buffer),
        }
    }
}

/// Whether the line is the timing of a cue: `00:00:01,000 --> 00:00:02,000`, perhaps with settings after it.
fn is_timing(line: &str) -> bool {
    let Some((from, to)) = line.split_once("-->") else { return false };
    let is_time = |time: &str| {
        let time = time.trim_matches(is_invisible);
        time.contains(':')
            && time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b',' | b'.' | b' '))
    };
    is_time(from.trim()) && is_time(to.split_whitespace().next().unwrap_or_default())
}

/// Whether the character is a byte order mark or a mark of direction or joining. Editors write them before numbers and
/// timings, and files that were joined have them in the middle.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
}

/// Adds a line to a region.
fn push_line(buffer: &mut TextBuffer, region: Region, line: &str) {
    buffer.set_region(Some(region), WhiteSpace::Collapse);
    buffer.push(line);
    buffer.separate(Separator::Line);
}

fn end_paragraph(buffer: &mut TextBuffer, region: Region) {
    buffer.set_region(Some(region), WhiteSpace::Collapse);
    buffer.separate(Separator::Paragraph);
}

#[cfg(test)]
mod tests;
