//! The document formats that text can be taken from.
//!
//! Knows their names only; which one a body is, is decided in `sniff`.

use std::fmt;

/// A format that [`Extractor`](crate::Extractor) reads. More will come, so match with a wildcard arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaType {
    /// Text as it is: source code, CSV, JSON and the like are read so too.
    PlainText,
    /// CommonMark with tables, strikethrough, task lists, footnotes and front matter.
    Markdown,
    /// HTML, and XHTML read by the rules of HTML.
    Html,
}

impl MediaType {
    /// All formats, to name what is supported.
    pub const ALL: &'static [Self] = &[Self::PlainText, Self::Markdown, Self::Html];

    /// The registered media type, without parameters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlainText => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
