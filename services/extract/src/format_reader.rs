//! Dispatches decoded text to the reader of its format.

use crate::csv::CsvReader;
use crate::declared::Declared;
use crate::error::ExtractError;
use crate::html::{HtmlPage, Tokenizer};
use crate::limits::Limits;
use crate::markdown::MarkdownReader;
use crate::media_type::MediaType;
use crate::po::PoReader;
use crate::region::Region;
use crate::sink::Sink;
use crate::subtitles::SubtitleReader;

#[derive(Debug)]
pub(crate) enum FormatReader {
    /// Passed on unchanged.
    Plain,
    Html(Tokenizer, Box<HtmlPage>),
    /// Parsed at its end.
    Markdown(MarkdownReader),
    Csv(CsvReader),
    Subtitles(SubtitleReader),
    Po(PoReader),
}

impl FormatReader {
    /// The reader of a format; `None` for a format that must be buffered.
    pub(crate) fn new(media_type: MediaType, declared: &Declared<'_>, limits: Limits) -> Option<Self> {
        Some(match media_type {
            MediaType::PlainText => Self::Plain,
            MediaType::Html => {
                let page = HtmlPage::new(Region::Main, is_xml(declared), limits.depth);
                Self::Html(Tokenizer::new(limits.html_memory_bytes), Box::new(page))
            }
            MediaType::Markdown => Self::Markdown(MarkdownReader::new(limits)),
            MediaType::Csv => Self::Csv(CsvReader::new()),
            MediaType::Tsv => Self::Csv(CsvReader::with_tabs()),
            MediaType::SubRip => Self::Subtitles(SubtitleReader::srt(limits)),
            MediaType::WebVtt => Self::Subtitles(SubtitleReader::vtt(limits)),
            MediaType::Po => Self::Po(PoReader::new(limits)),
            MediaType::SubStationAlpha => Self::Subtitles(SubtitleReader::ass(limits)),
            MediaType::Xliff
            | MediaType::Tmx
            | MediaType::Docx
            | MediaType::Odt
            | MediaType::FlatOdt
            | MediaType::Epub
            | MediaType::Pdf => return None,
        })
    }

    pub(crate) fn push(&mut self, text: &str, sink: &mut impl Sink) -> Result<(), ExtractError> {
        match self {
            Self::Plain => sink.text(Region::Body, text),
            Self::Html(tokenizer, page) => {
                tokenizer.push(text, page)?;
                page.buffer.drain(sink);
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
                page.buffer.drain(sink);
            }
            Self::Markdown(markdown) => markdown.finish(sink)?,
            Self::Csv(table) => table.finish(sink),
            Self::Subtitles(subtitles) => subtitles.finish(sink)?,
            Self::Po(catalogue) => catalogue.finish(sink)?,
        }
        Ok(())
    }

    /// How many references there are to entities that only a document type can declare.
    pub(crate) const fn declared_entities(&self) -> u64 {
        match self {
            Self::Html(tokenizer, _) => tokenizer.declared_entities(),
            _ => 0,
        }
    }

    pub(crate) fn into_title(self) -> Option<String> {
        match self {
            Self::Html(_, page) => page.into_title(),
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
