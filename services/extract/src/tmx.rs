//! TMX to text: the units of a translation memory, in the source language and in the others.
//!
//! | in the file | region |
//! |---|---|
//! | `<seg>` in the source language | body |
//! | `<seg>` in other languages | translation |
//! | `<note>` | comments |
//!
//! The source language is the `srclang` of the unit or of the header. A unit without a text in it, or a file that
//! names none, has its source first. Left out: properties, and native codes in inline elements (`<bpt>`, `<ept>`,
//! `<ph>`, `<it>`, `<ut>`), except the text in their `<sub>`.

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
    let mut units = UnitHandler {
        buffer: TextBuffer::new(Region::Body),
        sink,
        open: Vec::new(),
        source_language: String::new(),
        unit_language: None,
        variants: Vec::new(),
    };
    let context = PartContext { format: "TMX", part: "the file" };
    let unresolved = xml::parse(document, context, limits, &mut stats, &mut units)?;
    units.buffer.drain(units.sink);
    let mut info = DocumentInfo::default();
    info.add_unresolved(unresolved);
    info.add_decoding_stats(stats);
    Ok(info)
}

struct UnitHandler<'a, S> {
    buffer: TextBuffer,
    sink: &'a mut S,
    /// What the text of each open element is.
    open: Vec<TmxText>,
    source_language: String,
    /// The source language of the open unit, where it has its own.
    unit_language: Option<String>,
    /// The languages of the open unit, and their texts.
    variants: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TmxText {
    None,
    Unit,
    Segment,
    /// A native code in a segment.
    Code,
    Note,
}

impl<S: Sink> UnitHandler<'_, S> {
    fn current(&self) -> TmxText {
        self.open.last().copied().unwrap_or(TmxText::None)
    }

    fn push_segment(&mut self, text: &str) {
        if let Some((_, segment)) = self.variants.last_mut() {
            segment.push_str(text);
        }
    }

    fn push_paragraph(&mut self, region: Region, text: &str) {
        self.buffer.set_region(Some(region), WhiteSpace::Collapse);
        self.buffer.push(text);
        self.buffer.separate(Separator::Paragraph);
    }

    fn end_unit(&mut self) {
        let variants = std::mem::take(&mut self.variants);
        let wanted = self.unit_language.take().unwrap_or_else(|| self.source_language.clone());
        let source = source_of(&variants, &wanted);
        for (index, (_, text)) in variants.iter().enumerate() {
            self.push_paragraph(if index == source { Region::Body } else { Region::Translation }, text);
        }
        self.buffer.drain_if_large(self.sink);
    }
}

/// Which variant is in the source language: the same tag, then the same language, then the first.
fn source_of(variants: &[(String, String)], wanted: &str) -> usize {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let same = variants.iter().position(|(tag, _)| tag.eq_ignore_ascii_case(wanted));
    let similar = || variants.iter().position(|(tag, _)| primary(tag) == primary(wanted));
    same.or_else(similar).unwrap_or(0)
}

impl<S: Sink> XmlHandler for UnitHandler<'_, S> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        let outer = self.current();
        let text = match tag.local_name() {
            "header" => {
                self.source_language = tag.attribute("srclang").unwrap_or_default().into_owned();
                TmxText::None
            }
            "tu" => {
                self.unit_language = tag.attribute("srclang").map(std::borrow::Cow::into_owned);
                TmxText::Unit
            }
            "tuv" => {
                let language = tag.attribute("lang").unwrap_or_default().into_owned();
                self.variants.push((language, String::new()));
                TmxText::None
            }
            "seg" if !self.variants.is_empty() => TmxText::Segment,
            "note" => TmxText::Note,
            "bpt" | "ept" | "ph" | "it" | "ut" if outer == TmxText::Segment => TmxText::Code,
            "sub" if outer == TmxText::Code => {
                self.push_segment(" ");
                TmxText::Segment
            }
            _ if outer == TmxText::Unit => TmxText::None,
            _ => outer,
        };
        self.open.push(text);
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        let inner = self.open.pop();
        match (inner, self.current()) {
            (Some(TmxText::Segment), TmxText::Code) => self.push_segment(" "),
            (Some(TmxText::Note), outer) if outer != TmxText::Note => {
                self.push_paragraph(Region::Comments, "");
            }
            (Some(TmxText::Unit), _) => self.end_unit(),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        match self.current() {
            TmxText::Segment => self.push_segment(text),
            TmxText::Note => {
                self.buffer.set_region(Some(Region::Comments), WhiteSpace::Collapse);
                self.buffer.push(text);
            }
            TmxText::None | TmxText::Unit | TmxText::Code => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
