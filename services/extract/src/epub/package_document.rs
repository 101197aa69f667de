//! Reads the package document of a book: its chapters, their order, and the table of contents.
//!
//! Knows names only and opens nothing.

use std::collections::{HashMap, HashSet};

use crate::error::ExtractError;
use crate::xml::{XmlHandler, XmlTag};
use crate::zip_reader::resolve;

pub(super) struct PackageDocument<'a> {
    /// The name of the package document. Other names are relative to it.
    root: &'a str,
    items: HashMap<String, String>,
    contents: Option<String>,
    spine: Vec<String>,
}

impl<'a> PackageDocument<'a> {
    pub(super) fn new(root: &'a str) -> Self {
        Self { root, items: HashMap::new(), contents: None, spine: Vec::new() }
    }

    /// The names of the chapters in reading order, without duplicates and without the table of contents.
    pub(super) fn chapters(&self) -> impl Iterator<Item = String> {
        let mut seen = HashSet::new();
        self.spine
            .iter()
            .map(|id| self.items.get(id).cloned().unwrap_or_else(|| id.clone()))
            .filter(move |name| self.contents.as_ref() != Some(name) && seen.insert(name.clone()))
    }

    /// Whether the package names no part to read.
    pub(super) fn has_empty_spine(&self) -> bool {
        self.spine.is_empty()
    }

    pub(super) fn contents(&self) -> impl Iterator<Item = String> {
        self.contents.clone().into_iter()
    }
}

impl XmlHandler for PackageDocument<'_> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        match tag.local_name() {
            "item" => {
                let (Some(id), Some(href)) = (tag.attribute("id"), tag.attribute("href")) else {
                    return Ok(());
                };
                let name = resolve(self.root, &percent_decoded(&href));
                let properties = tag.attribute("properties").unwrap_or_default();
                if properties.split_ascii_whitespace().any(|property| property == "nav") {
                    self.contents = Some(name.clone());
                }
                self.items.insert(id.into_owned(), name);
            }
            "itemref" => self.spine.extend(tag.attribute("idref").map(|id| id.into_owned())),
            _ => {}
        }
        Ok(())
    }
}

/// Decodes the percent-encoding of a reference, such as `%41`.
pub(super) fn percent_decoded(reference: &str) -> String {
    let bytes = reference.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = reference.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
