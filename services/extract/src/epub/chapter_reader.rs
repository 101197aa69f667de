//! Reads the chapters of a book in order, through the HTML extractor.
//!
//! Maps the regions of a page to those of a book. Knows nothing of archives.

use std::io::Read;

use crate::declared::Declared;
use crate::error::ExtractError;
use crate::extractor::Extractor;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::warning::ExtractWarning;
use crate::xml::PartContext;

/// How many bytes of a chapter are read at once.
const PIECE: usize = 64 * 1024;

/// The role of a part in the book.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ChapterKind {
    Chapter,
    /// The table of contents.
    Contents,
}

/// Writes the text of the chapters to the sink.
pub(super) struct ChapterReader<'a, S> {
    sink: &'a mut S,
    limits: Limits,
    /// The book's regions that have text, each with the page region that wrote to it last. `None`: an earlier chapter
    /// did.
    last_sources: Vec<(Region, Option<Region>)>,
    replacements: u64,
    entities: u64,
}

impl<'a, S: Sink> ChapterReader<'a, S> {
    pub(super) fn new(sink: &'a mut S, limits: Limits) -> Self {
        Self { sink, limits, last_sources: Vec::new(), replacements: 0, entities: 0 }
    }

    /// How many byte sequences were replaced in all chapters.
    pub(super) const fn replacements(&self) -> u64 {
        self.replacements
    }

    /// How many entity references all chapters have that depend on their document type.
    pub(super) const fn declared_entities(&self) -> u64 {
        self.entities
    }

    /// Reads a chapter. The inner error affects only this chapter.
    pub(super) fn read(
        &mut self,
        mut part: impl Read,
        name: &str,
        kind: ChapterKind,
    ) -> Result<Result<(), String>, ExtractError> {
        for (_, from) in &mut self.last_sources {
            *from = None;
        }
        let context = PartContext { format: "EPUB", part: name };
        let declared = Declared { content_type: Some("application/xhtml+xml"), name: Some(name) };
        let mut to = ChapterSink { sink: self.sink, last_sources: &mut self.last_sources, kind };
        let mut extractor =
            Extractor::new(&declared, self.limits, |region: Region, text: &str| to.text(region, text));
        let mut piece = vec![0; PIECE];
        loop {
            let read = match part.read(&mut piece) {
                Ok(read) => read,
                Err(error) => return Err(context.read_error(&error)),
            };
            if read == 0 {
                break;
            }
            if let Err(error) = extractor.push(&piece[..read]) {
                return chapter_error(error);
            }
        }
        match extractor.finish() {
            Ok((extraction, _)) => {
                self.replacements += extraction.replacement_characters;
                self.entities += declared_entities(&extraction.warnings);
            }
            Err(error) => return chapter_error(error),
        }
        Ok(Ok(()))
    }
}

fn declared_entities(warnings: &[ExtractWarning]) -> u64 {
    let counts = warnings.iter().map(|warning| match warning {
        ExtractWarning::UnresolvedEntities { count } => *count,
        _ => 0,
    });
    counts.sum()
}

/// A chapter that is not text, such as a picture, is skipped. A passed limit ends the book.
fn chapter_error(error: ExtractError) -> Result<Result<(), String>, ExtractError> {
    match error {
        ExtractError::Unsupported { found } => Ok(Err(format!("it is {found}"))),
        ExtractError::NotStreamable(found) => Ok(Err(format!("it is {found}"))),
        ExtractError::RefusedCharset { .. } => Ok(Err(error.to_string())),
        error => Err(error),
    }
}

struct ChapterSink<'a, S> {
    sink: &'a mut S,
    last_sources: &'a mut Vec<(Region, Option<Region>)>,
    kind: ChapterKind,
}

impl<S: Sink> ChapterSink<'_, S> {
    fn text(&mut self, from: Region, text: &str) {
        let Some(to) = book_region(from, self.kind) else { return };
        let known = self.last_sources.iter_mut().find(|(known, _)| *known == to);
        match known {
            Some((_, last)) => {
                // Several page regions become one region of the book, so their texts need a separator.
                if *last != Some(from) {
                    self.sink.text(to, "\n\n");
                    *last = Some(from);
                }
            }
            None => self.last_sources.push((to, Some(from))),
        }
        self.sink.text(to, text);
    }
}

/// The book region for a page region. `None` for the title of a chapter's file, which readers of a book do not see.
fn book_region(from: Region, kind: ChapterKind) -> Option<Region> {
    match (from, kind) {
        (Region::Title, _) => None,
        (Region::Hidden | Region::Alt | Region::Meta, _) => Some(from),
        (_, ChapterKind::Contents) | (Region::Nav, _) => Some(Region::Nav),
        (Region::Table | Region::Code, _) => Some(from),
        _ => Some(Region::Body),
    }
}
