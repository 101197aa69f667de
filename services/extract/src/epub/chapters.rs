//! The chapters of a book, one after the other, through the reader of HTML.
//!
//! Knows which regions of a page mean the same in a book; nothing of archives.

use std::io::Read;

use crate::declared::Declared;
use crate::extractor::Extractor;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::xml::Place;

/// How much of a chapter is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What a part of a book is to its reader.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Chapter,
    /// The table of contents.
    Contents,
}

/// Chapters on their way to the sink.
pub(super) struct Chapters<'a, S> {
    sink: &'a mut S,
    limits: Limits,
    /// The regions of the book that have text, each with the region of the page that its last text came from;
    /// `None`: of a chapter before.
    written: Vec<(Region, Option<Region>)>,
    replacements: u64,
}

impl<'a, S: Sink> Chapters<'a, S> {
    pub(super) fn new(sink: &'a mut S, limits: Limits) -> Self {
        Self { sink, limits, written: Vec::new(), replacements: 0 }
    }

    /// Sequences of bytes in the chapters that were no characters.
    pub(super) const fn replacements(&self) -> u64 {
        self.replacements
    }

    /// Reads a chapter. The inner error is the chapter's alone: the book goes on.
    pub(super) fn read(
        &mut self,
        mut part: impl Read,
        name: &str,
        kind: Kind,
    ) -> Result<Result<(), String>, ExtractError> {
        for (_, from) in &mut self.written {
            *from = None;
        }
        let place = Place { format: "EPUB", part: name };
        let declared = Declared { content_type: Some("application/xhtml+xml"), name: Some(name) };
        let mut to = Mapped { sink: self.sink, written: &mut self.written, kind };
        let mut extractor =
            Extractor::new(&declared, self.limits, |region: Region, text: &str| to.text(region, text));
        let mut piece = vec![0; PIECE];
        loop {
            let read = match part.read(&mut piece) {
                Ok(read) => read,
                Err(error) => return Err(place.unread(&error)),
            };
            if read == 0 {
                break;
            }
            if let Err(error) = extractor.push(&piece[..read]) {
                return own(error);
            }
        }
        match extractor.finish() {
            Ok((extraction, _)) => self.replacements += extraction.replacement_characters,
            Err(error) => return own(error),
        }
        Ok(Ok(()))
    }
}

/// A chapter that is no text is a picture or the like; one that goes over a limit is the end of the book.
fn own(error: ExtractError) -> Result<Result<(), String>, ExtractError> {
    match error {
        ExtractError::Unsupported { found } => Ok(Err(format!("it is {found}"))),
        ExtractError::NotStreamed(found) => Ok(Err(format!("it is {found}"))),
        ExtractError::RefusedCharset { .. } => Ok(Err(error.to_string())),
        error => Err(error),
    }
}

/// A sink for one chapter.
struct Mapped<'a, S> {
    sink: &'a mut S,
    written: &'a mut Vec<(Region, Option<Region>)>,
    kind: Kind,
}

impl<S: Sink> Mapped<'_, S> {
    fn text(&mut self, from: Region, text: &str) {
        let Some(to) = mapped(from, self.kind) else { return };
        let known = self.written.iter_mut().find(|(known, _)| *known == to);
        match known {
            Some((_, last)) => {
                // The page keeps apart what is in one of its own regions; here several become one.
                if *last != Some(from) {
                    self.sink.text(to, "\n\n");
                    *last = Some(from);
                }
            }
            None => self.written.push((to, Some(from))),
        }
        self.sink.text(to, text);
    }
}

/// The region of the book that a page's text belongs to; `None` for the title of a chapter's file, which no reader
/// of a book sees.
fn mapped(from: Region, kind: Kind) -> Option<Region> {
    match (from, kind) {
        (Region::Title, _) => None,
        (Region::Hidden | Region::Alt | Region::Meta, _) => Some(from),
        (_, Kind::Contents) | (Region::Nav, _) => Some(Region::Nav),
        (Region::Table | Region::Code, _) => Some(from),
        _ => Some(Region::Body),
    }
}
