//! Interprets the tags of an OpenDocument text.
//!
//! Only characters in paragraphs and headings are text. A run of white space is one space; other spaces, tabs and
//! breaks are elements. Names are compared with the prefixes that all programs write: without them, `text:title` (a
//! field) and `svg:title` (the text of a picture) would be equal.

use super::styles::OdtStyles;
use crate::error::ExtractError;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{BufferMark, Separator, TextBuffer, WhiteSpace};
use crate::xml::{XmlHandler, XmlTag};
use crate::xml_package::nested_region;

/// The most spaces that one element stands for.
const SPACES: usize = 256;

/// Writes the text of a document's parts to the sink.
pub(super) struct OdtTextHandler<'a, S> {
    buffer: TextBuffer,
    sink: &'a mut S,
    open: Vec<OdtElement>,
    styles: OdtStyles,
    /// Where the open paragraphs start in the buffer, innermost last.
    paragraphs: Vec<BufferMark>,
    embedded: u64,
}

#[derive(Clone, Copy)]
struct OdtElement {
    /// The region of its text; `None` drops the text.
    region: Option<Region>,
    /// Whether its characters are text.
    inline: bool,
    /// Whether a new paragraph follows it.
    paragraph: bool,
}

const OUTSIDE: OdtElement = OdtElement { region: Some(Region::Body), inline: false, paragraph: false };

impl<'a, S: Sink> OdtTextHandler<'a, S> {
    pub(super) fn new(sink: &'a mut S, styles: OdtStyles) -> Self {
        Self {
            buffer: TextBuffer::new(Region::Body),
            sink,
            open: Vec::new(),
            styles,
            paragraphs: Vec::new(),
            embedded: 0,
        }
    }

    /// Writes the remaining text. Returns how many embedded objects were skipped.
    pub(super) fn finish(mut self) -> u64 {
        self.buffer.drain(self.sink);
        self.embedded
    }

    fn current(&self) -> OdtElement {
        self.open.last().copied().unwrap_or(OUTSIDE)
    }

    fn hides(&self, tag: &XmlTag<'_>, family: &str) -> bool {
        tag.attribute("style-name").is_some_and(|name| self.styles.hides(family, &name))
    }

    /// Hides the text of the innermost paragraph, also what came before.
    fn hide_paragraph(&mut self) {
        let Some(mark) = self.paragraphs.last() else { return };
        let Some(at) = self.open.iter().rposition(|open| open.paragraph) else { return };
        let shown = self.open[at].region;
        let Some(hidden) = nested_region(shown, Region::Hidden) else { return };
        for open in self.open[at..].iter_mut().filter(|open| open.region == shown) {
            open.region = Some(hidden);
        }
        if let Some(shown) = shown.filter(|shown| *shown != hidden) {
            self.buffer.move_text_since(mark, shown, hidden);
        }
    }

    /// Gives the text to the sink if there is much of it. A paragraph may still be hidden by an element inside it, so its
    /// text is kept to its end, unless it is very long.
    fn drain_if_large(&mut self) {
        if self.paragraphs.is_empty() || self.buffer.is_very_large() {
            self.paragraphs.clear();
            self.buffer.drain_if_large(self.sink);
        }
    }

    /// The state inside an element.
    fn inner_element(&self, tag: &XmlTag<'_>, outer: OdtElement) -> OdtElement {
        let nested = |region| OdtElement {
            region: nested_region(outer.region, region),
            inline: false,
            paragraph: false,
        };
        match tag.name() {
            "text:p" | "text:h" => {
                let hides = self.hides(tag, "paragraph");
                let region = if hides { nested_region(outer.region, Region::Hidden) } else { outer.region };
                OdtElement { region, inline: true, paragraph: true }
            }
            "text:span" | "text:a" if self.hides(tag, "text") => {
                OdtElement { region: nested_region(outer.region, Region::Hidden), paragraph: false, ..outer }
            }
            "text:note-body" => nested(Region::Notes),
            "text:note-citation" | "office:change-info" => {
                OdtElement { region: None, ..nested(Region::Body) }
            }
            "office:annotation" => nested(Region::Comments),
            "text:tracked-changes" => nested(Region::Deleted),
            "style:header" | "style:header-left" | "style:header-first" => nested(Region::Header),
            "style:footer" | "style:footer-left" | "style:footer-first" => nested(Region::Footer),
            "text:ruby-text" => OdtElement { inline: true, ..nested(Region::Alt) },
            "svg:title" | "svg:desc" => OdtElement { inline: true, ..nested(Region::Alt) },
            "text:hidden-text" if !tag.attribute_is("is-hidden", "false") => {
                OdtElement { inline: true, ..nested(Region::Hidden) }
            }
            "text:section" if hides_section(tag) => nested(Region::Hidden),
            name if name.starts_with("draw:") => nested(Region::TextBox),
            _ => OdtElement { paragraph: false, ..outer },
        }
    }

    /// Handles elements that stand for a character, hide their paragraph or define a style.
    fn apply(&mut self, tag: &XmlTag<'_>, outer: OdtElement) {
        match tag.name() {
            "text:hidden-paragraph" if tag.attribute_is("is-hidden", "true") => self.hide_paragraph(),
            "text:s" if outer.inline => {
                let count = tag.attribute("c").and_then(|count| count.parse().ok()).unwrap_or(1);
                self.buffer.push_verbatim(&" ".repeat(SPACES.min(count)));
            }
            "text:tab" if outer.inline => self.buffer.push_verbatim("\t"),
            "text:line-break" if outer.inline => self.buffer.line_break(),
            "text:soft-page-break" => {}
            "draw:object" | "draw:object-ole" if outer.region.is_some() => self.embedded += 1,
            _ => self.styles.read(tag),
        }
    }
}

impl<S: Sink> XmlHandler for OdtTextHandler<'_, S> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        self.apply(tag, self.current());
        let outer = self.current();
        let inner = self.inner_element(tag, outer);
        self.buffer.set_region(inner.region, WhiteSpace::Collapse);
        if inner.region != outer.region {
            self.buffer.separate(Separator::Space);
        }
        if inner.paragraph {
            self.buffer.separate(Separator::Paragraph);
            self.paragraphs.push(self.buffer.mark(inner.region));
        }
        self.open.push(inner);
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        let Some(inner) = self.open.pop() else { return Ok(()) };
        if inner.paragraph {
            self.buffer.separate(Separator::Paragraph);
            self.paragraphs.pop();
        }
        self.buffer.set_region(self.current().region, WhiteSpace::Collapse);
        self.drain_if_large();
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.current().inline {
            self.buffer.push(text);
            self.drain_if_large();
        }
        Ok(())
    }
}

/// Whether a section is hidden, always or by its condition.
fn hides_section(tag: &XmlTag<'_>) -> bool {
    tag.attribute_is("display", "none")
        || (tag.attribute_is("display", "condition") && tag.attribute_is("is-hidden", "true"))
}
