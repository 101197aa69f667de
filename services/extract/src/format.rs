//! The step from decoded text to regions, for whichever format the document is.
//!
//! Only chooses; each format has a file of its own.

use crate::csv::Csv;
use crate::declared::Declared;
use crate::failure::ExtractError;
use crate::html::{Page, Tokenizer};
use crate::limits::Limits;
use crate::markdown::Markdown;
use crate::media::MediaType;
use crate::po::Po;
use crate::region::Region;
use crate::sink::Sink;
use crate::subtitles::Subtitles;

/// A document being read.
#[derive(Debug)]
pub(crate) enum Format {
    /// Handed on as it is.
    Plain,
    /// Read as it comes.
    Html(Tokenizer, Box<Page>),
    /// Read at its end.
    Markdown(Markdown),
    /// Read as it comes, as the following.
    Csv(Csv),
    Subtitles(Subtitles),
    Po(Po),
}

impl Format {
    /// The reader of a format; `None` for one that is read as a whole.
    pub(crate) fn new(media_type: MediaType, declared: &Declared<'_>, limits: Limits) -> Option<Self> {
        Some(match media_type {
            MediaType::PlainText => Self::Plain,
            MediaType::Html => {
                let page = Page::new(Region::Main, is_xml(declared), limits.depth);
                Self::Html(Tokenizer::new(limits.html_memory_bytes), Box::new(page))
            }
            MediaType::Markdown => Self::Markdown(Markdown::new(limits)),
            MediaType::Csv => Self::Csv(Csv::new()),
            MediaType::Tsv => Self::Csv(Csv::of_tabs()),
            MediaType::SubRip => Self::Subtitles(Subtitles::srt(limits)),
            MediaType::WebVtt => Self::Subtitles(Subtitles::vtt(limits)),
            MediaType::Po => Self::Po(Po::new(limits)),
            MediaType::Xliff | MediaType::Docx | MediaType::Odt | MediaType::Epub | MediaType::Pdf => {
                return None;
            }
        })
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), ExtractError> {
        match self {
            Self::Plain => sink.text(Region::Body, text),
            Self::Html(tokenizer, page) => {
                tokenizer.push(text, page)?;
                page.flow.drain(sink);
            }
            Self::Markdown(markdown) => markdown.push(text)?,
            Self::Csv(table) => table.push(text, sink),
            Self::Subtitles(subtitles) => subtitles.push(text, sink)?,
            Self::Po(catalogue) => catalogue.push(text, sink)?,
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, sink: &mut impl Sink) -> Result<(), ExtractError> {
        match self {
            Self::Plain => {}
            Self::Html(tokenizer, page) => {
                tokenizer.finish(page);
                page.flow.drain(sink);
            }
            Self::Markdown(markdown) => markdown.finish(sink)?,
            Self::Csv(table) => table.finish(sink),
            Self::Subtitles(subtitles) => subtitles.finish(sink)?,
            Self::Po(catalogue) => catalogue.finish(sink)?,
        }
        Ok(())
    }

    pub(crate) fn into_title(self) -> Option<String> {
        match self {
            Self::Html(_, page) => page.title(),
            Self::Plain | Self::Markdown(_) | Self::Csv(_) | Self::Subtitles(_) | Self::Po(_) => None,
        }
    }
}

fn is_xml(declared: &Declared<'_>) -> bool {
    match declared.essence() {
        Some(essence) => essence == "application/xhtml+xml",
        None => matches!(declared.extension().as_deref(), Some("xhtml" | "xht")),
    }
}
