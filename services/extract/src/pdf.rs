//! PDF to text: the text layer, page by page, in the order in which it was written.
//!
//! Finding the objects is `hayro-syntax`'s and what characters a font shows `hayro-font`'s; following what a page
//! draws is `drawing`'s, and where words and lines end `layout`'s. Nothing is recognised in pictures, nor are they
//! unpacked: a page that shows something and has no text is told. A page of which something is missing or breaks the
//! rules is told as well, and all that can be read of it is.

mod collection;
mod contents;
mod drawing;
mod fonts;
mod latin;
mod layout;
mod state;
mod title;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::object::{Array, Dict};
use hayro_syntax::page::Page;
use hayro_syntax::{LoadPdfError, Pdf};

use crate::document_info::DocumentInfo;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::warning::Warning;
use contents::Contents;
use drawing::Drawing;
use fonts::Fonts;
use layout::Layout;

const FORMAT: &str = "PDF";

/// The mark of the end stands within so many bytes of it.
const TAIL: usize = 1024;

/// Reads a document.
pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let loaded = guarded(|| load(document)).unwrap_or_else(|| Err(broken("its objects make no sense")));
    let pdf = loaded?;
    let mut info = DocumentInfo { title: title(&pdf), ..DocumentInfo::default() };
    if let Some(title) = &info.title {
        sink.text(Region::Title, title);
    }
    let pages = pdf.pages();
    if pages.len() > limits.pages {
        return Err(ExtractError::TooMuch { what: "pages", limit: limits.pages as u64 });
    }
    let announced = announced(&pdf)?;
    if pages.is_empty() {
        return Err(broken("it has no pages"));
    }
    let (mut silent, mut stumbled) = (Vec::new(), Vec::new());
    let mut layout = Layout::new(sink);
    let mut fonts = Fonts::new();
    for (page, number) in pages.iter().zip(1..) {
        layout.begin();
        let read = guarded(|| read_page(page, &mut fonts, &mut layout)).transpose()?;
        let seen = layout.end();
        if read != Some(true) {
            stumbled.push(number);
        } else if seen.drawn && !seen.text {
            silent.push(number);
        }
    }
    if !silent.is_empty() {
        let warning = Warning::PagesWithoutText { pages: listed(&silent), total: pages.len() };
        info.warnings.push(warning);
    }
    let mut unread = |part, why: &str| info.warnings.push(Warning::UnreadPart { part, why: why.to_owned() });
    if !stumbled.is_empty() {
        unread(format!("a part of {}", listed(&stumbled)), "it is missing or breaks the rules of PDF");
    }
    if let Some(missing) = announced.checked_sub(pages.len()).filter(|missing| *missing > 0) {
        unread(format!("{missing} of {announced} pages"), "they are missing");
    }
    Ok(info)
}

/// `false`: not all of it could be read.
fn read_page<'a, S: Sink>(
    page: &Page<'a>,
    fonts: &mut Fonts<'a>,
    layout: &mut Layout<'_, S>,
) -> Result<bool, ExtractError> {
    Drawing::page(&Contents::of_page(page.raw()), page.resources(), fonts, layout)
}

fn load(document: &[u8]) -> Result<Pdf, ExtractError> {
    // The parser makes what it can of a document that was cut short, and does not say so.
    let tail = &document[document.trim_ascii_end().len().saturating_sub(TAIL)..];
    if memchr::memmem::find(tail, b"startxref").is_none() {
        return Err(broken("its end is missing"));
    }
    // Many are encrypted with an empty password, so that a program may forbid printing; everybody may read those.
    Pdf::new(document.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => ExtractError::Encrypted { format: FORMAT },
        LoadPdfError::Invalid => broken("its objects make no sense"),
    })
}

/// How many pages the document says it has. Without the tree of pages the parser takes what looks like a page.
fn announced(pdf: &Pdf) -> Result<usize, ExtractError> {
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let tree = catalogue.and_then(|catalogue| catalogue.get::<Dict<'_>>(b"Pages"));
    let tree = tree.filter(|tree| tree.get::<Array<'_>>(b"Kids").is_some());
    let count = tree.ok_or_else(|| broken("it has no pages"))?.get::<i32>(b"Count");
    Ok(count.and_then(|count| count.try_into().ok()).unwrap_or_default())
}

/// Runs a step of the parser. `None`: it panicked, which it should not.
fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

fn broken(why: &str) -> ExtractError {
    ExtractError::Broken { format: FORMAT, why: why.to_owned() }
}

fn title(pdf: &Pdf) -> Option<String> {
    title::of(pdf.metadata().title.as_deref()?)
}

/// Numbers of pages for people, those in a row drawn together: `pages 2-5, 9`.
fn listed(pages: &[usize]) -> String {
    /// So many rows are named.
    const ROWS: usize = 20;
    let mut rows: Vec<(usize, usize)> = Vec::new();
    for &page in pages {
        match rows.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => rows.push((page, page)),
        }
    }
    let named = rows
        .iter()
        .take(ROWS)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if rows.len() > ROWS {
        text.push_str(" and others");
    }
    format!("{} {text}", if pages.len() == 1 { "page" } else { "pages" })
}

#[cfg(test)]
mod tests;
