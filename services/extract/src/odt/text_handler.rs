//! Interprets the tags of an OpenDocument text.
//!
//! Only characters in paragraphs and headings are text. A run of white space is one space; other spaces, tabs and
//! breaks are elements. Names are compared with the prefixes that all programs write: without them, `text:title` (a
//! field) and `svg:title` (the text of a picture) would be equal.

use std::collections::HashSet;

use crate::error::ExtractError;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};
use crate::xml::{XmlHandler, XmlTag};
use crate::xml_package::nested_region;

/// The most spaces that one element stands for.
const SPACES: usize = 256;

/// Writes the text of a document's parts to the sink.
pub(super) struct OdtTextHandler<'a, S> {
    buffer: TextBuffer,
    sink: &'a mut S,
    open: Vec<OdtElement>,
    /// The styles that hide their text, automatic and named.
    hiding: HashSet<String>,
    /// The style that is being read.
    style: String,
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
    pub(super) fn new(sink: &'a mut S) -> Self {
        Self {
            buffer: TextBuffer::new(Region::Body),
            sink,
            open: Vec::new(),
            hiding: HashSet::new(),
            style: String::new(),
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

    fn hides(&self, tag: &XmlTag<'_>) -> bool {
        tag.attribute("style-name").is_some_and(|name| self.hiding.contains(name.as_ref()))
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
                let region =
                    if self.hides(tag) { nested_region(outer.region, Region::Hidden) } else { outer.region };
                OdtElement { region, inline: true, paragraph: true }
            }
            "text:span" | "text:a" if self.hides(tag) => {
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
            "text:hidden-text" => OdtElement { inline: true, ..nested(Region::Hidden) },
            "text:section" if tag.attribute_is("display", "none") => nested(Region::Hidden),
            name if name.starts_with("draw:") => nested(Region::TextBox),
            _ => OdtElement { paragraph: false, ..outer },
        }
    }

    /// Handles elements that stand for a character or define a style.
    fn apply(&mut self, tag: &XmlTag<'_>, outer: OdtElement) {
        match tag.name() {
            "style:style" => self.style = tag.attribute("name").unwrap_or_default().into_owned(),
            "style:text-properties" if tag.attribute_is("display", "none") => {
                self.hiding.insert(std::mem::take(&mut self.style));
            }
            "text:s" if outer.inline => {
                let count = tag.attribute("c").and_then(|count| count.parse().ok()).unwrap_or(1);
                self.buffer.push_verbatim(&" ".repeat(SPACES.min(count)));
            }
            "text:tab" if outer.inline => self.buffer.push_verbatim("\t"),
            "text:line-break" if outer.inline => self.buffer.line_break(),
            "text:soft-page-break" => {}
            "draw:object" | "draw:object-ole" if outer.region.is_some() => self.embedded += 1,
            _ => {}
        }
    }
}

impl<S: Sink> XmlHandler for OdtTextHandler<'_, S> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        let outer = self.current();
        self.apply(tag, outer);
        let inner = self.inner_element(tag, outer);
        self.buffer.set_region(inner.region, WhiteSpace::Collapse);
        if inner.region != outer.region {
            self.buffer.separate(Separator::Space);
        }
        if inner.paragraph {
            self.buffer.separate(Separator::Paragraph);
        }
        self.open.push(inner);
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        let Some(inner) = self.open.pop() else { return Ok(()) };
        if inner.paragraph {
            self.buffer.separate(Separator::Paragraph);
        }
        self.buffer.set_region(self.current().region, WhiteSpace::Collapse);
        self.buffer.drain_if_large(self.sink);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.current().inline {
            self.buffer.push(text);
            self.buffer.drain_if_large(self.sink);
        }
        Ok(())
    }
}
