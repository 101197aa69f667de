//! The stack of open elements, as far as they matter: boundaries for end tags, and elements that change the text's
//! context.
//!
//! Memory is bounded: below the depth limit, elements that change nothing are only counted. Knows no rules for tags.

use super::text_context::TextContext;
use crate::error::ExtractError;
use crate::html::element::{ELEMENTS, Element, ElementProperties};
use crate::html::local_name::LocalName;
use crate::region::Region;
use crate::text_buffer::WhiteSpace;

#[derive(Debug)]
struct OpenElement {
    name: LocalName,
    properties: ElementProperties,
    context: TextContext,
    changes: bool,
    /// How many elements inside it were only counted.
    untracked: u32,
}

/// The open elements, outermost first.
#[derive(Debug)]
pub(super) struct ElementStack {
    elements: Vec<OpenElement>,
    base: TextContext,
    /// How many of each element are open.
    open: [u16; ELEMENTS],
    /// How many elements change the context, how many do not, and how many are not special.
    changing: u32,
    unchanging: u32,
    non_special: u32,
    depth: u32,
}

impl ElementStack {
    pub(super) fn new(base: Region, depth: u32) -> Self {
        let base = TextContext {
            region: Some(base),
            white_space: WhiteSpace::Collapse,
            in_section: false,
            foreign: false,
        };
        let depth = depth.min(u32::from(u16::MAX) / 2);
        Self {
            elements: Vec::new(),
            base,
            open: [0; ELEMENTS],
            changing: 0,
            unchanging: 0,
            non_special: 0,
            depth,
        }
    }

    pub(super) fn context(&self) -> TextContext {
        self.elements.last().map_or(self.base, |element| element.context)
    }

    pub(super) fn base(&self) -> Region {
        self.base.region.unwrap_or(Region::Main)
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    /// Pushes an element if it is special or changes the context, or if its end tag could close another one that does.
    pub(super) fn push(
        &mut self,
        name: LocalName,
        properties: ElementProperties,
        context: TextContext,
    ) -> Result<(), ExtractError> {
        let changes = context != self.context();
        if !changes && !properties.is_special() && self.non_special == 0 {
            return Ok(());
        }
        if changes && self.changing >= self.depth {
            return Err(ExtractError::TooDeep { limit: self.depth });
        }
        if !changes && self.unchanging >= self.depth {
            if let Some(top) = self.elements.last_mut() {
                top.untracked = top.untracked.saturating_add(1);
            }
            return Ok(());
        }
        let element = OpenElement { name, properties, context, changes, untracked: 0 };
        self.count(&element, 1);
        self.elements.push(element);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<ElementProperties> {
        let element = self.elements.pop()?;
        self.count(&element, u16::MAX);
        Some(element.properties)
    }

    /// Removes one element. The elements inside it stay open and leave its region.
    pub(super) fn remove(&mut self, index: usize) {
        let element = self.elements.remove(index);
        self.count(&element, u16::MAX);
        let outer = index.checked_sub(1).map_or(self.base, |below| self.elements[below].context);
        for inner in &mut self.elements[index..] {
            if inner.context.region == element.context.region {
                inner.context.region = outer.region;
            }
        }
    }

    /// Handles the end of an element that was only counted, if the top has one. The end of a region is never taken for
    /// one.
    pub(super) fn close_untracked(&mut self, element: Element) -> bool {
        let ends_region = matches!(
            element,
            Element::Nav
                | Element::Aside
                | Element::Header
                | Element::Footer
                | Element::Main
                | Element::Form
                | Element::Svg
                | Element::Math
        );
        if ends_region && self.is_open(element) {
            return false;
        }
        match self.elements.last_mut() {
            Some(top) if top.untracked > 0 => {
                top.untracked -= 1;
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_open(&self, element: Element) -> bool {
        self.open[element as usize] > 0
    }

    pub(super) fn top(&self) -> Option<Element> {
        self.elements.last().map(|element| element.properties.element)
    }

    pub(super) fn element(&self, index: usize) -> ElementProperties {
        self.elements[index].properties
    }

    /// The innermost open `wanted`, unless an element that `stops_at` accepts is nearer.
    pub(super) fn find(
        &self,
        wanted: Element,
        stops_at: impl Fn(ElementProperties) -> bool,
    ) -> Option<usize> {
        if !self.is_open(wanted) {
            return None;
        }
        self.search(|element| element.properties.element == wanted, stops_at)
    }

    /// Like [`Self::find`], but by name, for elements that share an [`Element`].
    pub(super) fn find_name(
        &self,
        name: LocalName,
        element: Element,
        stops_at: impl Fn(ElementProperties) -> bool,
    ) -> Option<usize> {
        if !self.is_open(element) {
            return None;
        }
        self.search(|element| element.name.is(name), stops_at)
    }

    fn search(
        &self,
        wanted: impl Fn(&OpenElement) -> bool,
        stops_at: impl Fn(ElementProperties) -> bool,
    ) -> Option<usize> {
        for (index, element) in self.elements.iter().enumerate().rev() {
            if wanted(element) {
                return Some(index);
            }
            if stops_at(element.properties) {
                return None;
            }
        }
        None
    }

    /// Adds an element to the counts (`by` 1) or removes it (`by` the largest number, which wraps to -1).
    fn count(&mut self, element: &OpenElement, by: u16) {
        let wide = if by == 1 { 1 } else { u32::MAX };
        let open = &mut self.open[element.properties.element as usize];
        *open = open.wrapping_add(by);
        let kind = if element.changes { &mut self.changing } else { &mut self.unchanging };
        *kind = kind.wrapping_add(wide);
        if !element.properties.is_special() {
            self.non_special = self.non_special.wrapping_add(wide);
        }
    }
}
