//! Chooses between the alternatives of the same content (ECMA-376 part 3).
//!
//! A program shows the first `Choice` whose namespaces it understands, otherwise the `Fallback`. Here a choice without
//! text gives way too: what it shows is a drawing that is not read.

use std::collections::HashMap;

use crate::xml::XmlTag;

/// Prefixes that Word writes, for documents that do not declare them where they are looked for.
const USUAL_PREFIXES: [&str; 14] = [
    "wps", "wpg", "wpc", "wpi", "wp14", "w14", "w15", "w16", "w16se", "w16cid", "a14", "am3d", "aink", "cx1",
];

/// The starts of the namespaces of Office and of the standard.
const KNOWN_NAMESPACES: [&str; 3] = [
    "http://schemas.microsoft.com/office/",
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
];

/// The open alternate contents of a part.
#[derive(Debug, Default)]
pub(super) struct AlternateContents {
    open: Vec<AlternateContent>,
    /// Namespaces by prefix.
    namespaces: HashMap<String, String>,
}

#[derive(Debug, Default)]
struct AlternateContent {
    /// An alternative showed text; the others are dropped.
    is_decided: bool,
    /// The current alternative is read.
    is_reading: bool,
    /// The current alternative showed text.
    has_text: bool,
}

impl AlternateContents {
    pub(super) fn read_namespaces(&mut self, tag: &XmlTag<'_>) {
        self.namespaces.extend(tag.namespaces());
    }

    pub(super) fn open(&mut self, tag: &XmlTag<'_>) {
        self.read_namespaces(tag);
        self.open.push(AlternateContent::default());
    }

    /// Starts a choice. Returns whether its content is text.
    pub(super) fn takes_choice(&mut self, tag: &XmlTag<'_>) -> bool {
        self.read_namespaces(tag);
        let required = tag.attribute("Requires").unwrap_or_default();
        let is_understood = required.split_ascii_whitespace().all(|prefix| self.is_understood(prefix));
        self.takes(is_understood)
    }

    pub(super) fn takes_fallback(&mut self) -> bool {
        self.takes(true)
    }

    fn takes(&mut self, is_understood: bool) -> bool {
        let Some(content) = self.open.last_mut() else { return is_understood };
        content.is_reading = is_understood && !content.is_decided;
        content.has_text = false;
        content.is_reading
    }

    /// Ends a choice or a fallback.
    pub(super) fn end_alternative(&mut self) {
        if let Some(content) = self.open.last_mut() {
            content.is_decided |= content.is_reading && content.has_text;
        }
    }

    pub(super) fn close(&mut self) {
        let content = self.open.pop();
        if content.is_some_and(|content| content.is_decided) {
            self.mark_shown();
        }
    }

    /// Records that the innermost alternative showed something.
    pub(super) fn mark_shown(&mut self) {
        if let Some(content) = self.open.last_mut() {
            content.has_text = true;
        }
    }

    fn is_understood(&self, prefix: &str) -> bool {
        match self.namespaces.get(prefix) {
            Some(namespace) => KNOWN_NAMESPACES.iter().any(|known| namespace.starts_with(known)),
            None => USUAL_PREFIXES.contains(&prefix),
        }
    }
}
