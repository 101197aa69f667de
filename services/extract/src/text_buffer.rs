//! Collects the text of a document as a reader sees it: white space collapsed, blocks separated, one text per region.
//!
//! Knows regions and white space, but neither HTML tags nor Markdown syntax.
//!
//! A border between two blocks becomes one newline, a border between two paragraphs an empty line. It is written only
//! when more text follows in the same region. So no region's text starts with a separator, and only preformatted text
//! ends with a newline.

use crate::region::Region;
use crate::sink::Sink;

/// What separates the next text of a region from its last, weakest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Separator {
    /// The border of an inline element.
    #[default]
    None,
    Space,
    /// The border of a block, a cell, a list item or a `<br>`: one newline.
    Line,
    /// The border of a paragraph, a heading, a list, a table or a region: an empty line.
    Paragraph,
}

impl Separator {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Space => " ",
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        }
    }
}

/// How white space is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhiteSpace {
    /// A run becomes one space.
    Collapse,
    /// It stays as it is; every kind of line end becomes `"\n"`.
    Preserve,
}

/// What is known about the end of a region's text.
#[derive(Debug, Clone, Copy, Default)]
struct RegionState {
    pending: Separator,
    has_text: bool,
    /// The pending separator comes from a `<br>`; a second `<br>` makes an empty line.
    after_line_break: bool,
    /// The last character was a carriage return, written as a newline. A newline right after it is dropped.
    after_carriage_return: bool,
    /// Preformatted text ended with a newline.
    ends_line: bool,
}

/// A place in the buffer, and how far its region was.
#[derive(Debug)]
pub(crate) struct BufferMark {
    segments: usize,
    text: usize,
    state: RegionState,
}

/// Text that is not yet given to the sink.
#[derive(Debug)]
pub(crate) struct TextBuffer {
    text: String,
    /// The bytes that were given to the sink.
    drained: usize,
    /// The region of each segment of `text`, and where the segment ends.
    segments: Vec<(Region, usize)>,
    /// The region of the text after the last segment.
    current: Region,
    states: [RegionState; Region::ALL.len()],
    region: Option<Region>,
    white_space: WhiteSpace,
    /// Drops a newline that comes next, as after `<pre>`.
    skips_newline: bool,
}

impl TextBuffer {
    pub(crate) fn new(region: Region) -> Self {
        Self {
            text: String::new(),
            drained: 0,
            segments: Vec::new(),
            current: region,
            states: [RegionState::default(); Region::ALL.len()],
            region: Some(region),
            white_space: WhiteSpace::Collapse,
            skips_newline: false,
        }
    }

    /// Sets whether a newline that comes next is dropped.
    pub(crate) fn skip_newline(&mut self, skips: bool) {
        self.skips_newline = skips;
    }

    /// Sets the region of the text that follows (`None` drops it), and how its white space is treated.
    pub(crate) fn set_region(&mut self, region: Option<Region>, white_space: WhiteSpace) {
        self.region = region;
        self.white_space = white_space;
    }

    /// Adds text to the current region.
    pub(crate) fn push(&mut self, text: &str) {
        match (self.region, self.white_space) {
            (None, _) => {}
            (Some(region), WhiteSpace::Collapse) => self.push_collapsed(region, text),
            (Some(region), WhiteSpace::Preserve) => self.push_preserved(region, text),
        }
    }

    /// Adds text to the current region and preserves its white space, whatever the current setting is.
    pub(crate) fn push_verbatim(&mut self, text: &str) {
        if let Some(region) = self.region {
            self.push_preserved(region, text);
        }
    }

    /// Adds one line of text to another region. The current region stays.
    pub(crate) fn push_into(&mut self, region: Region, text: &str) {
        self.require(region, Separator::Line);
        self.push_collapsed(region, text);
        self.require(region, Separator::Line);
    }

    /// Puts at least this separator before the next text of the current region.
    pub(crate) fn separate(&mut self, separator: Separator) {
        if let Some(region) = self.region {
            self.require(region, separator);
        }
    }

    /// Adds a `<br>`. Two in a row make an empty line.
    pub(crate) fn line_break(&mut self) {
        let Some(region) = self.region else { return };
        if self.white_space == WhiteSpace::Preserve {
            return self.push_preserved(region, "\n");
        }
        let again = self.states[region as usize].after_line_break;
        self.require(region, if again { Separator::Paragraph } else { Separator::Line });
        self.states[region as usize].after_line_break = true;
    }

    /// Gives the collected text to the sink.
    pub(crate) fn drain(&mut self, sink: &mut impl Sink) {
        self.end_segment();
        let mut start = 0;
        for (region, end) in self.segments.drain(..) {
            sink.text(region, &self.text[start..end]);
            start = end;
        }
        self.drained += self.text.len();
        self.text.clear();
    }

    /// How many bytes were written so far, in all regions.
    pub(crate) const fn position(&self) -> usize {
        self.drained + self.text.len()
    }

    /// Gives the collected text to the sink if there is much of it.
    pub(crate) fn drain_if_large(&mut self, sink: &mut impl Sink) {
        const LARGE_BYTES: usize = 16 * 1024;
        if self.text.len() >= LARGE_BYTES {
            self.drain(sink);
        }
    }

