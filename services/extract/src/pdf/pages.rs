//! The pages of a PDF document, each made whole: what it takes over from the nodes above it is written into it.
//!
//! Done before a page is read, because the reader follows those nodes without end where they go round in a circle,
//! and looks through all pages for each.

use pdf_extract::{Dictionary, Document, Object, ObjectId};

/// How many nodes above a page are asked.
const HIGHEST: usize = 64;

/// The size of a page that says none, in points: Letter.
const USUAL_BOX: [i64; 4] = [0, 0, 612, 792];

/// The pages in their order.
pub(super) struct Pages {
    ids: Vec<ObjectId>,
    /// The one node of the tree of pages, which holds the page that is being read.
    tree: ObjectId,
}

impl Pages {
    /// Finds the pages, and makes each whole.
    pub(super) fn of(pdf: &mut Document) -> Self {
        let mut ids: Vec<_> = pdf.page_iter().collect();
        for &id in &ids {
            complete(pdf, id);
        }
        let tree = pdf.add_object(Dictionary::new());
        // Without a catalogue there is nothing to read.
        match pdf.catalog_mut() {
            Ok(catalogue) => catalogue.set("Pages", Object::Reference(tree)),
            Err(_) => ids.clear(),
        }
        Self { ids, tree }
    }

    pub(super) const fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn id(&self, page: usize) -> ObjectId {
        self.ids[page]
    }

    /// Makes a page the only one of the document.
    pub(super) fn choose(&self, pdf: &mut Document, page: usize) {
        let mut tree = Dictionary::new();
        tree.set("Type", "Pages");
        tree.set("Count", 1);
        tree.set("Kids", vec![Object::Reference(self.ids[page])]);
        pdf.objects.insert(self.tree, Object::Dictionary(tree));
    }

    /// Whether a page has pictures at hand.
    pub(super) fn shows_image(&self, pdf: &Document, page: usize) -> bool {
        let Ok(page) = pdf.get_dictionary(self.ids[page]) else { return false };
        let objects = entry(pdf, page, b"Resources").and_then(|resources| entry(pdf, resources, b"XObject"));
        objects.is_some_and(|objects| objects.iter().any(|(_, object)| is_kind(pdf, object, b"Image")))
    }
}

impl Pages {
    /// Whether some of what a page shows is not in the document, or not to be unpacked: the reader passes over both.
    pub(super) fn is_incomplete(&self, pdf: &Document, page: usize) -> bool {
        let contents = pdf.get_page_contents(self.ids[page]);
        if contents.is_empty() {
            let named = pdf.get_dictionary(self.ids[page]).and_then(|page| page.get(b"Contents"));
            let resolved = |named| matches!(pdf.dereference(named), Ok((_, Object::Array(_) | Object::Null)));
            return named.is_ok_and(|named| !resolved(named));
        }
        contents.into_iter().any(|id| match pdf.get_object(id) {
            Ok(Object::Stream(stream)) => stream.filters().is_ok() && stream.decompressed_content().is_err(),
            _ => true,
        })
    }
}

/// A dictionary in another.
pub(super) fn entry<'a>(pdf: &'a Document, of: &'a Dictionary, name: &[u8]) -> Option<&'a Dictionary> {
    let (_, found) = pdf.dereference(of.get(name).ok()?).ok()?;
    found.as_dict().ok()
}

/// Whether an object is a stream of this kind: `Image`, `Form`.
pub(super) fn is_kind(pdf: &Document, object: &Object, kind: &[u8]) -> bool {
    let Ok((_, Object::Stream(stream))) = pdf.dereference(object) else { return false };
    stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|name| name == kind)
}

fn complete(pdf: &mut Document, id: ObjectId) {
    let resources = inherited(pdf, id, b"Resources").unwrap_or_else(|| Object::Dictionary(Dictionary::new()));
    let size = inherited(pdf, id, b"MediaBox").filter(|size| is_box(pdf, size));
    let size = size.unwrap_or_else(|| Object::Array(USUAL_BOX.iter().map(|&side| side.into()).collect()));
    if let Ok(page) = pdf.get_dictionary_mut(id) {
        page.set("Resources", resources);
        page.set("MediaBox", size);
        page.remove(b"ArtBox");
    }
}

fn is_box(pdf: &Document, object: &Object) -> bool {
    let Ok((_, Object::Array(sides))) = pdf.dereference(object) else { return false };
    sides.len() >= 4 && sides.iter().all(|side| matches!(side, Object::Integer(_) | Object::Real(_)))
}

/// What a page has under a name, or the nearest node above it that has something.
fn inherited(pdf: &Document, id: ObjectId, name: &[u8]) -> Option<Object> {
    let mut node = pdf.get_dictionary(id).ok()?;
    for _ in 0..HIGHEST {
        if let Ok(found) = node.get(name) {
            return Some(found.clone());
        }
        node = entry(pdf, node, b"Parent")?;
    }
    None
}
