//! How much a document may draw: more than any page can show, and little enough to be read in seconds.
//!
//! A form is drawn each time that something refers to it, so a few forms that draw each other can draw more often than
//! there is time. Each drawing counts, and so do the bytes of its operators.

/// How many forms a page and a document may draw.
const PAGE_FORMS: usize = 50_000;
const DOCUMENT_FORMS: usize = 500_000;
/// How many bytes of operators a page and a document may have, forms included each time.
const PAGE_BYTES: usize = 64 << 20;
const DOCUMENT_BYTES: usize = 384 << 20;

#[derive(Debug)]
pub(super) struct DrawingBudget {
    page: Allowance,
    document: Allowance,
    is_exhausted: bool,
}

#[derive(Debug)]
struct Allowance {
    forms: usize,
    bytes: usize,
}

impl DrawingBudget {
    pub(super) const fn new() -> Self {
        let document = Allowance { forms: DOCUMENT_FORMS, bytes: DOCUMENT_BYTES };
        Self { page: Allowance { forms: 0, bytes: 0 }, document, is_exhausted: false }
    }

    pub(super) fn begin_page(&mut self) {
        let Allowance { forms, bytes } = &self.document;
        self.page = Allowance { forms: PAGE_FORMS.min(*forms), bytes: PAGE_BYTES.min(*bytes) };
        self.is_exhausted = false;
    }

    /// Takes a page or a form with so many bytes of operators. Returns whether it may be drawn.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        if self.page.forms == 0 || self.page.bytes < bytes {
            self.is_exhausted = true;
            return false;
        }
        for allowance in [&mut self.page, &mut self.document] {
            allowance.forms -= 1;
            allowance.bytes -= bytes;
        }
        true
    }

    /// Whether the page draws more than it may.
    pub(super) const fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    pub(super) const fn bytes_left(&self) -> usize {
        self.page.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENT_FORMS, DrawingBudget, PAGE_BYTES, PAGE_FORMS};

    #[test]
    fn limits_pages_and_the_document() {
        let mut budget = DrawingBudget::new();
        budget.begin_page();
        assert!(!budget.takes(PAGE_BYTES + 1) && budget.is_exhausted());
        let mut drawn = 0;
        for _ in 0..DOCUMENT_FORMS / PAGE_FORMS {
            budget.begin_page();
            assert!(!budget.is_exhausted());
            while budget.takes(1) {
                drawn += 1;
            }
        }
        assert_eq!(drawn, DOCUMENT_FORMS);
        budget.begin_page();
        assert!(!budget.takes(1));
    }
}
