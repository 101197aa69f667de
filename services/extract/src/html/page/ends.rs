//! End tags: which element they close, if any.
//!
//! The rules of the standard's "in body" and "in table": an end tag never reaches past certain elements, and one that
//! finds nothing to close is nothing.

use super::Page;
use crate::flow::Gap;
use crate::html::element::{Element, Properties};
use crate::html::name::Name;

impl Page {
    pub(super) fn end_tag(&mut self, name: Name, properties: Properties) {
        if self.stack.take_flattened(properties.element) {
            return self.flow.gap(properties.gap);
        }
        match properties.element {
            Element::P => self.end_tag_p(),
            Element::Br => self.flow.line_break(),
            Element::Html | Element::Head | Element::Body => {}
            Element::Li => self.close_within(Element::Li, Element::List),
            Element::Dd | Element::Dt | Element::Heading => self.close_in_scope(properties.element),
            Element::Form => self.end_form(),
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
            Element::Svg | Element::Math => self.end_foreign(name, properties),
            Element::Ruby => {
                self.end_reading();
                self.end_any_other(name, properties.element, properties.gap);
            }
            Element::A => self.end_formatting_element(Element::A),
            Element::Formatting => self.end_formatting(name),
            _ if properties.closes_p() => {
                if let Some(index) = self.stack.find_name(name, properties.element, Properties::is_scope) {
                    self.close_to(index);
                }
            }
            element => self.end_any_other(name, element, properties.gap),
        }
    }

    /// `</p>` without a `<p>` is an empty paragraph.
    fn end_tag_p(&mut self) {
        if !self.end_p() {
            self.flow.gap(Gap::Paragraph);
        }
    }

    /// Closes an open `<p>` if it can be reached.
    pub(super) fn end_p(&mut self) -> bool {
        let border = |properties: Properties| properties.is_scope() || properties.element == Element::Button;
        let open = self.stack.find(Element::P, border);
        if let Some(index) = open {
            self.close_to(index);
        }
        open.is_some()
    }

    fn end_foreign(&mut self, name: Name, properties: Properties) {
        let border = |inner: Properties| inner.is_special() && !inner.is_integration();
        if let Some(index) = self.stack.find_name(name, properties.element, border) {
            self.close_to(index);
        }
    }

    /// A form may be closed while what was opened in it stays open.
    fn end_form(&mut self) {
        let Some(index) = self.stack.find(Element::Form, Properties::is_scope) else { return };
        if index + 1 == self.stack.len() {
            return self.close_to(index);
        }
        self.take_out(index);
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
        if let Some(index) = self.stack.find(element, Properties::is_scope) {
            self.close_to(index);
        }
    }

    fn close_within(&mut self, element: Element, border: Element) {
        let border = |properties: Properties| properties.is_scope() || properties.element == border;
        if let Some(index) = self.stack.find(element, border) {
            self.close_to(index);
        }
    }

    pub(super) fn close_in_scope_of_table(&mut self, element: Element) {
        let border =
            |properties: Properties| matches!(properties.element, Element::Table | Element::Template);
        if let Some(index) = self.stack.find(element, border) {
            self.close_to(index);
        }
    }

    pub(super) fn end_formatting_element(&mut self, element: Element) {
        if let Some(index) = self.stack.find(element, Properties::is_scope) {
            self.end_formatting_at(index);
        }
    }

    fn end_formatting(&mut self, name: Name) {
        if let Some(index) = self.stack.find_name(name, Element::Formatting, Properties::is_scope) {
            self.end_formatting_at(index);
        }
    }

    /// A formatting element ends where it says so, and the blocks opened in it go on without it.
    fn end_formatting_at(&mut self, index: usize) {
        let holds_block = (index + 1..self.stack.len()).any(|inner| self.stack.element(inner).is_special());
        if holds_block { self.take_out(index) } else { self.close_to(index) }
    }

    fn take_out(&mut self, index: usize) {
        let inner = self.stack.context();
        self.stack.remove(index);
        let outer = self.stack.context();
        self.border(outer, inner, Gap::None);
        self.flow.go(outer.place, outer.space);
    }

    /// Ends the innermost element of the name, unless a special one is further in.
    fn end_any_other(&mut self, name: Name, element: Element, gap: Gap) {
        match self.stack.find_name(name, element, Properties::is_special) {
            Some(index) => self.close_to(index),
            // Not on the stack, because it changed nothing: an option, a legend.
            None => self.flow.gap(gap),
        }
    }
}
