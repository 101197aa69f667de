//! End tags: which elements they close.
//!
//! Implements "in body" and "in table" of the standard. An end tag does not reach past certain elements, and one
//! without an open element is ignored.

use super::HtmlPage;
use crate::html::element::{Element, ElementProperties};
use crate::html::local_name::LocalName;
use crate::text_buffer::Separator;

impl HtmlPage {
    pub(super) fn end_tag(&mut self, name: LocalName, properties: ElementProperties) {
        if self.stack.close_untracked(properties.element) {
            return self.buffer.separate(properties.separator);
        }
        match properties.element {
            Element::P => self.end_tag_p(),
            Element::Br => self.buffer.line_break(),
            Element::Html | Element::Head | Element::Body => {}
            Element::Li => self.close_within(Element::Li, Element::List),
            Element::Dd | Element::Dt | Element::Heading => self.close_in_scope(properties.element),
            Element::Form => self.close_form(),
            Element::Table
            | Element::TableCell
            | Element::TableRow
            | Element::TableSection
            | Element::Caption => {
                self.close_in_scope_of_table(properties.element);
            }
            Element::Template => {
                if let Some(index) = self.stack.find(Element::Template, |_| false) {
                    self.close_to(index);
                }
            }
            Element::Button | Element::Select | Element::Marker | Element::Object => {
                self.close_in_scope(properties.element);
            }
            Element::Svg | Element::Math => self.close_foreign_element(name, properties),
            Element::Ruby => {
                self.close_ruby_text();
                self.close_any_other(name, properties.element, properties.separator);
            }
            Element::A => self.close_formatting_element(Element::A),
            Element::Formatting => self.close_formatting(name),
            _ if properties.closes_p() => {
                if let Some(index) =
                    self.stack.find_name(name, properties.element, ElementProperties::is_scope)
                {
                    self.close_to(index);
                }
            }
            element => self.close_any_other(name, element, properties.separator),
        }
    }

    /// `</p>` without an open `<p>` is an empty paragraph.
    fn end_tag_p(&mut self) {
        if !self.close_p() {
            self.buffer.separate(Separator::Paragraph);
        }
    }

    /// Closes the open `<p>` in scope, if there is one.
    pub(super) fn close_p(&mut self) -> bool {
        let stops_at =
            |properties: ElementProperties| properties.is_scope() || properties.element == Element::Button;
        let open = self.stack.find(Element::P, stops_at);
        if let Some(index) = open {
            self.close_to(index);
        }
        open.is_some()
    }

    fn close_foreign_element(&mut self, name: LocalName, properties: ElementProperties) {
        let stops_at = |inner: ElementProperties| inner.is_special() && !inner.is_integration();
        if let Some(index) = self.stack.find_name(name, properties.element, stops_at) {
            self.close_to(index);
        }
    }

    /// A form may be closed while elements inside it stay open.
    fn close_form(&mut self) {
        let Some(index) = self.stack.find(Element::Form, ElementProperties::is_scope) else { return };
        if index + 1 == self.stack.len() {
            return self.close_to(index);
        }
        self.remove_element(index);
    }

    pub(super) fn close_top(&mut self) {
        self.close_to(self.stack.len().saturating_sub(1));
    }

    pub(super) fn close_top_if(&mut self, element: Element) {
        if self.stack.top() == Some(element) {
            self.close_top();
        }
    }

    pub(super) fn close_in_scope(&mut self, element: Element) {
        if let Some(index) = self.stack.find(element, ElementProperties::is_scope) {
            self.close_to(index);
        }
    }

    fn close_within(&mut self, element: Element, boundary: Element) {
        let stops_at =
            |properties: ElementProperties| properties.is_scope() || properties.element == boundary;
        if let Some(index) = self.stack.find(element, stops_at) {
            self.close_to(index);
        }
    }

    pub(super) fn close_in_scope_of_table(&mut self, element: Element) {
        let stops_at =
            |properties: ElementProperties| matches!(properties.element, Element::Table | Element::Template);
        if let Some(index) = self.stack.find(element, stops_at) {
            self.close_to(index);
        }
    }

    pub(super) fn close_formatting_element(&mut self, element: Element) {
        if let Some(index) = self.stack.find(element, ElementProperties::is_scope) {
            self.close_formatting_at(index);
        }
    }

    fn close_formatting(&mut self, name: LocalName) {
        if let Some(index) = self.stack.find_name(name, Element::Formatting, ElementProperties::is_scope) {
            self.close_formatting_at(index);
        }
    }

    /// Closes a formatting element. Blocks opened inside it stay open without it.
    fn close_formatting_at(&mut self, index: usize) {
        let holds_block = (index + 1..self.stack.len()).any(|inner| self.stack.element(inner).is_special());
        if holds_block { self.remove_element(index) } else { self.close_to(index) }
    }

    fn remove_element(&mut self, index: usize) {
        let inner = self.stack.context();
        self.stack.remove(index);
        let outer = self.stack.context();
        self.separate(outer, inner, Separator::None);
        self.buffer.set_region(outer.region, outer.white_space);
    }

    /// Closes the innermost element with the name, unless a special one is nearer.
    fn close_any_other(&mut self, name: LocalName, element: Element, separator: Separator) {
        match self.stack.find_name(name, element, ElementProperties::is_special) {
            Some(index) => self.close_to(index),
            // The element is not on the stack because it changed nothing, such as an option or a legend.
            None => self.buffer.separate(separator),
        }
    }
}
