//! XLIFF 1.x and 2.x to text: what a translator bills is the source, segment by segment.
//!
//! | in the file | region |
//! |---|---|
//! | `<source>` of a unit or segment | body |
//! | the same where `translate="no"` | hidden |
//! | `<target>` | translation |
//! | `<note>` | comments |
//!
//! Left out: the segmented second copy of a source, proposals of other translations, glossaries, and the native codes
//! that inline elements of version 1 hold (`<bpt>`, `<ept>`, `<ph>`, `<it>`), but for the text in their `<sub>`.
//! Inline elements do not cut words; those that stand for a line break do.

use crate::document_info::DocumentInfo;
use crate::failure::ExtractError;
use crate::flow::{Flow, Gap, Space};
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::xml::{self, Charsets, Handler, Place, Tag};

/// Reads a document.
pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut charsets = Charsets::default();
    let mut segments = Segments { flow: Flow::new(Region::Body), sink, open: Vec::new() };
    let place = Place { format: "XLIFF", part: "the file" };
    let unresolved = xml::read(document, place, limits, &mut charsets, &mut segments)?;
    segments.flow.drain(segments.sink);
    let mut info = DocumentInfo::default();
    info.add_unresolved(unresolved);
    info.set_charsets(charsets);
    Ok(info)
}

struct Segments<'a, S> {
    flow: Flow,
    sink: &'a mut S,
    open: Vec<Open>,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open {
    /// Where the text in it goes; `None` outside segments and in what is left out.
    place: Option<Region>,
    /// Whether a source in it is to be translated.
    translate: bool,
    /// Nothing in it is read: proposals, glossaries.
    skipped: bool,
    /// What keeps its text from what comes next in the same region.
    gap: Gap,
}

const OUTSIDE: Open = Open { place: None, translate: true, skipped: false, gap: Gap::None };

impl<S> Segments<'_, S> {
    fn around(&self) -> Open {
        self.open.last().copied().unwrap_or(OUTSIDE)
    }
}

/// What an element makes of the text in it.
fn inside(tag: &Tag<'_>, outer: Open) -> Open {
    let translate = match tag.attribute("translate").as_deref() {
        Some("no") => false,
        Some("yes") => true,
        _ => outer.translate,
    };
    let inner = Open { translate, gap: Gap::None, ..outer };
    if outer.skipped {
        return inner;
    }
    let begun = |place| Open { place: Some(place), gap: Gap::Line, ..inner };
    match tag.local() {
        "alt-trans" | "seg-source" | "matches" | "match" | "glossary" | "originalData" => {
            Open { place: None, skipped: true, ..inner }
        }
        "source" if outer.place.is_none() => {
            begun(if outer.translate { Region::Body } else { Region::Hidden })
        }
        "target" if outer.place.is_none() => begun(Region::Translation),
        "note" if outer.place.is_none() => begun(Region::Comments),
        "bpt" | "ept" | "ph" | "it" => Open { place: None, ..inner },
        "unit" | "trans-unit" => Open { gap: Gap::Paragraph, ..inner },
        _ => inner,
    }
}

impl<S: Sink> Handler for Segments<'_, S> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        let outer = self.around();
        let mut inside = inside(tag, outer);
        if tag.local() == "sub" && !outer.skipped {
            inside.place = self.open.iter().rev().find_map(|open| open.place);
            inside.gap = Gap::Space;
        }
        if matches!(tag.local(), "x" | "ph") && is_line_break(tag) {
            self.flow.gap(Gap::Space);
        }
        self.flow.go(inside.place, Space::Collapsed);
        self.flow.gap(inside.gap);
        self.open.push(inside);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExtractError> {
        let Some(inside) = self.open.pop() else { return Ok(()) };
        self.flow.gap(inside.gap);
        if inside.gap == Gap::Paragraph {
            for region in [Region::Body, Region::Hidden, Region::Translation, Region::Comments] {
                self.flow.go(Some(region), Space::Collapsed);
                self.flow.gap(Gap::Paragraph);
            }
        }
        self.flow.go(self.around().place, Space::Collapsed);
        self.flow.drain_if_large(self.sink);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        self.flow.text(text);
        self.flow.drain_if_large(self.sink);
        Ok(())
    }
}

/// Whether a placeholder stands for a line break: `ctype="lb"` in version 1, `subType="xlf:lb"` in version 2.
fn is_line_break(tag: &Tag<'_>) -> bool {
    tag.says("ctype", "lb") || tag.says("subType", "xlf:lb")
}

#[cfg(test)]
mod tests;
