//! What the tags of a Word document mean to its text.
//!
//! Runs do not cut words, paragraphs, cells, breaks and tabs do. Text that changes hide, field codes and the second
//! copy that older programs get of a drawing are no text. Names are taken without their prefix: the two editions of
//! the standard differ in the name spaces only.

use super::styles::{Styles, is_on};
use crate::failure::ExtractError;
use crate::flow::{Flow, Gap, Space};
use crate::office::inner;
use crate::region::Region;
use crate::sink::Sink;
use crate::xml::{Handler, Tag};

/// The text of a document's parts on its way to the sink.
pub(super) struct Text<'a, S> {
    flow: Flow,
    sink: &'a mut S,
    styles: &'a Styles,
    open: Vec<Open>,
    base: Region,
    embedded: u64,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open {
    element: Element,
    /// Where the text in it goes.
    place: Option<Region>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Paragraph,
    ParagraphProperties,
    Run,
    RunProperties,
    /// The only one whose characters are text.
    Text,
    Other,
}

impl<'a, S: Sink> Text<'a, S> {
    pub(super) fn new(sink: &'a mut S, styles: &'a Styles) -> Self {
        let flow = Flow::new(Region::Body);
        Self { flow, sink, styles, open: Vec::new(), base: Region::Body, embedded: 0 }
    }

    /// What follows is another part, whose text is of this region.
    pub(super) fn begin_part(&mut self, region: Region) {
        self.open.clear();
        self.base = region;
        self.flow.go(Some(region), Space::Kept);
        self.flow.gap(Gap::Paragraph);
    }

    /// Hands over the rest. Tells how many embedded objects were met and not read.
    pub(super) fn finish(mut self) -> u64 {
        self.flow.drain(self.sink);
        self.embedded
    }

    fn place(&self) -> Option<Region> {
        self.open.last().map_or(Some(self.base), |open| open.place)
    }

    fn parent(&self) -> Element {
        self.open.last().map_or(Element::Other, |open| open.element)
    }

    /// Moves the text to a place; what is there already keeps apart from it.
    fn go(&mut self, place: Option<Region>) {
        let moves = place != self.place();
        self.flow.go(place, Space::Kept);
        if moves {
            self.flow.gap(Gap::Space);
        }
    }

    /// A property of the run or paragraph hides its text: all that follows in it.
    fn hide(&mut self, element: Element, hides: bool) {
        let Some(at) = self.open.iter().rposition(|open| open.element == element) else { return };
        let outer = at.checked_sub(1).map_or(Some(self.base), |outer| self.open[outer].place);
        let place = if hides { inner(outer, Region::Hidden) } else { outer };
        for open in &mut self.open[at..] {
            open.place = place;
        }
        self.flow.go(place, Space::Kept);
        if place != outer {
            self.flow.gap(Gap::Space);
        }
    }

    /// Elements that are a sign by themselves or say something of the element around them.
    fn mark(&mut self, tag: &Tag<'_>) {
        match (tag.local(), self.parent()) {
            ("tab" | "ptab", Element::Run) => self.flow.text("\t"),
            ("br" | "cr", Element::Run) => self.flow.text("\n"),
            ("noBreakHyphen", Element::Run) => self.flow.text("\u{2011}"),
            ("softHyphen", Element::Run) => self.flow.text("\u{AD}"),
            ("vanish", Element::RunProperties) if self.is_of_run() => self.hide(Element::Run, is_on(tag)),
            ("rStyle", Element::RunProperties) if self.is_of_run() && self.hides(tag) => {
                self.hide(Element::Run, true);
            }
            ("pStyle", Element::ParagraphProperties) if self.hides(tag) => {
                self.hide(Element::Paragraph, true);
            }
            ("docPr", _) => self.alternative(tag),
            ("chart" | "relIds" | "OLEObject" | "altChunk" | "subDoc", _) if self.place().is_some() => {
                self.embedded += 1;
            }
            _ => {}
        }
    }

    fn hides(&self, tag: &Tag<'_>) -> bool {
        tag.attribute("val").is_some_and(|style| self.styles.hides(&style))
    }

    /// Whether the open properties are a run's own, not those of a paragraph's mark or of a tracked change.
    fn is_of_run(&self) -> bool {
        self.open.len() >= 2 && self.open[self.open.len() - 2].element == Element::Run
    }

    fn alternative(&mut self, tag: &Tag<'_>) {
        let Some(place) = self.place() else { return };
        let Some(said) = tag.attribute("descr") else { return };
        if place != Region::Hidden && place != Region::Deleted {
            self.flow.note(Region::Alt, &said);
        }
    }
}

impl<S: Sink> Handler for Text<'_, S> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        self.mark(tag);
        let outer = self.place();
        let (element, place) = match tag.local() {
            "p" => (Element::Paragraph, outer),
            "pPr" => (Element::ParagraphProperties, outer),
            "r" => (Element::Run, outer),
            "rPr" => (Element::RunProperties, outer),
            "t" => (Element::Text, outer),
            "delText" => (Element::Text, inner(outer, Region::Deleted)),
            "del" | "moveFrom" => (Element::Other, inner(outer, Region::Deleted)),
            "txbxContent" => (Element::Other, inner(outer, Region::TextBox)),
            "rt" => (Element::Other, inner(outer, Region::Alt)),
            // What older programs get in place of the choice before it: the same text again.
            "Fallback" => (Element::Other, None),
            _ => (Element::Other, outer),
        };
        self.go(place);
        self.open.push(Open { element, place });
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExtractError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        if open.element == Element::Paragraph {
            self.flow.gap(Gap::Paragraph);
        }
        self.flow.go(self.place(), Space::Kept);
        if open.element == Element::Paragraph {
            self.flow.gap(Gap::Paragraph);
            self.flow.drain_if_large(self.sink);
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.parent() != Element::Text {
            return Ok(());
        }
        // A line end in the file is a space in the document.
        let mut rest = text;
        while let Some(at) = memchr::memchr3(b'\n', b'\r', b'\t', rest.as_bytes()) {
            self.flow.text(&rest[..at]);
            self.flow.text(" ");
            rest = &rest[at + 1..];
        }
        self.flow.text(rest);
        self.flow.drain_if_large(self.sink);
        Ok(())
    }
}
