//! The document formats that text can be taken from.
//!
//! Knows their names only; which one a body is, is decided in `sniff`.

use std::fmt;

/// A format that text is taken from. More will come, so match with a wildcard arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// Text as it is: source code, JSON and the like are read so too.
    PlainText,
    /// CommonMark with tables, strikethrough, task lists, footnotes and front matter.
    Markdown,
    /// HTML, and XHTML read by the rules of HTML.
    Html,
    /// Values separated by commas, semicolons, tabs or bars.
    Csv,
    /// Values separated by tabs.
    Tsv,
    /// Subtitles in SubRip's format.
    SubRip,
    /// Subtitles in WebVTT.
    WebVtt,
    /// A catalogue of translations in GNU gettext's format.
    Po,
    /// Texts on their way through a translation, XLIFF 1.x and 2.x.
    Xliff,
    /// A Word document in Office Open XML.
    Docx,
    /// An OpenDocument text.
    Odt,
    /// An electronic book, EPUB 2 and 3.
    Epub,
    /// A PDF document; only its text layer is read.
    Pdf,
}

impl MediaType {
    /// All formats, to name what is supported.
    pub const ALL: &'static [Self] = &[
        Self::PlainText,
        Self::Markdown,
        Self::Html,
        Self::Csv,
        Self::Tsv,
        Self::SubRip,
        Self::WebVtt,
        Self::Po,
        Self::Xliff,
        Self::Docx,
        Self::Odt,
        Self::Epub,
        Self::Pdf,
    ];

    /// The media type, without parameters: the registered one, or the one in use where none is.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainText => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::Tsv => "text/tab-separated-values",
            Self::SubRip => "application/x-subrip",
            Self::WebVtt => "text/vtt",
            Self::Po => "text/x-gettext-translation",
            Self::Xliff => "application/xliff+xml",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Epub => "application/epub+zip",
            Self::Pdf => "application/pdf",
        }
    }

    /// The name that people call it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlainText => "plain text",
            Self::Markdown => "Markdown",
            Self::Html => "HTML",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::SubRip => "SRT",
            Self::WebVtt => "WebVTT",
            Self::Po => "PO",
            Self::Xliff => "XLIFF",
            Self::Docx => "DOCX",
            Self::Odt => "ODT",
            Self::Epub => "EPUB",
            Self::Pdf => "PDF",
        }
    }

    /// Whether it is read from all of its bytes by [`parse_buffered`](crate::parse_buffered), and not as they come by an
    /// [`Extractor`](crate::Extractor). Its parser is one that a hostile document may crash or keep busy, so it should
    /// run in a process of its own.
    pub const fn needs_sandbox(self) -> bool {
        matches!(self, Self::Xliff | Self::Docx | Self::Odt | Self::Epub | Self::Pdf)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
