//! The supported document formats.
//!
//! Knows their names only; `sniff` decides which one a body has.

use std::fmt;

/// A supported format. More will come, so match with a wildcard arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// Text as it is, also source code, and markup without a reader, such as JSON.
    PlainText,
    /// CommonMark with tables, strikethrough, task lists, footnotes and front matter.
    Markdown,
    /// HTML, and XHTML read by the rules of HTML.
    Html,
    /// Values separated by commas, semicolons, tabs or bars.
    Csv,
    /// Values separated by tabs.
    Tsv,
    /// SubRip subtitles.
    SubRip,
    /// WebVTT subtitles.
    WebVtt,
    /// SubStation Alpha subtitles, SSA and ASS.
    SubStationAlpha,
    /// A GNU gettext catalogue of translations.
    Po,
    /// XLIFF 1.x and 2.x, an exchange format for translations.
    Xliff,
    /// A translation memory.
    Tmx,
    /// A Word document in Office Open XML.
    Docx,
    /// An OpenDocument text.
    Odt,
    /// An OpenDocument text in one XML file.
    FlatOdt,
    /// An e-book, EPUB 2 and 3.
    Epub,
    /// A PDF document; only its text layer is read.
    Pdf,
}

impl MediaType {
    /// All formats, for messages that list them.
    pub const ALL: &'static [Self] = &[
        Self::PlainText,
        Self::Markdown,
        Self::Html,
        Self::Csv,
        Self::Tsv,
        Self::SubRip,
        Self::WebVtt,
        Self::SubStationAlpha,
        Self::Po,
        Self::Xliff,
        Self::Tmx,
        Self::Docx,
        Self::Odt,
        Self::FlatOdt,
        Self::Epub,
        Self::Pdf,
    ];

    /// The media type without parameters: the registered one, or the usual one if none is registered.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainText => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::Tsv => "text/tab-separated-values",
            Self::SubRip => "application/x-subrip",
            Self::WebVtt => "text/vtt",
            Self::SubStationAlpha => "text/x-ssa",
            Self::Po => "text/x-gettext-translation",
            Self::Xliff => "application/xliff+xml",
            Self::Tmx => "application/x-tmx+xml",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::FlatOdt => "application/vnd.oasis.opendocument.text-flat-xml",
            Self::Epub => "application/epub+zip",
            Self::Pdf => "application/pdf",
        }
    }

    /// The usual name of the format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlainText => "plain text",
            Self::Markdown => "Markdown",
            Self::Html => "HTML",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::SubRip => "SRT",
            Self::WebVtt => "WebVTT",
            Self::SubStationAlpha => "SSA/ASS",
            Self::Po => "PO",
            Self::Xliff => "XLIFF",
            Self::Tmx => "TMX",
            Self::Docx => "DOCX",
            Self::Odt => "ODT",
            Self::FlatOdt => "flat ODT",
            Self::Epub => "EPUB",
            Self::Pdf => "PDF",
        }
    }

    /// Whether single line ends inside a paragraph only wrap its text. In the other formats each line of the extracted
    /// text is a block of its own: a heading, an item, a cell.
    pub const fn wraps_lines(self) -> bool {
        matches!(
            self,
            Self::PlainText | Self::SubRip | Self::WebVtt | Self::SubStationAlpha | Self::Po | Self::Pdf
        )
    }

    /// Whether [`parse_buffered`](crate::parse_buffered) reads this format, instead of an
    /// [`Extractor`](crate::Extractor). A hostile document may crash its parser or keep it busy, so run it in a process
    /// of its own.
    pub const fn needs_sandbox(self) -> bool {
        match self {
            Self::Xliff | Self::Tmx | Self::Docx | Self::Odt | Self::FlatOdt | Self::Epub | Self::Pdf => true,
            Self::PlainText | Self::Markdown | Self::Html | Self::Csv | Self::Tsv => false,
            Self::SubRip | Self::WebVtt | Self::SubStationAlpha | Self::Po => false,
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
