//! PDF to text: the text layer, page by page, in the order in which it was written.
//!
//! Finding the objects and what characters a font shows is `pdf-extract`'s, where words and lines end is `layout`'s.
//! Nothing is recognised in pictures: a page that shows something and has no text is told. A page that the parser
//! stumbles over is told as well, and the others are read.

mod forms;
mod layout;
mod pages;

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{Document, Error, Object, output_doc_page};

use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::warning::Warning;
use crate::whole::Learned;
use layout::Layout;
use pages::Pages;

const FORMAT: &str = "PDF";

/// A title is kept up to this many bytes.
const TITLE_KEPT: usize = 1024;

/// Reads a document.
pub(crate) fn read(document: &[u8], limits: Limits, sink: &mut impl Sink) -> Result<Learned, ExtractError> {
    let loaded = guarded(|| load(document)).unwrap_or_else(|| Err(broken("its objects make no sense")));
    let mut pdf = loaded?;
    let mut learned = Learned { title: title(&pdf), ..Learned::default() };
    if let Some(title) = &learned.title {
        sink.text(Region::Title, title);
    }
    let pages = Pages::of(&mut pdf);
    if pages.is_empty() {
        return Err(broken("it has no pages"));
    }
    if pages.len() > limits.pages {
        return Err(ExtractError::TooMuch { what: "pages", limit: limits.pages as u64 });
    }
    let (mut silent, mut stumbled) = (Vec::new(), Vec::new());
    let mut layout = Layout::new(sink);
    for page in 0..pages.len() {
        pages.choose(&mut pdf, page);
        forms::check(&pdf, pages.id(page))?;
        layout.begin();
        let read = guarded(|| output_doc_page(&pdf, &mut layout, 1));
        let seen = layout.end();
        let incomplete = || guarded(|| pages.is_incomplete(&pdf, page)) != Some(false);
        if !matches!(read, Some(Ok(()))) || incomplete() {
            stumbled.push(page + 1);
        } else if !seen.text && (seen.drawn || pages.shows_image(&pdf, page)) {
            silent.push(page + 1);
        }
    }
    if !silent.is_empty() {
        let warning = Warning::PagesWithoutText { pages: listed(&silent), total: pages.len() };
        learned.warnings.push(warning);
    }
    if !stumbled.is_empty() {
        let why = "its drawing breaks the rules of PDF".to_owned();
        learned
            .warnings
            .push(Warning::UnreadPart { part: format!("the rest of {}", listed(&stumbled)), why });
    }
    Ok(learned)
}

fn load(document: &[u8]) -> Result<Document, ExtractError> {
    let mut pdf = match Document::load_mem(document) {
        Ok(pdf) => pdf,
        Err(Error::InvalidPassword | Error::Decryption(_) | Error::UnsupportedSecurityHandler(_)) => {
            return Err(ExtractError::Encrypted { format: FORMAT });
        }
        Err(error) => return Err(broken(&error.to_string())),
    };
    // Many are encrypted with an empty password, so that a program may forbid printing; everybody may read those.
    if pdf.is_encrypted() && pdf.decrypt("").is_err() {
        return Err(ExtractError::Encrypted { format: FORMAT });
    }
    Ok(pdf)
}

/// Runs a step of the parser, which panics where a document breaks its expectations. `None`: it did.
fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

fn broken(why: &str) -> ExtractError {
    ExtractError::Broken { format: FORMAT, why: why.chars().take(200).collect() }
}

fn title(pdf: &Document) -> Option<String> {
    let info = pdf.trailer.get(b"Info").ok()?;
    let (_, info) = pdf.dereference(info).ok()?;
    let (_, title) = pdf.dereference(info.as_dict().ok()?.get(b"Title").ok()?).ok()?;
    let title = decoded(title)?;
    let words: Vec<_> = title.split(|sign: char| sign.is_whitespace() || sign == '\0').collect();
    let mut title = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    title.truncate(title.floor_char_boundary(TITLE_KEPT));
    (!title.is_empty()).then_some(title)
}

fn decoded(text: &Object) -> Option<String> {
    guarded(|| pdf_extract::decode_text_string(text).ok()).flatten()
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
