//! Start tags: which elements they close implicitly, which they open, and how their content is read.
//!
//! Implements "in body", "in table" and "foreign content" of the standard, reduced to what affects the text.

use super::text_context::{context_of, foreign_context_of};
use super::{ContentModel, HtmlPage};
use crate::error::ExtractError;
use crate::html::element::{Element, ElementProperties};
use crate::html::tag::HtmlTag;
use crate::region::Region;
use crate::text_buffer::Separator;

impl HtmlPage {
    pub(super) fn start_tag(
        &mut self,
        tag: &HtmlTag,
        properties: ElementProperties,
    ) -> Result<ContentModel, ExtractError> {
        if self.stack.context().foreign {
            if !properties.breaks_out() {
                return self.start_foreign_tag(tag, properties).map(|()| ContentModel::Data);
            }
            self.close_foreign();
        }
        self.close_implied(properties);
        self.push_attribute_texts(tag, properties.element);
        if properties.is_void() {
            self.handle_void_element(tag, properties);
            return Ok(ContentModel::Data);
        }
        if self.ignores_start_tag(properties.element) {
            return Ok(ContentModel::Data);
        }
        if self.xml && tag.self_closing {
            self.buffer.separate(properties.separator);
            return Ok(ContentModel::Data);
        }
        self.open_element(tag, properties)
    }

    fn open_element(
        &mut self,
        tag: &HtmlTag,
        properties: ElementProperties,
    ) -> Result<ContentModel, ExtractError> {
        let element = properties.element;
        let outer = self.stack.context();
        let mut inner = context_of(tag, element, outer, self.stack.base());
        if self.repeats_formula(tag) {
            inner.region = inner.region.map(|_| Region::Hidden);
        }
        if element == Element::Option {
            inner = self.begin_option(tag, inner);
        }
        if inner.foreign && tag.self_closing {
            self.buffer.separate(properties.separator);
            return Ok(ContentModel::Data);
        }
        if properties.separator == Separator::Space && !tag.is_hidden {
            self.buffer.separate(Separator::Space);
        }
        self.push_element(tag.name, properties, inner)?;
        if element == Element::Title && inner.region == Some(Region::Title) {
            self.begin_title();
        }
        if element == Element::Select {
            self.begin_select(tag, inner.region);
        }
        if matches!(element, Element::Pre | Element::Listing | Element::Textarea) {
            self.buffer.skip_newline(true);
        }
        Ok(content_model_of(element))
    }

    /// Adds the text in attributes.
    fn push_attribute_texts(&mut self, tag: &HtmlTag, element: Element) {
        let region = self.stack.context().region;
        if region.is_none() || region == Some(Region::Hidden) || tag.is_hidden {
            return;
        }
        for text in [&tag.alt, &tag.label] {
            if !text.is_empty() {
                self.buffer.push_into(Region::Alt, &htmlize::unescape_attribute(text.as_str()));
            }
        }
        if element == Element::Meta && tag.is_description {
            self.buffer.push_into(Region::Meta, &htmlize::unescape_attribute(tag.content.as_str()));
        }
    }

    fn handle_void_element(&mut self, tag: &HtmlTag, properties: ElementProperties) {
        match properties.element {
            _ if tag.is_hidden => {}
            Element::Br => self.buffer.line_break(),
            _ => self.buffer.separate(properties.separator),
        }
    }

    /// Whether the standard ignores the start tag here.
    fn ignores_start_tag(&mut self, element: Element) -> bool {
        match element {
            // Attributes of these hide nothing: a page that hides itself is shown again by a script.
            Element::Html | Element::Head | Element::Body => true,
            Element::Colgroup => true,
            Element::Form => self.stack.is_open(Element::Form) || self.is_between_cells(),
            Element::Caption | Element::TableSection | Element::TableRow | Element::TableCell => {
                let ignored = self.find_table().is_none();
                if ignored {
                    // Pages sent in parts have cells without a table. A script will insert them into one, so their
                    // words are separate.
                    self.buffer.separate(Separator::Line);
                }
                ignored
            }
            _ => false,
        }
    }

    fn is_between_cells(&self) -> bool {
        matches!(self.stack.top(), Some(Element::Table | Element::TableSection | Element::TableRow))
    }

    /// Closes what a start tag closes implicitly.
    fn close_implied(&mut self, properties: ElementProperties) {
        if properties.closes_p() {
            self.close_p();
        }
        match properties.element {
            Element::Heading if self.stack.top() == Some(Element::Heading) => self.close_top(),
            Element::Li => self.close_item(&[Element::Li]),
            Element::Dd | Element::Dt => self.close_item(&[Element::Dd, Element::Dt]),
            Element::Option => self.close_top_if(Element::Option),
            Element::Optgroup => {
                self.close_top_if(Element::Option);
                self.close_top_if(Element::Optgroup);
            }
            Element::Button => self.close_in_scope(Element::Button),
            Element::RubyBase | Element::RubyText | Element::RubyParenthesis => self.close_ruby_text(),
            Element::A => self.close_formatting_element(Element::A),
            Element::Table if self.is_between_cells() => self.close_in_scope_of_table(Element::Table),
            Element::Caption | Element::TableSection | Element::Colgroup => self.clear_stack_to(&[]),
            Element::TableRow => self.clear_stack_to(&[Element::TableSection]),
            Element::TableCell => self.clear_stack_to(&[Element::TableRow, Element::TableSection]),
            _ => {}
        }
    }

    /// A ruby annotation ends with the next base or annotation.
    pub(super) fn close_ruby_text(&mut self) {
        self.close_top_if(Element::RubyText);
        self.close_top_if(Element::RubyParenthesis);
    }

    /// `<li>` closes an open one, unless a list or the like was opened inside it, and then an open paragraph.
    fn close_item(&mut self, items: &[Element]) {
        if let Some(index) = self.open_item(items) {
            self.close_to(index);
        }
        self.close_p();
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

    /// Closes everything in the innermost table above the first open element of `kept`, or above the table.
    fn clear_stack_to(&mut self, kept: &[Element]) {
        let Some(table) = self.find_table() else { return };
        let in_table = |index: &usize| kept.contains(&self.stack.element(*index).element);
        let innermost = (table + 1..self.stack.len()).rev().find(in_table);
        self.close_to(innermost.unwrap_or(table) + 1);
    }

    /// The index of the innermost table in scope.
    fn find_table(&self) -> Option<usize> {
        self.stack.find(Element::Table, |properties| properties.element == Element::Template)
    }

    /// Closes `<svg>` and `<math>`, as the start of `<p>` and similar elements does.
    fn close_foreign(&mut self) {
        while self.stack.context().foreign {
            self.close_top();
        }
    }

    fn start_foreign_tag(
        &mut self,
        tag: &HtmlTag,
        properties: ElementProperties,
    ) -> Result<(), ExtractError> {
        self.push_attribute_texts(tag, Element::Other);
        if tag.self_closing {
            return Ok(());
        }
        let properties = properties.as_foreign();
        self.push_element(tag.name, properties, foreign_context_of(tag, properties, self.stack.context()))
    }
}

fn content_model_of(element: Element) -> ContentModel {
    match element {
        Element::Title | Element::Textarea => ContentModel::RcData,
        Element::Style | Element::Xmp | Element::Iframe | Element::Noframes | Element::Noscript => {
            ContentModel::RawText
        }
        Element::Script => ContentModel::Script,
        Element::Plaintext => ContentModel::Plaintext,
        _ => ContentModel::Data,
    }
}
