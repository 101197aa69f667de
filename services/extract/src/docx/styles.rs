//! Which styles of a Word document hide the text that is set in them.
//!
//! Reads that one property and the style that another is based on; everything else of a style is its looks.

use std::collections::HashMap;

use crate::failure::ExtractError;
use crate::xml::{Handler, Tag};

/// How far the chain of styles based on each other is followed.
const LONGEST: usize = 32;

/// The styles that say something about hiding.
#[derive(Debug, Default)]
pub(super) struct Styles {
    all: HashMap<String, Style>,
    /// The style that is being read.
    open: Option<String>,
    path: Vec<Step>,
}

#[derive(Debug, Default)]
struct Style {
    base: Option<String>,
    hides: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Style,
    Run,
    Other,
}

impl Styles {
    /// Whether text in this style is hidden, by itself or by a style that it is based on.
    pub(super) fn hides(&self, name: &str) -> bool {
        let mut at = self.all.get(name);
        for _ in 0..LONGEST {
            let Some(style) = at else { return false };
            if let Some(hides) = style.hides {
                return hides;
            }
            at = style.base.as_deref().and_then(|base| self.all.get(base));
        }
        false
    }
}

/// Whether a property that is on by being there is on: `<w:vanish/>`, but not `<w:vanish w:val="0"/>`.
pub(super) fn is_on(tag: &Tag<'_>) -> bool {
    !tag.attribute("val").is_some_and(|value| matches!(value.as_ref(), "0" | "false" | "off"))
}

impl Handler for Styles {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        let parent = self.path.last().copied();
        let step = match (tag.local(), parent) {
            ("style", _) => {
                let name = tag.attribute("styleId").unwrap_or_default().into_owned();
                self.all.insert(name.clone(), Style::default());
                self.open = Some(name);
                Step::Style
            }
            ("rPr", Some(Step::Style)) => Step::Run,
            _ => Step::Other,
        };
        self.path.push(step);
        let Some(style) = self.open.as_ref().and_then(|name| self.all.get_mut(name)) else { return Ok(()) };
        match (tag.local(), parent) {
            ("basedOn", Some(Step::Style)) => {
                style.base = tag.attribute("val").map(|value| value.into_owned());
            }
            ("vanish", Some(Step::Run)) => style.hides = Some(is_on(tag)),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ExtractError> {
        if self.path.pop() == Some(Step::Style) {
            self.open = None;
        }
        Ok(())
    }
}
