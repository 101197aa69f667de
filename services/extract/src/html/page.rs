//! Decides what tags mean for the text: its region, its visibility, and what separates words.
//!
//! Follows the tree construction of the HTML standard as far as the text depends on it, with a stack of open elements
//! instead of a tree. It differs in three cases. Text inside a `<table>` but outside its cells stays there. An unclosed
//! formatting element ends with its block. The end of an inline element does not close a hidden element left open
//! inside it.

pub(super) mod element_stack;
mod end_tags;
mod select;
mod start_tags;
pub(super) mod text_context;

use super::element::{Element, ElementProperties, properties};
use super::local_name::LocalName;
use super::tag::HtmlTag;
use crate::UNDECODED;
use crate::error::ExtractError;
use crate::region::Region;
use crate::text_buffer::{Separator, TextBuffer, WhiteSpace};
use element_stack::ElementStack;
use select::ClosedSelect;
use text_context::TextContext;

/// A name that no tag can have.
const REGION: LocalName = LocalName::of(" region");

/// A title is cut to the first size before its white space is collapsed, and to the second after.
const MAX_RAW_TITLE_BYTES: usize = 8192;
const MAX_TITLE_BYTES: usize = 1024;

/// How much of an option is held until it is known which one a list shows.
const MAX_OPTION_BYTES: usize = 64 * 1024;

/// How the tokenizer reads the content of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentModel {
    Data,
    /// Character references but no tags, up to the end tag.
    RcData,
    /// Neither, up to the end tag.
    RawText,
    /// Like raw text, but `<!--` has a meaning: it once hid scripts from browsers that did not run them.
    Script,
    /// Neither, up to the end of the document.
    Plaintext,
}

/// The state of a page between two tags.
#[derive(Debug)]
pub(crate) struct HtmlPage {
    pub(crate) buffer: TextBuffer,
    stack: ElementStack,
    xml: bool,
    /// The first title.
    title: Option<String>,
    /// The text of the element that is being captured, besides its region.
    captured: Captured,
    /// The open list that shows one option.
    select: Option<ClosedSelect>,
    /// The buffer's position after the last `<math>`.
    math_end: Option<usize>,
}

/// An element whose text is needed as a whole.
#[derive(Debug)]
enum Captured {
    Nothing,
    Title(String),
    /// An option of a closed list.
    Option(String),
}

impl HtmlPage {
    /// A page whose text belongs to `base` unless an element says otherwise. With `xml`, `<x/>` is an empty element for
    /// every `x`.
    pub(crate) fn new(base: Region, xml: bool, depth: u32) -> Self {
        Self {
            buffer: TextBuffer::new(base),
            stack: ElementStack::new(base, depth),
            xml,
            title: None,
            captured: Captured::Nothing,
            select: None,
            math_end: None,
        }
    }

    pub(crate) fn push_text(&mut self, text: &str) {
        match &mut self.captured {
            Captured::Nothing => {}
            Captured::Title(title) => {
                let room = MAX_RAW_TITLE_BYTES.saturating_sub(title.len());
                title.push_str(&text[..text.floor_char_boundary(room)]);
            }
            Captured::Option(option) => {
                let room = MAX_OPTION_BYTES.saturating_sub(option.len());
                option.push_str(&text[..text.floor_char_boundary(room)]);
            }
        }
        self.buffer.push(text);
    }

    /// Whether `<![CDATA[` starts text here.
    pub(super) fn allows_cdata(&self) -> bool {
        self.xml || self.is_foreign()
    }

    /// Whether the page is XHTML.
    pub(super) const fn is_xml(&self) -> bool {
        self.xml
    }

    /// Whether the rules of SVG and MathML apply here.
    pub(super) fn is_foreign(&self) -> bool {
        self.stack.context().foreign
    }

    /// Handles a tag and returns how its content is read.
    pub(super) fn handle_tag(&mut self, tag: &HtmlTag) -> Result<ContentModel, ExtractError> {
        let properties = properties(tag.name);
        if tag.is_end {
            self.end_tag(tag.name, properties);
            return Ok(ContentModel::Data);
        }
        self.start_tag(tag, properties)
    }

    /// Closes an element whose content was read without tags.
    pub(super) fn close_raw_text(&mut self, name: LocalName) {
        self.end_tag(name, properties(name));
    }

