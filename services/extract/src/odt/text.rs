//! What the tags of an OpenDocument text mean to its text.
//!
//! Only the characters of paragraphs and headings are text; a run of white space in them is one space, and spaces,
//! tabs and breaks that count are elements. Names are taken with the prefixes that every program writes: without
//! them `text:title`, a field, and `svg:title`, which stands for a picture, would be the same.

use std::collections::HashSet;

use crate::failure::ExtractError;
use crate::flow::{Flow, Gap, Space};
use crate::office::inner;
use crate::region::Region;
use crate::sink::Sink;
use crate::xml::{Handler, Tag};

/// How many spaces one element may stand for.
const SPACES: usize = 256;

/// The text of a document's parts on its way to the sink.
pub(super) struct Text<'a, S> {
    flow: Flow,
    sink: &'a mut S,
    open: Vec<Open>,
    /// The automatic and named styles that hide their text.
    hiding: HashSet<String>,
    /// The style that is being read.
    style: String,
    embedded: u64,
}

/// An open element.
#[derive(Clone, Copy)]
struct Open {
    /// Where the text in it goes.
    place: Option<Region>,
    /// Whether its characters are text.
    inline: bool,
    /// What stands behind it is another paragraph.
    paragraph: bool,
}

const OUTSIDE: Open = Open { place: Some(Region::Body), inline: false, paragraph: false };

impl<'a, S: Sink> Text<'a, S> {
    pub(super) fn new(sink: &'a mut S) -> Self {
        Self {
            flow: Flow::new(Region::Body),
            sink,
            open: Vec::new(),
            hiding: HashSet::new(),
            style: String::new(),
            embedded: 0,
        }
    }

    /// Hands over the rest. Tells how many embedded objects were met and not read.
    pub(super) fn finish(mut self) -> u64 {
        self.flow.drain(self.sink);
        self.embedded
    }

    fn around(&self) -> Open {
        self.open.last().copied().unwrap_or(OUTSIDE)
    }

    fn hides(&self, tag: &Tag<'_>) -> bool {
        tag.attribute("style-name").is_some_and(|name| self.hiding.contains(name.as_ref()))
    }

    /// What an element makes of the text in it.
    fn inside(&self, tag: &Tag<'_>, outer: Open) -> Open {
        let apart = |region| Open { place: inner(outer.place, region), inline: false, paragraph: false };
        match tag.name() {
            "text:p" | "text:h" => {
                let place = if self.hides(tag) { inner(outer.place, Region::Hidden) } else { outer.place };
                Open { place, inline: true, paragraph: true }
            }
            "text:span" | "text:a" if self.hides(tag) => {
                Open { place: inner(outer.place, Region::Hidden), paragraph: false, ..outer }
            }
            "text:note-body" => apart(Region::Notes),
            "text:note-citation" | "office:change-info" => Open { place: None, ..apart(Region::Body) },
            "office:annotation" => apart(Region::Comments),
            "text:tracked-changes" => apart(Region::Deleted),
            "style:header" | "style:header-left" | "style:header-first" => apart(Region::Header),
            "style:footer" | "style:footer-left" | "style:footer-first" => apart(Region::Footer),
            "text:ruby-text" => Open { inline: true, ..apart(Region::Alt) },
            "svg:title" | "svg:desc" => Open { inline: true, ..apart(Region::Alt) },
            "text:hidden-text" => Open { inline: true, ..apart(Region::Hidden) },
            "text:section" if tag.says("display", "none") => apart(Region::Hidden),
            name if name.starts_with("draw:") => apart(Region::TextBox),
            _ => Open { paragraph: false, ..outer },
        }
    }

    /// Elements that are a sign by themselves, or say something of what comes later.
    fn mark(&mut self, tag: &Tag<'_>, outer: Open) {
        match tag.name() {
            "style:style" => self.style = tag.attribute("name").unwrap_or_default().into_owned(),
            "style:text-properties" if tag.says("display", "none") => {
                self.hiding.insert(std::mem::take(&mut self.style));
            }
            "text:s" if outer.inline => {
                let count = tag.attribute("c").and_then(|count| count.parse().ok()).unwrap_or(1);
                self.flow.verbatim(&" ".repeat(SPACES.min(count)));
            }
            "text:tab" if outer.inline => self.flow.verbatim("\t"),
            "text:line-break" if outer.inline => self.flow.line_break(),
            "text:soft-page-break" => {}
            "draw:object" | "draw:object-ole" if outer.place.is_some() => self.embedded += 1,
            _ => {}
        }
    }
}

impl<S: Sink> Handler for Text<'_, S> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        let outer = self.around();
        self.mark(tag, outer);
        let inside = self.inside(tag, outer);
        self.flow.go(inside.place, Space::Collapsed);
        if inside.place != outer.place {
            self.flow.gap(Gap::Space);
        }
        if inside.paragraph {
            self.flow.gap(Gap::Paragraph);
        }
        self.open.push(inside);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExtractError> {
        let Some(inside) = self.open.pop() else { return Ok(()) };
        if inside.paragraph {
            self.flow.gap(Gap::Paragraph);
        }
        self.flow.go(self.around().place, Space::Collapsed);
        self.flow.drain_if_large(self.sink);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        if self.around().inline {
            self.flow.text(text);
            self.flow.drain_if_large(self.sink);
        }
        Ok(())
    }
}
