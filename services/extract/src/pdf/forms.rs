//! Drawings that are used inside other drawings ("forms"), followed before a page is read.
//!
//! The reader follows them without looking where it goes: one that draws itself would be drawn for ever. Knows the
//! operator that draws another object, and no other.

use std::collections::HashMap;

use pdf_extract::{Dictionary, Document, Object, ObjectId};

use super::pages::{entry, is_kind};
use crate::failure::ExtractError;

/// How many may be inside each other.
const DEEPEST: usize = 32;

/// Refuses a page whose drawings are inside each other without end.
pub(super) fn check(pdf: &Document, page: ObjectId) -> Result<(), ExtractError> {
    let Ok(dictionary) = pdf.get_dictionary(page) else { return Ok(()) };
    let Some(resources) = entry(pdf, dictionary, b"Resources") else { return Ok(()) };
    if !has_forms(pdf, resources) {
        return Ok(());
    }
    let content = pdf.get_page_content(page).unwrap_or_default();
    let mut seen = Seen { pdf, heights: HashMap::new() };
    seen.height(&content, resources, 0).map(drop).ok_or_else(|| ExtractError::Broken {
        format: super::FORMAT,
        why: "its drawings are inside each other without end".to_owned(),
    })
}

fn has_forms(pdf: &Document, resources: &Dictionary) -> bool {
    let objects = entry(pdf, resources, b"XObject");
    objects.is_some_and(|objects| objects.iter().any(|(_, object)| is_kind(pdf, object, b"Form")))
}

struct Seen<'a> {
    pdf: &'a Document,
    /// How many drawings are inside each other in one that was followed, by its object and by the place of the
    /// resources that it finds others in: one without resources uses those of where it is drawn.
    heights: HashMap<(ObjectId, usize), usize>,
}

impl<'a> Seen<'a> {
    /// How many are inside each other in this content; `None` for too many.
    fn height(&mut self, content: &[u8], resources: &'a Dictionary, depth: usize) -> Option<usize> {
        if depth > DEEPEST {
            return None;
        }
        let Some(objects) = entry(self.pdf, resources, b"XObject") else { return Some(0) };
        let mut highest = 0;
        for name in drawn(content) {
            let Ok(object) = objects.get(name) else { continue };
            let Ok((Some(id), Object::Stream(form))) = self.pdf.dereference(object) else { continue };
            if !is_kind(self.pdf, object, b"Form") {
                continue;
            }
            let own = entry(self.pdf, &form.dict, b"Resources").unwrap_or(resources);
            let key = (id, std::ptr::from_ref(own).addr());
            let height = match self.heights.get(&key) {
                Some(height) => *height,
                None => {
                    let content = form.decompressed_content().unwrap_or_else(|_| form.content.clone());
                    let height = self.height(&content, own, depth + 1)?;
                    self.heights.insert(key, height);
                    height
                }
            };
            highest = highest.max(height + 1);
        }
        (depth + highest <= DEEPEST).then_some(highest)
    }
}

/// The names of the objects that are drawn: what stands before the operator `Do`.
fn drawn(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memmem::find_iter(content, b"Do").filter_map(|at| {
        let before = content[..at].trim_ascii_end();
        let slash = memchr::memrchr(b'/', before)?;
        let name = &before[slash + 1..];
        (before.len() < at && !name.is_empty() && name.len() < 128).then_some(name)
    })
}