    /// Ends what is still open at the end of the document.
    pub(super) fn finish(&mut self) {
        self.end_title();
        self.end_option();
        self.end_select();
        let TextContext { region, white_space, .. } = self.stack.context();
        self.buffer.set_region(region, white_space);
    }

    pub(crate) fn into_title(self) -> Option<String> {
        let title = self.title?;
        let words: Vec<_> = title.split_ascii_whitespace().collect();
        let mut title = words.join(" ").replace(UNDECODED, "\u{FFFD}");
        title.truncate(title.floor_char_boundary(MAX_TITLE_BYTES));
        (!title.is_empty()).then_some(title)
    }

    /// Opens or closes an element that has no attributes and no HTML content.
    pub(crate) fn handle_bare_tag(&mut self, name: &str, is_end: bool) -> Result<(), ExtractError> {
        let tag = HtmlTag::bare(LocalName::of(name), is_end);
        self.handle_tag(&tag).map(|_| self.buffer.skip_newline(false))
    }

    /// Opens a region that HTML has no element for. [`Self::close_region`] closes it.
    pub(crate) fn open_region(
        &mut self,
        region: Region,
        white_space: WhiteSpace,
    ) -> Result<(), ExtractError> {
        let outer = self.stack.context();
        let region = outer.region.map(|outer| if outer == Region::Hidden { outer } else { region });
        self.push_element(REGION, properties(REGION), TextContext { region, white_space, ..outer })
    }

    /// Closes the innermost region that [`Self::open_region`] opened.
    pub(crate) fn close_region(&mut self) {
        self.end_tag(REGION, properties(REGION));
    }

    /// Pushes an element on the stack if it can matter, and sets the region of its text.
    fn push_element(
        &mut self,
        name: LocalName,
        properties: ElementProperties,
        inner: TextContext,
    ) -> Result<(), ExtractError> {
        let outer = self.stack.context();
        self.stack.push(name, properties, inner)?;
        self.separate(outer, inner, properties.separator);
        self.buffer.set_region(inner.region, inner.white_space);
        Ok(())
    }

    /// Closes the elements at `height` and above.
    fn close_to(&mut self, height: usize) {
        while self.stack.len() > height {
            let inner = self.stack.context();
            let Some(properties) = self.stack.pop() else { return };
            let outer = self.stack.context();
            match properties.element {
                Element::Title => self.end_title(),
                Element::Option => self.end_option(),
                Element::Select => self.end_select(),
                Element::Math => self.end_math(inner),
                _ => {}
            }
            self.separate(outer, inner, properties.separator);
            self.buffer.set_region(outer.region, outer.white_space);
        }
    }

    fn separate(&mut self, outer: TextContext, inner: TextContext, separator: Separator) {
        separate_contexts(&mut self.buffer, outer, inner, separator);
    }

    fn begin_title(&mut self) {
        if self.title.is_none() && matches!(self.captured, Captured::Nothing) {
            self.captured = Captured::Title(String::new());
        }
    }

    fn end_title(&mut self) {
        if let Captured::Title(title) = &mut self.captured {
            self.title = Some(std::mem::take(title));
            self.captured = Captured::Nothing;
        }
    }

    fn end_math(&mut self, inner: TextContext) {
        let is_visible = !matches!(inner.region, None | Some(Region::Hidden));
        self.math_end = is_visible.then(|| self.buffer.position());
    }

    /// Whether an element repeats the formula right before it: KaTeX writes MathML, then the same for the eye.
    fn repeats_formula(&self, tag: &HtmlTag) -> bool {
        tag.is_aria_hidden && self.math_end == Some(self.buffer.position())
    }
}

/// Separates the text inside an element from the text around it. A change of region separates both; text that is out of
/// flow leaves its surroundings unseparated.
pub(super) fn separate_contexts(
    buffer: &mut TextBuffer,
    outer: TextContext,
    inner: TextContext,
    separator: Separator,
) {
    let moves = inner.region != outer.region;
    let separator = if moves { Separator::Paragraph } else { separator };
    if !(moves && inner.is_out_of_flow()) {
        buffer.set_region(outer.region, outer.white_space);
        buffer.separate(separator);
    }
    buffer.set_region(inner.region, inner.white_space);
    buffer.separate(separator);
}
