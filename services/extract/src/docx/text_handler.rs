//! Interprets the tags of a Word document.
//!
//! Runs do not separate words; paragraphs, cells, breaks and tabs do. A paragraph whose mark is deleted continues in the
//! next one. Field codes are not text, and of alternate content only one alternative is. Prefixes of names are ignored,
//! because the two editions of the standard differ only in their namespaces.

use super::alternate_content::AlternateContents;
use super::styles::{Styles, is_on};
use crate::error::ExtractError;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};
use crate::xml::{XmlHandler, XmlTag};
use crate::xml_package::nested_region;

/// Writes the text of a document's parts to the sink.
pub(super) struct DocxTextHandler<'a, S> {
    buffer: TextBuffer,
    sink: &'a mut S,
    styles: &'a Styles,
    open: Vec<DocxElement>,
    base: Region,
    embedded: u64,
    alternates: AlternateContents,
}

#[derive(Clone, Copy)]
struct DocxElement {
    element: DocxElementKind,
    /// The region of its text; `None` drops the text.
    region: Option<Region>,
    /// The paragraph's mark is deleted.
    joins_next: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DocxElementKind {
    Paragraph,
    ParagraphProperties,
    Run,
    RunProperties,
    /// The only element whose characters are text.
    Text,
    /// A table, a cell, a note or a text box: no paragraph continues across its border.
    Container,
    AlternateContent,
    Choice,
    Other,
}

impl<'a, S: Sink> DocxTextHandler<'a, S> {
    pub(super) fn new(sink: &'a mut S, styles: &'a Styles) -> Self {
        let buffer = TextBuffer::new(Region::Body);
        let alternates = AlternateContents::default();
        Self { buffer, sink, styles, open: Vec::new(), base: Region::Body, embedded: 0, alternates }
    }

    /// Starts the next part.
    pub(super) fn begin_part(&mut self, region: Region) {
        self.open.clear();
        self.base = region;
        self.buffer.set_region(Some(region), WhiteSpace::Preserve);
        self.buffer.separate(Separator::Paragraph);
    }

    /// Writes the remaining text. Returns how many embedded objects were skipped.
    pub(super) fn finish(mut self) -> u64 {
        self.buffer.drain(self.sink);
        self.embedded
    }

    fn region(&self) -> Option<Region> {
        self.open.last().map_or(Some(self.base), |open| open.region)
    }

    fn parent(&self) -> DocxElementKind {
        self.open.last().map_or(DocxElementKind::Other, |open| open.element)
    }

    /// Whether the parent is a run, or an alternative of a part of a run.
    fn is_in_run(&self) -> bool {
        let alternative = |open: &&DocxElement| {
            matches!(open.element, DocxElementKind::AlternateContent | DocxElementKind::Choice)
        };
        let parent = self.open.iter().rev().find(|open| !alternative(open));
        parent.is_some_and(|open| open.element == DocxElementKind::Run)
    }

    /// Adds characters that readers see.
    fn push(&mut self, text: &str) {
        self.buffer.push(text);
        if self.region().is_some() {
            self.alternates.mark_shown();
        }
    }

    /// Sets the region. If it changes, a space separates the text from what the region already has.
    fn move_to(&mut self, region: Option<Region>) {
        let moves = region != self.region();
        self.buffer.set_region(region, WhiteSpace::Preserve);
        if moves {
            self.buffer.separate(Separator::Space);
        }
    }

    /// Hides the text that follows in the innermost run or paragraph, or shows it again.
    fn hide(&mut self, element: DocxElementKind, hides: bool) {
        let Some(at) = self.open.iter().rposition(|open| open.element == element) else { return };
        let outer = at.checked_sub(1).map_or(Some(self.base), |outer| self.open[outer].region);
        let region = if hides { nested_region(outer, Region::Hidden) } else { outer };
        for open in &mut self.open[at..] {
            open.region = region;
        }
        self.buffer.set_region(region, WhiteSpace::Preserve);
        if region != outer {
            self.buffer.separate(Separator::Space);
        }
    }

    /// Handles elements that stand for a character or describe the element around them.
    fn apply(&mut self, tag: &XmlTag<'_>) {
        match (tag.local_name(), self.parent()) {
            ("tab" | "ptab", _) if self.is_in_run() => self.buffer.push("\t"),
            ("br" | "cr", _) if self.is_in_run() => self.buffer.push("\n"),
            ("noBreakHyphen", _) if self.is_in_run() => self.buffer.push("\u{2011}"),
            ("softHyphen", _) if self.is_in_run() => self.buffer.push("\u{AD}"),
            ("sym", _) if self.is_in_run() => self.symbol(tag),
            ("del" | "moveFrom", DocxElementKind::RunProperties) if self.is_of_paragraph_mark() => {
                self.join_next_paragraph();
            }
            ("vanish", DocxElementKind::RunProperties) if self.is_of_run() => {
                self.hide(DocxElementKind::Run, is_on(tag));
            }
            ("rStyle", DocxElementKind::RunProperties) if self.is_of_run() && self.hides(tag) => {
                self.hide(DocxElementKind::Run, true);
            }
            ("pStyle", DocxElementKind::ParagraphProperties) if self.hides(tag) => {
                self.hide(DocxElementKind::Paragraph, true);
            }
            ("docPr", _) => self.alternative(tag),
            ("chart" | "relIds" | "OLEObject" | "altChunk" | "subDoc", _) if self.region().is_some() => {
                self.embedded += 1;
                self.alternates.mark_shown();
            }
            _ => {}
        }
    }

