//! XLIFF 1.x and 2.x to text: translators bill the source text, segment by segment.
//!
//! | in the file | region |
//! |---|---|
//! | `<source>` of a unit or segment | body |
//! | the same with `translate="no"`, and of an `<ignorable>` | hidden |
//! | `<target>` | translation |
//! | `<note>` | comments |
//!
//! Left out: the segmented copy of a source, suggested translations, glossaries, and the native codes in inline
//! elements of version 1 (`<bpt>`, `<ept>`, `<ph>`, `<it>`), except the text in their `<sub>`. Inline elements do not
//! separate words, except those that stand for a line break.

use crate::document_info::DocumentInfo;
use crate::error::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};
use crate::xml::{self, DecodingStats, PartContext, XmlHandler, XmlTag};

pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut stats = DecodingStats::default();
    let mut segments = SegmentHandler { buffer: TextBuffer::new(Region::Body), sink, open: Vec::new() };
    let context = PartContext { format: "XLIFF", part: "the file" };
    let unresolved = xml::parse(document, context, limits, &mut stats, &mut segments)?;
    segments.buffer.drain(segments.sink);
    let mut info = DocumentInfo::default();
    info.add_unresolved(unresolved);
    info.add_decoding_stats(stats);
    Ok(info)
}

struct SegmentHandler<'a, S> {
    buffer: TextBuffer,
    sink: &'a mut S,
    open: Vec<XliffElement>,
}

#[derive(Clone, Copy)]
struct XliffElement {
    /// The region of its text; `None` outside segments and in what is left out.
    region: Option<Region>,
    /// Whether a source inside it is to be translated.
    translate: bool,
    /// Nothing inside it is read, as in suggestions and glossaries.
    skipped: bool,
    /// Text between segments that is not to be translated, such as white space and tags.
    ignorable: bool,
    /// What separates its text from the next text of the same region.
    separator: Separator,
}

const OUTSIDE: XliffElement = XliffElement {
    region: None,
    translate: true,
    skipped: false,
    ignorable: false,
    separator: Separator::None,
};

impl<S> SegmentHandler<'_, S> {
    fn current(&self) -> XliffElement {
        self.open.last().copied().unwrap_or(OUTSIDE)
    }
}

/// The state inside an element.
fn inner_element(tag: &XmlTag<'_>, outer: XliffElement) -> XliffElement {
    let translate = match tag.attribute("translate").as_deref() {
        Some("no") => false,
        Some("yes") => true,
        _ => outer.translate,
    };
    let inner = XliffElement { translate, separator: Separator::None, ..outer };
    if outer.skipped {
        return inner;
    }
    let segment = |region| XliffElement { region: Some(region), separator: Separator::Line, ..inner };
    match tag.local_name() {
        "alt-trans" | "seg-source" | "matches" | "match" | "glossary" | "originalData" => {
            XliffElement { region: None, skipped: true, ..inner }
        }
        "ignorable" => XliffElement { ignorable: true, ..inner },
        "source" if outer.region.is_none() => {
            segment(if outer.translate && !outer.ignorable { Region::Body } else { Region::Hidden })
        }
        "target" if outer.region.is_none() && !outer.ignorable => segment(Region::Translation),
        "note" if outer.region.is_none() => segment(Region::Comments),
        "bpt" | "ept" | "ph" | "it" => XliffElement { region: None, ..inner },
        "unit" | "trans-unit" => XliffElement { separator: Separator::Paragraph, ..inner },
        _ => inner,
    }
}

impl<S: Sink> XmlHandler for SegmentHandler<'_, S> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        let outer = self.current();
        let mut inner = inner_element(tag, outer);
        if tag.local_name() == "sub" && !outer.skipped {
            inner.region = self.open.iter().rev().find_map(|open| open.region);
            inner.separator = Separator::Space;
        }
        if matches!(tag.local_name(), "x" | "ph") && is_line_break(tag) {
            self.buffer.separate(Separator::Space);
        }
        self.buffer.set_region(inner.region, WhiteSpace::Collapse);
        self.buffer.separate(inner.separator);
        self.open.push(inner);
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        let Some(inner) = self.open.pop() else { return Ok(()) };
        self.buffer.separate(inner.separator);
        if inner.separator == Separator::Paragraph {
            for region in [Region::Body, Region::Hidden, Region::Translation, Region::Comments] {
                self.buffer.set_region(Some(region), WhiteSpace::Collapse);
                self.buffer.separate(Separator::Paragraph);
            }
        }
        self.buffer.set_region(self.current().region, WhiteSpace::Collapse);
        self.buffer.drain_if_large(self.sink);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        self.buffer.push(text);
        self.buffer.drain_if_large(self.sink);
        Ok(())
    }
}

/// Whether a placeholder stands for a line break: `ctype="lb"` in version 1, `subType="xlf:lb"` in version 2.
fn is_line_break(tag: &XmlTag<'_>) -> bool {
    tag.attribute_is("ctype", "lb") || tag.attribute_is("subType", "xlf:lb")
}

#[cfg(test)]
mod tests;
