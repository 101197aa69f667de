//! Start tags: what they end unsaid, what they open, and how their content is read.
//!
//! The rules of the standard's "in body", "in table" and "foreign content", reduced to what the text depends on.

use super::place::{context_of, foreign_context_of};
use super::{Content, Page, Title};
use crate::failure::ExtractError;
use crate::flow::Gap;
use crate::html::element::{Element, Properties};
use crate::html::tag::Tag;
use crate::region::Region;

impl Page {
    pub(super) fn start_tag(&mut self, tag: &Tag, properties: Properties) -> Result<Content, ExtractError> {
        if self.stack.context().foreign {
            if !properties.breaks_out() {
                return self.foreign_start(tag, properties).map(|()| Content::Data);
            }
            self.leave_foreign();
        }
        self.end_implied(properties);
        self.texts_of(tag, properties.element);
        if properties.is_void() {
            self.void_element(tag, properties);
            return Ok(Content::Data);
        }
        if self.is_ignored(properties.element) {
            return Ok(Content::Data);
        }
        if self.xml && tag.self_closing {
            self.flow.gap(properties.gap);
            return Ok(Content::Data);
        }
        self.open_element(tag, properties)
    }

    fn open_element(&mut self, tag: &Tag, properties: Properties) -> Result<Content, ExtractError> {
        let element = properties.element;
        let outer = self.stack.context();
        let inner = context_of(tag, element, outer, self.stack.base());
        if inner.foreign && tag.self_closing {
            self.flow.gap(properties.gap);
            return Ok(Content::Data);
        }
        if properties.gap == Gap::Space && !tag.hides {
            self.flow.gap(Gap::Space);
        }
        self.open(tag.name, properties, inner)?;
        if element == Element::Title && inner.place == Some(Region::Title) {
            self.begin_title();
        }
        if matches!(element, Element::Pre | Element::Listing | Element::Textarea) {
            self.flow.skip_newline(true);
        }
        Ok(content_of(element))
    }

    /// Text that is written in attributes.
    fn texts_of(&mut self, tag: &Tag, element: Element) {
        let place = self.stack.context().place;
        if place.is_none() || place == Some(Region::Hidden) || tag.hides {
            return;
        }
        for text in [&tag.alt, &tag.label] {
            if !text.is_empty() {
                self.flow.note(Region::Alt, &htmlize::unescape_attribute(text.as_str()));
            }
        }
        if element == Element::Meta && tag.is_description {
            self.flow.note(Region::Meta, &htmlize::unescape_attribute(tag.content.as_str()));
        }
    }

    fn void_element(&mut self, tag: &Tag, properties: Properties) {
        match properties.element {
            _ if tag.hides => {}
            Element::Br => self.flow.line_break(),
            _ => self.flow.gap(properties.gap),
        }
    }

    /// Tags that make no element where they stand.
    fn is_ignored(&mut self, element: Element) -> bool {
        match element {
            // A script shows again what a page hides as a whole, so their attributes hide nothing.
            Element::Html | Element::Head | Element::Body => true,
            Element::Colgroup => true,
            Element::Form => self.stack.is_open(Element::Form) || self.is_between_cells(),
            Element::Caption | Element::TableSection | Element::TableRow | Element::TableCell => {
                let ignored = self.table().is_none();
                if ignored {
                    // Pages sent in parts have such cells; their words are apart for whoever puts them in a table.
                    self.flow.gap(Gap::Line);
                }
                ignored
            }
            _ => false,
        }
    }

    fn is_between_cells(&self) -> bool {
        matches!(self.stack.top(), Some(Element::Table | Element::TableSection | Element::TableRow))
    }

    /// Closes what a start tag ends without saying so.
    fn end_implied(&mut self, properties: Properties) {
        if properties.closes_p() {
            self.end_p();
        }
        match properties.element {
            Element::Heading if self.stack.top() == Some(Element::Heading) => self.close_top(),
            Element::Li => self.end_item(&[Element::Li]),
            Element::Dd | Element::Dt => self.end_item(&[Element::Dd, Element::Dt]),
            Element::Option => self.close_top_if(Element::Option),
            Element::Optgroup => {
                self.close_top_if(Element::Option);
                self.close_top_if(Element::Optgroup);
            }
            Element::Button => self.close_in_scope(Element::Button),
            Element::RubyBase | Element::RubyText | Element::RubyParenthesis => self.end_reading(),
            Element::A => self.end_formatting_element(Element::A),
            Element::Table if self.is_between_cells() => self.close_in_scope_of_table(Element::Table),
            Element::Caption | Element::TableSection | Element::Colgroup => self.clear_to(&[]),
            Element::TableRow => self.clear_to(&[Element::TableSection]),
            Element::TableCell => self.clear_to(&[Element::TableRow, Element::TableSection]),
            _ => {}
        }
    }

    /// The reading of a character ends with the next character or reading.
    pub(super) fn end_reading(&mut self) {
        self.close_top_if(Element::RubyText);
        self.close_top_if(Element::RubyParenthesis);
    }

    /// `<li>` ends an open one, unless a list or the like was opened in that, and then a paragraph.
    fn end_item(&mut self, items: &[Element]) {
        if let Some(index) = self.open_item(items) {
            self.close_to(index);
        }
        self.end_p();
    }

    fn open_item(&self, items: &[Element]) -> Option<usize> {
        for index in (0..self.stack.len()).rev() {
            let properties = self.stack.element(index);
            if items.contains(&properties.element) {
                return Some(index);
            }
            let passed = matches!(properties.element, Element::Div | Element::P);
            if properties.is_special() && !passed {
                return None;
            }
        }
        None
    }

    /// Closes everything in the innermost table down to the first of `kept` that is open, or down to the table.
    fn clear_to(&mut self, kept: &[Element]) {
        let Some(table) = self.table() else { return };
        let in_table = |index: &usize| kept.contains(&self.stack.element(*index).element);
        let innermost = (table + 1..self.stack.len()).rev().find(in_table);
        self.close_to(innermost.unwrap_or(table) + 1);
    }

    /// Where the innermost table starts that can be reached.
    fn table(&self) -> Option<usize> {
        self.stack.find(Element::Table, |properties| properties.element == Element::Template)
    }

    fn begin_title(&mut self) {
        if matches!(self.title, Title::Wanted) {
            self.title = Title::Open(String::new());
        }
    }

    /// `<p>` and the like end `<svg>` and `<math>`.
    fn leave_foreign(&mut self) {
        while self.stack.context().foreign {
            self.close_top();
        }
    }

    fn foreign_start(&mut self, tag: &Tag, properties: Properties) -> Result<(), ExtractError> {
        self.texts_of(tag, Element::Other);
        if tag.self_closing {
            return Ok(());
        }
        let properties = properties.as_foreign();
        self.open(tag.name, properties, foreign_context_of(tag, properties, self.stack.context()))
    }
}

fn content_of(element: Element) -> Content {
    match element {
        Element::Title | Element::Textarea => Content::RcData,
        Element::Style | Element::Xmp | Element::Iframe | Element::Noframes | Element::Noscript => {
            Content::RawText
        }
        Element::Script => Content::Script,
        Element::Plaintext => Content::Plaintext,
        _ => Content::Data,
    }
}