    /// Whether there is so much text that it must go to the sink.
    pub(crate) fn is_very_large(&self) -> bool {
        const VERY_LARGE_BYTES: usize = 1024 * 1024;
        self.text.len() >= VERY_LARGE_BYTES
    }

    /// Marks the end of the text so far, which belongs to `region`.
    pub(crate) fn mark(&mut self, region: Option<Region>) -> BufferMark {
        self.end_segment();
        let state = region.map_or_else(RegionState::default, |region| self.states[region as usize]);
        BufferMark { segments: self.segments.len(), text: self.text.len(), state }
    }

    /// Moves the text of a region that came after a mark to another region, as a paragraph. Nothing was given to the sink
    /// since then.
    pub(crate) fn move_text_since(&mut self, mark: &BufferMark, from: Region, to: Region) {
        self.end_segment();
        let mut start = mark.text;
        let (mut kept, mut moved) = (String::new(), String::new());
        let mut kept_segments = Vec::new();
        for (region, end) in self.segments.drain(mark.segments..) {
            let text = &self.text[start..end];
            start = end;
            if region == from {
                moved.push_str(text);
            } else {
                kept.push_str(text);
                kept_segments.push((region, mark.text + kept.len()));
            }
        }
        self.text.truncate(mark.text);
        self.text.push_str(&kept);
        self.segments.extend(kept_segments);
        self.states[from as usize] = mark.state;
        self.require(to, Separator::Paragraph);
        self.push_collapsed(to, moved.trim_start());
    }

    fn require(&mut self, region: Region, separator: Separator) {
        let state = &mut self.states[region as usize];
        state.pending = state.pending.max(separator);
    }

    fn push_collapsed(&mut self, region: Region, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            let start = at + bytes[at..].iter().take_while(|byte| is_space(**byte)).count();
            if start > at {
                self.require(region, Separator::Space);
            }
            if start == bytes.len() {
                return;
            }
            at = collapsed_end(bytes, start);
            self.begin(region);
            self.text.push_str(&text[start..at]);
        }
    }

    fn push_preserved(&mut self, region: Region, text: &str) {
        let (rest, ends_with_return) = self.without_skipped(region, text);
        if !text.is_empty() {
            self.states[region as usize].after_carriage_return = ends_with_return;
        }
        if rest.is_empty() {
            return;
        }
        self.begin(region);
        let mut rest = rest;
        while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
            self.text.push_str(&rest[..at]);
            self.text.push('\n');
            rest = rest[at + 1..].strip_prefix('\n').unwrap_or(&rest[at + 1..]);
        }
        self.text.push_str(rest);
        let state = &mut self.states[region as usize];
        state.after_carriage_return = ends_with_return;
        state.ends_line = text.ends_with(['\n', '\r']);
    }

    /// The text without a leading newline that must be dropped, and whether it ends with a carriage return.
    fn without_skipped<'a>(&mut self, region: Region, text: &'a str) -> (&'a str, bool) {
        let mut rest = text;
        let mut after_return = self.states[region as usize].after_carriage_return;
        if !text.is_empty() && std::mem::take(&mut self.skips_newline) {
            rest = text.strip_prefix(['\n', '\r']).unwrap_or(text);
            after_return = text.starts_with('\r');
        }
        if after_return {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
        (rest, text.ends_with('\r'))
    }

    /// Writes the separator that is due before more text of a region.
    fn begin(&mut self, region: Region) {
        if self.current != region {
            self.end_segment();
            self.current = region;
        }
        let state = &mut self.states[region as usize];
        let before = std::mem::replace(state, RegionState { has_text: true, ..RegionState::default() });
        if before.has_text {
            // Preformatted text already wrote the newline at its end.
            let separator = before.pending.as_str();
            self.text.push_str(if before.ends_line {
                separator.strip_prefix(['\n', ' ']).unwrap_or(separator)
            } else {
                separator
            });
        }
    }

    fn end_segment(&mut self) {
        if self.text.len() > self.segments.last().map_or(0, |(_, end)| *end) {
            self.segments.push((self.current, self.text.len()));
        }
    }
}

/// Whether HTML treats the byte as white space. A no-break space is an ordinary character.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0x0C)
}

/// Where the text from `start` stops being its own collapsed form: at any white space but a single space.
fn collapsed_end(bytes: &[u8], start: usize) -> usize {
    const STRIDE: usize = 16;
    let mut at = start;
    // Whole strides first, without a branch per byte, so that the compiler can use vector instructions.
    while let Some(pair) = bytes.get(at..at + STRIDE + 1) {
        let found = (0..STRIDE).fold(false, |found, index| found | collapses(pair[index], pair[index + 1]));
        if found {
            break;
        }
        at += STRIDE;
    }
    while at + 1 < bytes.len() {
        if collapses(bytes[at], bytes[at + 1]) {
            return at + usize::from(!is_space(bytes[at]));
        }
        at += 1;
    }
    bytes.len() - usize::from(is_space(bytes[bytes.len() - 1]))
}

/// Whether white space other than one space before something else may start here. Control characters also match: that
/// is faster to test, and they are rare.
const fn collapses(byte: u8, next: u8) -> bool {
    (byte < b' ') | ((byte == b' ') & (next <= b' '))
}

#[cfg(test)]
mod tests;
