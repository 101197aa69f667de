//! Finds the styles of a Word document that hide their text.
//!
//! Reads only that property and the style that a style is based on.

use std::collections::HashMap;

use crate::error::ExtractError;
use crate::xml::{XmlHandler, XmlTag};

/// The longest chain of base styles that is followed.
const MAX_BASE_STYLES: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Styles {
    all: HashMap<String, Style>,
    /// The style that is being read.
    open: Option<String>,
    path: Vec<StyleScope>,
}

#[derive(Debug, Default)]
struct Style {
    base: Option<String>,
    hides: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StyleScope {
    Style,
    Run,
    Other,
}

impl Styles {
    /// Whether text in this style is hidden, by the style itself or by a base style.
    pub(super) fn hides(&self, name: &str) -> bool {
        let mut at = self.all.get(name);
        for _ in 0..MAX_BASE_STYLES {
            let Some(style) = at else { return false };
            if let Some(hides) = style.hides {
                return hides;
            }
            at = style.base.as_deref().and_then(|base| self.all.get(base));
        }
        false
    }
}

/// Whether a toggle property is on: `<w:vanish/>` is, `<w:vanish w:val="0"/>` is not.
pub(super) fn is_on(tag: &XmlTag<'_>) -> bool {
    !tag.attribute("val").is_some_and(|value| matches!(value.as_ref(), "0" | "false" | "off"))
}

impl XmlHandler for Styles {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        let parent = self.path.last().copied();
        let step = match (tag.local_name(), parent) {
            ("style", _) => {
                let name = tag.attribute("styleId").unwrap_or_default().into_owned();
                self.all.insert(name.clone(), Style::default());
                self.open = Some(name);
                StyleScope::Style
            }
            ("rPr", Some(StyleScope::Style)) => StyleScope::Run,
            _ => StyleScope::Other,
        };
        self.path.push(step);
        let Some(style) = self.open.as_ref().and_then(|name| self.all.get_mut(name)) else { return Ok(()) };
        match (tag.local_name(), parent) {
            ("basedOn", Some(StyleScope::Style)) => {
                style.base = tag.attribute("val").map(|value| value.into_owned());
            }
            ("vanish", Some(StyleScope::Run)) => style.hides = Some(is_on(tag)),
            _ => {}
        }
        Ok(())
    }

    fn end_element(&mut self) -> Result<(), ExtractError> {
        if self.path.pop() == Some(StyleScope::Style) {
            self.open = None;
        }
        Ok(())
    }
}
