//! The open elements, as far as they matter: those an end tag may not reach past, and those that change the place of
//! the text.
//!
//! Bounded: elements that change nothing are only counted beyond the depth. Knows no rule for a tag.

use crate::failure::ExtractError;
use crate::flow::Space;
use crate::html::element::{ELEMENTS, Element, Properties};
use crate::html::name::Name;
use crate::region::Region;

/// Where text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::html) struct Context {
    /// Its region; `None`: it is no text at all.
    pub(in crate::html) place: Option<Region>,
    pub(in crate::html) space: Space,
    /// Inside an article, a section or the like, whose header is not the page's.
    pub(in crate::html) sectioned: bool,
    /// Inside `<svg>` or `<math>`, where other rules hold.
    pub(in crate::html) foreign: bool,
}

impl Context {
    /// Whether text here is not seen between the texts around it.
    pub(in crate::html) fn is_unseen(self) -> bool {
        matches!(self.place, None | Some(Region::Hidden | Region::Alt | Region::Title))
    }
}

#[derive(Debug)]
struct Entry {
    name: Name,
    properties: Properties,
    context: Context,
    changes: bool,
    /// Elements inside it that were only counted.
    flattened: u32,
}

/// The open elements, outermost first.
#[derive(Debug)]
pub(super) struct Stack {
    entries: Vec<Entry>,
    base: Context,
    /// How many of each element are open.
    open: [u16; ELEMENTS],
    /// Entries that change something, that change nothing, and that are not special.
    changing: u32,
    plain: u32,
    loose: u32,
    depth: u32,
}

impl Stack {
    pub(super) fn new(base: Region, depth: u32) -> Self {
        let base = Context { place: Some(base), space: Space::Collapsed, sectioned: false, foreign: false };
        let depth = depth.min(u32::from(u16::MAX) / 2);
        Self { entries: Vec::new(), base, open: [0; ELEMENTS], changing: 0, plain: 0, loose: 0, depth }
    }

    pub(super) fn context(&self) -> Context {
        self.entries.last().map_or(self.base, |entry| entry.context)
    }

    pub(super) fn base(&self) -> Region {
        self.base.place.unwrap_or(Region::Main)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Puts an element on top if it is special or changes something, or if its end tag could be taken for that of one
    /// that does.
    pub(super) fn push(
        &mut self,
        name: Name,
        properties: Properties,
        context: Context,
    ) -> Result<(), ExtractError> {
        let changes = context != self.context();
        if !changes && !properties.is_special() && self.loose == 0 {
            return Ok(());
        }
        if changes && self.changing >= self.depth {
            return Err(ExtractError::TooDeep { limit: self.depth });
        }
        if !changes && self.plain >= self.depth {
            if let Some(top) = self.entries.last_mut() {
                top.flattened = top.flattened.saturating_add(1);
            }
            return Ok(());
        }
        let entry = Entry { name, properties, context, changes, flattened: 0 };
        self.count(&entry, 1);
        self.entries.push(entry);
        Ok(())
    }

    pub(super) fn pop(&mut self) -> Option<Properties> {
        let entry = self.entries.pop()?;
        self.count(&entry, u16::MAX);
        Some(entry.properties)
    }

    /// Takes out one element and leaves those inside it open, out of its place.
    pub(super) fn remove(&mut self, index: usize) {
        let entry = self.entries.remove(index);
        self.count(&entry, u16::MAX);
        let outer = index.checked_sub(1).map_or(self.base, |below| self.entries[below].context);
        for inner in &mut self.entries[index..] {
            if inner.context.place == entry.context.place {
                inner.context.place = outer.place;
            }
        }
    }

    /// Takes the end of an element that was only counted, if there is one on top. Ends of regions are never taken.
    pub(super) fn take_flattened(&mut self, element: Element) -> bool {
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
        match self.entries.last_mut() {
            Some(top) if top.flattened > 0 => {
                top.flattened -= 1;
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_open(&self, element: Element) -> bool {
        self.open[element as usize] > 0
    }

    pub(super) fn top(&self) -> Option<Element> {
        self.entries.last().map(|entry| entry.properties.element)
    }

    pub(super) fn element(&self, index: usize) -> Properties {
        self.entries[index].properties
    }

    /// The innermost open `wanted`, if no `border` is further in.
    pub(super) fn find(&self, wanted: Element, border: impl Fn(Properties) -> bool) -> Option<usize> {
        if !self.is_open(wanted) {
            return None;
        }
        self.search(|entry| entry.properties.element == wanted, border)
    }

    /// The same by name, for elements that share an [`Element`].
    pub(super) fn find_name(
        &self,
        name: Name,
        element: Element,
        border: impl Fn(Properties) -> bool,
    ) -> Option<usize> {
        if !self.is_open(element) {
            return None;
        }
        self.search(|entry| entry.name.is(name), border)
    }

    fn search(&self, wanted: impl Fn(&Entry) -> bool, border: impl Fn(Properties) -> bool) -> Option<usize> {
        for (index, entry) in self.entries.iter().enumerate().rev() {
            if wanted(entry) {
                return Some(index);
            }
            if border(entry.properties) {
                return None;
            }
        }
        None
    }

    /// Counts an entry in (`by` 1) or out (`by` the largest number, which wraps to -1).
    fn count(&mut self, entry: &Entry, by: u16) {
        let wide = if by == 1 { 1 } else { u32::MAX };
        let open = &mut self.open[entry.properties.element as usize];
        *open = open.wrapping_add(by);
        let kind = if entry.changes { &mut self.changing } else { &mut self.plain };
        *kind = kind.wrapping_add(wide);
        if !entry.properties.is_special() {
            self.loose = self.loose.wrapping_add(wide);
        }
    }
}
