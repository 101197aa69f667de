//! What tags mean to the text: which region it is in, whether it is seen, and what keeps words apart.
//!
//! Follows the tree construction of the HTML standard as far as the text depends on it, with a stack of the open
//! elements and no tree. Not followed: text inside `<table>` but outside its cells stays there; a formatting element
//! that was not closed ends with its block; the end of an inline element does not end a hidden one left open in it.
//! Knows nothing of characters: those are the tokenizer's and the flow's.

mod ends;
pub(super) mod place;
pub(super) mod stack;
mod starts;

use super::element::{Element, Properties, properties};
use super::name::Name;
use super::tag::Tag;
use crate::UNDECODED;
use crate::failure::ExtractError;
use crate::flow::{Flow, Gap, Space};
use crate::region::Region;
use stack::{Context, Stack};

/// A name that no tag can have.
const REGION: Name = Name::of(" region");

/// A title is kept up to this many bytes before its white space is collapsed, and after.
const TITLE_RAW: usize = 8192;
const TITLE_KEPT: usize = 1024;

/// How the tokenizer reads what follows a start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Data,
    /// Character references, no tags, up to the end tag.
    RcData,
    /// Neither, up to the end tag.
    RawText,
    /// The same, but for the comments that hid scripts from the browsers of 1996.
    Script,
    /// Neither, up to the end of the document.
    Plaintext,
}

/// The state of a page between two tags.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) flow: Flow,
    stack: Stack,
    xml: bool,
    title: Title,
}

#[derive(Debug, Default)]
enum Title {
    #[default]
    Wanted,
    Open(String),
    Known(String),
}

impl Page {
    /// A page whose text is of the region `base` where no element says otherwise. `xml`: `<x/>` is an empty element
    /// whatever `x` is.
    pub(crate) fn new(base: Region, xml: bool, depth: u32) -> Self {
        Self { flow: Flow::new(base), stack: Stack::new(base, depth), xml, title: Title::Wanted }
    }

    pub(crate) fn text(&mut self, text: &str) {
        if let Title::Open(title) = &mut self.title {
            let room = TITLE_RAW.saturating_sub(title.len());
            title.push_str(&text[..text.floor_char_boundary(room)]);
        }
        self.flow.text(text);
    }

    /// Whether `<![CDATA[` begins text here.
    pub(super) fn has_cdata(&self) -> bool {
        self.xml || self.is_foreign()
    }

    /// Whether the rules of SVG and MathML hold here.
    pub(super) fn is_foreign(&self) -> bool {
        self.stack.context().foreign
    }

    /// Takes a tag; tells how what follows is read.
    pub(super) fn tag(&mut self, tag: &Tag) -> Result<Content, ExtractError> {
        let properties = properties(tag.name);
        if tag.is_end {
            self.end_tag(tag.name, properties);
            return Ok(Content::Data);
        }
        self.start_tag(tag, properties)
    }

    /// Closes an element whose content was read without tags.
    pub(super) fn close(&mut self, name: Name) {
        self.end_tag(name, properties(name));
    }

    pub(crate) fn title(self) -> Option<String> {
        let (Title::Open(title) | Title::Known(title)) = self.title else { return None };
        let words: Vec<_> = title.split_ascii_whitespace().collect();
        let mut title = words.join(" ").replace(UNDECODED, "\u{FFFD}");
        title.truncate(title.floor_char_boundary(TITLE_KEPT));
        (!title.is_empty()).then_some(title)
    }

    /// Opens or closes an element that has no attributes and whose content is no HTML.
    pub(crate) fn element(&mut self, name: &str, is_end: bool) -> Result<(), ExtractError> {
        let tag = Tag::bare(Name::of(name), is_end);
        self.tag(&tag).map(|_| self.flow.skip_newline(false))
    }

    /// Opens a part of the document that HTML has no element for, to be closed by [`Self::close_region`].
    pub(crate) fn open_region(&mut self, region: Region, space: Space) -> Result<(), ExtractError> {
        let outer = self.stack.context();
        let place = outer.place.map(|place| if place == Region::Hidden { place } else { region });
        self.open(REGION, properties(REGION), Context { place, space, ..outer })
    }

    /// Closes the innermost part that [`Self::open_region`] opened.
    pub(crate) fn close_region(&mut self) {
        self.end_tag(REGION, properties(REGION));
    }

    /// Puts an element on the stack if that can matter, and moves the text to its place.
    fn open(&mut self, name: Name, properties: Properties, inner: Context) -> Result<(), ExtractError> {
        let outer = self.stack.context();
        self.stack.push(name, properties, inner)?;
        self.border(outer, inner, properties.gap);
        self.flow.go(inner.place, inner.space);
        Ok(())
    }

    /// Takes the elements from `height` on from the stack.
    fn close_to(&mut self, height: usize) {
        while self.stack.len() > height {
            let inner = self.stack.context();
            let Some(properties) = self.stack.pop() else { return };
            let outer = self.stack.context();
            self.border(outer, inner, properties.gap);
            self.flow.go(outer.place, outer.space);
            if properties.element == Element::Title {
                self.end_title();
            }
        }
    }

    fn border(&mut self, outer: Context, inner: Context, gap: Gap) {
        border(&mut self.flow, outer, inner, gap);
    }

    fn end_title(&mut self) {
        if let Title::Open(title) = &mut self.title {
            self.title = Title::Known(std::mem::take(title));
        }
    }
}

/// What keeps the text inside an element apart from that around it. A change of region is a border in both, but what
/// is not seen in its place leaves the text around it as if it were not there.
pub(super) fn border(flow: &mut Flow, outer: Context, inner: Context, gap: Gap) {
    let moves = inner.place != outer.place;
    let gap = if moves { Gap::Paragraph } else { gap };
    if !(moves && inner.is_unseen()) {
        flow.go(outer.place, outer.space);
        flow.gap(gap);
    }
    flow.go(inner.place, inner.space);
    flow.gap(gap);
}
