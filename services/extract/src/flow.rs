//! Puts text together as a reader sees it: white space collapsed, blocks apart, each region a text of its own.
//!
//! Knows regions and white space; nothing of tags or of Markdown's marks.
//!
//! A border between two blocks is one newline, between two paragraphs an empty line. It is written only once more
//! text follows in the same region, so no region's text starts with one, and only preformatted text ends with one.

use crate::region::Region;
use crate::sink::Sink;

/// What separates the next text of a region from its last, the stronger the later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    /// Nothing: an inline element's border.
    #[default]
    None,
    /// A space.
    Space,
    /// The border of a block, a cell, a list item or a `<br>`.
    Line,
    /// The border of a paragraph, a heading, a list, a table or a region.
    Paragraph,
}

impl Gap {
    const fn as_str(self) -> &'static str {
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
pub(crate) enum Space {
    /// A run of it is one space.
    Collapsed,
    /// It stays, with newlines as `"\n"`.
    Kept,
}

#[derive(Debug, Clone, Copy, Default)]
struct Stream {
    gap: Gap,
    begun: bool,
    /// The gap is a `<br>`'s: another one makes an empty line.
    broken: bool,
    /// The last character was a carriage return that became a newline: a newline behind it is the same one.
    returned: bool,
    /// The last character was a newline of preformatted text.
    ends_line: bool,
}

/// Text that was found and not yet given to the sink.
#[derive(Debug)]
pub(crate) struct Flow {
    text: String,
    /// Where the pieces in `text` end and which region each belongs to.
    cuts: Vec<(Region, usize)>,
    /// The region of the text behind the last cut.
    writing: Region,
    streams: [Stream; Region::ALL.len()],
    place: Option<Region>,
    space: Space,
    /// A newline that comes next is no text: the one behind `<pre>`.
    skips_newline: bool,
}

impl Flow {
    pub(crate) fn new(place: Region) -> Self {
        Self {
            text: String::new(),
            cuts: Vec::new(),
            writing: place,
            streams: [Stream::default(); Region::ALL.len()],
            place: Some(place),
            space: Space::Collapsed,
            skips_newline: false,
        }
    }

    /// Whether a newline that comes next is left out.
    pub(crate) fn skip_newline(&mut self, skips: bool) {
        self.skips_newline = skips;
    }

    /// Where text goes from now on (`None`: nowhere), and how its white space is treated.
    pub(crate) fn go(&mut self, place: Option<Region>, space: Space) {
        self.place = place;
        self.space = space;
    }

    /// Text of the current place.
    pub(crate) fn text(&mut self, text: &str) {
        match (self.place, self.space) {
            (None, _) => {}
            (Some(region), Space::Collapsed) => self.collapsed(region, text),
            (Some(region), Space::Kept) => self.kept(region, text),
        }
    }

    /// The same with its white space kept, however that of the current place is treated.
    pub(crate) fn verbatim(&mut self, text: &str) {
        if let Some(region) = self.place {
            self.kept(region, text);
        }
    }

    /// One text by itself in another region, wherever the current place is.
    pub(crate) fn note(&mut self, region: Region, text: &str) {
        self.widen(region, Gap::Line);
        self.collapsed(region, text);
        self.widen(region, Gap::Line);
    }

    /// The next text of the current place is at least this far from the last.
    pub(crate) fn gap(&mut self, gap: Gap) {
        if let Some(region) = self.place {
            self.widen(region, gap);
        }
    }

    /// A `<br>`: two in a row make an empty line.
    pub(crate) fn line_break(&mut self) {
        let Some(region) = self.place else { return };
        if self.space == Space::Kept {
            return self.kept(region, "\n");
        }
        let again = self.streams[region as usize].broken;
        self.widen(region, if again { Gap::Paragraph } else { Gap::Line });
        self.streams[region as usize].broken = true;
    }

