//! Finds the styles of an OpenDocument text that hide their text.
//!
//! Named styles apply to the whole document, automatic ones to the part that holds them. A style inherits from its
//! parent, which is a named style of the same family.

use std::collections::HashMap;

use crate::error::ExtractError;
use crate::xml::{XmlHandler, XmlTag};

/// The longest chain of parents that is followed.
const MAX_PARENTS: usize = 32;

/// The styles of a document.
#[derive(Debug, Default)]
pub(super) struct OdtStyles {
    named: StyleMap,
    automatic: StyleMap,
    /// Inside the automatic styles of a part.
    in_automatic: bool,
    /// The style that is being read.
    open: Option<StyleKey>,
}

type StyleMap = HashMap<StyleKey, OdtStyle>;

/// Family and name.
type StyleKey = (String, String);

#[derive(Debug, Default)]
struct OdtStyle {
    parent: Option<String>,
    hides: Option<bool>,
}

impl OdtStyles {
    /// Reads a tag if it defines a style.
    pub(super) fn read(&mut self, tag: &XmlTag<'_>) {
        match tag.name() {
            "office:automatic-styles" => {
                self.automatic.clear();
                self.in_automatic = true;
            }
            "office:styles" => self.in_automatic = false,
            "style:style" => self.begin(tag),
            "style:text-properties" => {
                let Some(display) = tag.attribute("display") else { return };
                let styles = if self.in_automatic { &mut self.automatic } else { &mut self.named };
                if let Some(style) = self.open.as_ref().and_then(|key| styles.get_mut(key)) {
                    style.hides = Some(display == "none");
                }
            }
            // The properties of these are not those of a style.
            "text:list-style" | "style:default-style" | "office:body" | "office:master-styles" => {
                self.open = None;
            }
            _ => {}
        }
    }

    fn begin(&mut self, tag: &XmlTag<'_>) {
        let attribute = |name| tag.attribute(name).map(|value| value.into_owned());
        let key = (attribute("family").unwrap_or_default(), attribute("name").unwrap_or_default());
        let style = OdtStyle { parent: attribute("parent-style-name"), hides: None };
        let styles = if self.in_automatic { &mut self.automatic } else { &mut self.named };
        styles.insert(key.clone(), style);
        self.open = Some(key);
    }

    /// Whether text in this style is hidden, by the style itself or by a parent.
    pub(super) fn hides(&self, family: &str, name: &str) -> bool {
        let mut style = find(&self.automatic, family, name).or_else(|| find(&self.named, family, name));
        for _ in 0..MAX_PARENTS {
            let Some(OdtStyle { parent, hides }) = style else { return false };
            if let Some(hides) = hides {
                return *hides;
            }
            style = parent.as_ref().and_then(|parent| find(&self.named, family, parent));
        }
        false
    }
}

/// A style without a family counts for every family.
fn find<'a>(styles: &'a StyleMap, family: &str, name: &str) -> Option<&'a OdtStyle> {
    let key = |family: &str| (family.to_owned(), name.to_owned());
    styles.get(&key(family)).or_else(|| styles.get(&key("")))
}

/// Reads only the styles of a part.
#[derive(Default)]
pub(super) struct NamedStyleHandler(OdtStyles);

impl NamedStyleHandler {
    pub(super) fn into_styles(self) -> OdtStyles {
        self.0
    }
}

impl XmlHandler for NamedStyleHandler {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        self.0.read(tag);
        Ok(())
    }
}
