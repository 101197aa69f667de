//! The package of a book: which parts are its chapters, in which order, and which is its table of contents.
//!
//! Knows names only; opens nothing.

use std::collections::{HashMap, HashSet};

use crate::archive::resolve;
use crate::failure::ExtractError;
use crate::xml::{Handler, Tag};

/// What the package file says.
pub(super) struct Package<'a> {
    /// The package file's own name, from which others are told.
    root: &'a str,
    items: HashMap<String, String>,
    contents: Option<String>,
    spine: Vec<String>,
}

impl<'a> Package<'a> {
    pub(super) fn new(root: &'a str) -> Self {
        Self { root, items: HashMap::new(), contents: None, spine: Vec::new() }
    }

    /// The names of the chapters in the order of reading, each once, without the table of contents.
    pub(super) fn chapters(&self) -> impl Iterator<Item = String> {
        let mut seen = HashSet::new();
        self.spine
            .iter()
            .map(|id| self.items.get(id).cloned().unwrap_or_else(|| id.clone()))
            .filter(move |name| self.contents.as_ref() != Some(name) && seen.insert(name.clone()))
    }

    /// The name of the table of contents.
    pub(super) fn contents(&self) -> impl Iterator<Item = String> {
        self.contents.clone().into_iter()
    }
}

impl Handler for Package<'_> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        match tag.local() {
            "item" => {
                let (Some(id), Some(href)) = (tag.attribute("id"), tag.attribute("href")) else {
                    return Ok(());
                };
                let name = resolve(self.root, &decoded(&href));
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

/// A reference with its `%41` undone, as names of parts are written.
pub(super) fn decoded(reference: &str) -> String {
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