    /// Adds a character that is named by its number in a font: often one for private use.
    fn symbol(&mut self, tag: &XmlTag<'_>) {
        let number = tag.attribute("char").and_then(|hex| u32::from_str_radix(&hex, 16).ok());
        if let Some(character) = number.and_then(char::from_u32) {
            self.push(character.encode_utf8(&mut [0; 4]));
        }
    }

    fn join_next_paragraph(&mut self) {
        let mut open = self.open.iter_mut().rev();
        if let Some(paragraph) = open.find(|open| open.element == DocxElementKind::Paragraph) {
            paragraph.joins_next = true;
        }
    }

    fn hides(&self, tag: &XmlTag<'_>) -> bool {
        tag.attribute("val").is_some_and(|style| self.styles.hides(&style))
    }

    /// Whether the open properties belong to a run, not to a paragraph mark or a tracked change.
    fn is_of_run(&self) -> bool {
        self.are_properties_of(DocxElementKind::Run)
    }

    fn is_of_paragraph_mark(&self) -> bool {
        self.are_properties_of(DocxElementKind::ParagraphProperties)
    }

    fn are_properties_of(&self, element: DocxElementKind) -> bool {
        self.open.len() >= 2 && self.open[self.open.len() - 2].element == element
    }

    fn alternative(&mut self, tag: &XmlTag<'_>) {
        let Some(region) = self.region() else { return };
        let Some(description) = tag.attribute("descr") else { return };
        if region != Region::Hidden && region != Region::Deleted {
            self.buffer.push_into(Region::Alt, &description);
        }
    }
}

impl<S: Sink> XmlHandler for DocxTextHandler<'_, S> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        self.apply(tag);
        let outer = self.region();
        let (element, region) = match tag.local_name() {
            "p" => (DocxElementKind::Paragraph, outer),
            "pPr" => (DocxElementKind::ParagraphProperties, outer),
            "r" => (DocxElementKind::Run, outer),
            "rPr" => (DocxElementKind::RunProperties, outer),
            "t" => (DocxElementKind::Text, outer),
            "delText" => (DocxElementKind::Text, nested_region(outer, Region::Deleted)),
            "del" | "moveFrom" => (DocxElementKind::Other, nested_region(outer, Region::Deleted)),
            "tbl" | "tc" | "footnote" | "endnote" | "comment" => (DocxElementKind::Container, outer),
            "txbxContent" => (DocxElementKind::Container, nested_region(outer, Region::TextBox)),
            "rt" => (DocxElementKind::Other, nested_region(outer, Region::Alt)),
            "AlternateContent" => {
                self.alternates.open(tag);
                (DocxElementKind::AlternateContent, outer)
            }
            "Choice" => {
                (DocxElementKind::Choice, if self.alternates.takes_choice(tag) { outer } else { None })
            }
            "Fallback" => {
                (DocxElementKind::Choice, if self.alternates.takes_fallback() { outer } else { None })
            }
            _ => {
                if self.open.is_empty() {
                    self.alternates.read_namespaces(tag);
                }
                (DocxElementKind::Other, outer)
            }
        };
        self.move_to(region);
        if element == DocxElementKind::Container {
            self.buffer.separate(Separator::Paragraph);
        }
        self.open.push(DocxElement { element, region, joins_next: false });
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let separates = match open.element {
            DocxElementKind::Paragraph => !open.joins_next,
            DocxElementKind::Container => true,
            _ => false,
        };
        match open.element {
            DocxElementKind::AlternateContent => self.alternates.close(),
            DocxElementKind::Choice => self.alternates.end_alternative(),
            _ => {}
        }
        if separates {
            self.buffer.separate(Separator::Paragraph);
        }
        self.buffer.set_region(self.region(), WhiteSpace::Preserve);
        if open.element == DocxElementKind::Paragraph {
            if separates {
                self.buffer.separate(Separator::Paragraph);
            }
            self.buffer.drain_if_large(self.sink);
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.parent() != DocxElementKind::Text {
            return Ok(());
        }
        // Line ends in the file are spaces in the document.
        let mut rest = text;
        while let Some(at) = memchr::memchr3(b'\n', b'\r', b'\t', rest.as_bytes()) {
            self.push(&rest[..at]);
            self.buffer.push(" ");
            rest = &rest[at + 1..];
        }
        self.push(rest);
        self.buffer.drain_if_large(self.sink);
        Ok(())
    }
}