    /// Gives what was found to the sink.
    pub(crate) fn drain(&mut self, sink: &mut impl Sink) {
        self.cut();
        let mut start = 0;
        for (region, end) in self.cuts.drain(..) {
            sink.text(region, &self.text[start..end]);
            start = end;
        }
        self.text.clear();
    }

    /// Gives what was found to the sink once it is worth it.
    pub(crate) fn drain_if_large(&mut self, sink: &mut impl Sink) {
        const LARGE: usize = 16 * 1024;
        if self.text.len() >= LARGE {
            self.drain(sink);
        }
    }

    fn widen(&mut self, region: Region, gap: Gap) {
        let stream = &mut self.streams[region as usize];
        stream.gap = stream.gap.max(gap);
    }

    fn collapsed(&mut self, region: Region, text: &str) {
        let bytes = text.as_bytes();
        let mut at = 0;
        loop {
            let start = at + bytes[at..].iter().take_while(|byte| is_space(**byte)).count();
            if start > at {
                self.widen(region, Gap::Space);
            }
            if start == bytes.len() {
                return;
            }
            at = clean_end(bytes, start);
            self.begin(region);
            self.text.push_str(&text[start..at]);
        }
    }

    fn kept(&mut self, region: Region, text: &str) {
        let (rest, returned) = self.without_skipped(region, text);
        if !text.is_empty() {
            self.streams[region as usize].returned = returned;
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
        let stream = &mut self.streams[region as usize];
        stream.returned = returned;
        stream.ends_line = text.ends_with(['\n', '\r']);
    }

    /// The text without a newline that is none, and whether it ends with a carriage return.
    fn without_skipped<'a>(&mut self, region: Region, text: &'a str) -> (&'a str, bool) {
        let mut rest = text;
        let mut returned = self.streams[region as usize].returned;
        if !text.is_empty() && std::mem::take(&mut self.skips_newline) {
            rest = text.strip_prefix(['\n', '\r']).unwrap_or(text);
            returned = text.starts_with('\r');
        }
        if returned {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
        }
        (rest, text.ends_with('\r'))
    }

    /// Writes the gap that is due before more text of a region.
    fn begin(&mut self, region: Region) {
        if self.writing != region {
            self.cut();
            self.writing = region;
        }
        let stream = &mut self.streams[region as usize];
        let before = std::mem::replace(stream, Stream { begun: true, ..Stream::default() });
        if before.begun {
            // Preformatted text brings the newline at its end itself.
            let gap = before.gap.as_str();
            self.text.push_str(if before.ends_line {
                gap.strip_prefix(['\n', ' ']).unwrap_or(gap)
            } else {
                gap
            });
        }
    }

    fn cut(&mut self) {
        if self.text.len() > self.cuts.last().map_or(0, |(_, end)| *end) {
            self.cuts.push((self.writing, self.text.len()));
        }
    }
}

/// White space of HTML; a no-break space is a character like others.
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | 0x0C)
}

/// Where the text from `start` stops being what it collapses to: at any white space but a single space.
fn clean_end(bytes: &[u8], start: usize) -> usize {
    const STRIDE: usize = 16;
    let mut at = start;
    // Whole strides first, without a branch a byte, so that the compiler can use vector instructions.
    while let Some(pair) = bytes.get(at..at + STRIDE + 1) {
        let dirty = (0..STRIDE).fold(false, |dirty, index| dirty | is_dirty(pair[index], pair[index + 1]));
        if dirty {
            break;
        }
        at += STRIDE;
    }
    while at + 1 < bytes.len() {
        if is_dirty(bytes[at], bytes[at + 1]) {
            return at + usize::from(!is_space(bytes[at]));
        }
        at += 1;
    }
    bytes.len() - usize::from(is_space(bytes[bytes.len() - 1]))
}

/// White space other than one space before something else; control characters are taken along, they are rare.
const fn is_dirty(byte: u8, next: u8) -> bool {
    (byte < b' ') | ((byte == b' ') & (next <= b' '))
}

#[cfg(test)]
mod tests;
