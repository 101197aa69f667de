//! PDF to text: the text layer, page by page, in the order in which it was written.
//!
//! `hayro-syntax` finds the objects, and `hayro-font` maps character codes to characters. `content_interpreter`
//! executes a page's operators, and `layout` finds words and lines. There is no OCR, and images are not decompressed: a
//! page with content but without text causes a warning. So does a page that is incomplete or malformed, or that draws
//! more than a page can show; the rest of it is read. Filled form fields and typed notes follow the text of their page.

mod annotations;
mod character_collection;
mod composite_font;
mod content_interpreter;
mod content_stream;
mod drawing_budget;
mod drawn_text;
mod fonts;
mod graphics_state;
mod layout;
mod pdf_doc_encoding;
mod pdf_text_string;
mod title;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_syntax::object::{Array, Dict};
use hayro_syntax::page::Page;
use hayro_syntax::{LoadPdfError, Pdf};

use crate::document_info::DocumentInfo;
use crate::error::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::warning::ExtractWarning;
use annotations::{Annotation, annotations};
use content_interpreter::ContentInterpreter;
use drawing_budget::DrawingBudget;
use fonts::Fonts;
use layout::Layout;

const FORMAT: &str = "PDF";

/// How far from the end the end marker may be, in bytes.
const TRAILER_BYTES: usize = 1024;

pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let loaded = catch_panic(|| load(document)).unwrap_or_else(|| Err(broken("its objects are malformed")));
    let pdf = loaded?;
    let mut info = DocumentInfo { title: title(&pdf), ..DocumentInfo::default() };
    if let Some(title) = &info.title {
        sink.text(Region::Title, title);
    }
    let pages = pdf.pages();
    if pages.len() > limits.pages {
        return Err(ExtractError::TooMany { what: "pages", limit: limits.pages as u64 });
    }
    let declared = declared_pages(&pdf)?;
    if pages.is_empty() {
        return Err(broken("it has no pages"));
    }
    let (mut without_text, mut incomplete, mut excessive) = (Vec::new(), Vec::new(), Vec::new());
    let mut layout = Layout::new(sink);
    let mut fonts = Fonts::new();
    let mut budget = DrawingBudget::new();
    for (page, number) in pages.iter().zip(1..) {
        layout.begin_page();
        budget.begin_page();
        let read = catch_panic(|| read_page(page, &mut fonts, &mut layout, &mut budget)).transpose()?;
        let summary = layout.end_page();
        if budget.is_exhausted() {
            excessive.push(number);
        } else if read != Some(true) {
            incomplete.push(number);
        } else if summary.drawn && summary.characters == 0 {
            without_text.push(number);
        }
    }
    if !without_text.is_empty() {
        let warning =
            ExtractWarning::PagesWithoutText { pages: page_ranges(&without_text), total: pages.len() };
        info.warnings.push(warning);
    }
    let mut unread = |part, reason: &str| {
        info.warnings.push(ExtractWarning::UnreadPart { part, reason: reason.to_owned() });
    };
    if !incomplete.is_empty() {
        unread(format!("a part of {}", page_ranges(&incomplete)), "it is missing or malformed");
    }
    if !excessive.is_empty() {
        unread(format!("a part of {}", page_ranges(&excessive)), "it draws more than a page can show");
    }
    if let Some(missing) = declared.checked_sub(pages.len()).filter(|missing| *missing > 0) {
        unread(format!("{missing} of {declared} pages"), "they are missing");
    }
    Ok(info)
}

/// Returns `false` if a part of the page could not be read.
fn read_page<'a, S: Sink>(
    page: &Page<'a>,
    fonts: &mut Fonts<'a>,
    layout: &mut Layout<'_, S>,
    budget: &mut DrawingBudget,
) -> Result<bool, ExtractError> {
    let mut interpreter = ContentInterpreter::new(fonts, layout, budget);
    interpreter.interpret_page(page)?;
    for annotation in annotations(page.raw()) {
        read_annotation(&annotation, page, &mut interpreter)?;
    }
    Ok(interpreter.is_complete())
}

fn read_annotation<'a, S: Sink>(
    annotation: &Annotation<'a>,
    page: &Page<'a>,
    interpreter: &mut ContentInterpreter<'_, 'a, '_, S>,
) -> Result<(), ExtractError> {
    let before = interpreter.layout().summary().characters;
    interpreter.layout().begin_paragraph();
    if let Some(appearance) = annotation.appearance() {
        let transform = annotation.transform(&appearance);
        interpreter.interpret_form(&appearance, page.resources(), transform)?;
    }
    let layout = interpreter.layout();
    if annotation.is_field() {
        layout.mark_drawn();
    }
    if layout.summary().characters == before
        && let Some(text) = annotation.text()
    {
        layout.show_text(&text);
    }
    Ok(())
}

fn load(document: &[u8]) -> Result<Pdf, ExtractError> {
    // The parser silently reads what it can of a truncated document.
    let trailer = &document[document.trim_ascii_end().len().saturating_sub(TRAILER_BYTES)..];
    if memchr::memmem::find(trailer, b"startxref").is_none() {
        return Err(broken("its end is missing"));
    }
    // Many documents are encrypted with an empty password, to forbid printing. Anyone may read those.
    Pdf::new(document.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => ExtractError::Encrypted { format: FORMAT },
        LoadPdfError::Invalid => broken("its objects are malformed"),
    })
}

/// How many pages the document declares. Without a page tree the parser accepts anything that looks like a page.
fn declared_pages(pdf: &Pdf) -> Result<usize, ExtractError> {
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    let tree = catalogue.and_then(|catalogue| catalogue.get::<Dict<'_>>(b"Pages"));
    let tree = tree.filter(|tree| tree.get::<Array<'_>>(b"Kids").is_some());
    let count = tree.ok_or_else(|| broken("it has no pages"))?.get::<i32>(b"Count");
    Ok(count.and_then(|count| count.try_into().ok()).unwrap_or_default())
}

/// Runs a step of the parser; `None` if it panics.
fn catch_panic<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

fn broken(reason: &str) -> ExtractError {
    ExtractError::Broken { format: FORMAT, reason: reason.to_owned() }
}

fn title(pdf: &Pdf) -> Option<String> {
    title::decode(pdf.metadata().title.as_deref()?)
}

/// Formats page numbers for people, with ranges: `pages 2-5, 9`.
fn page_ranges(pages: &[usize]) -> String {
    const MAX_RANGES: usize = 20;
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &page in pages {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == page => *last = page,
            _ => ranges.push((page, page)),
        }
    }
    let named = ranges
        .iter()
        .take(MAX_RANGES)
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") });
    let mut text = named.collect::<Vec<_>>().join(", ");
    if ranges.len() > MAX_RANGES {
        text.push_str(" and others");
    }
    format!("{} {text}", if pages.len() == 1 { "page" } else { "pages" })
}

#[cfg(test)]
mod tests;
