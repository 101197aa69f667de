//! Why the text of a document could not be extracted.
//!
//! Each error has a stable code for machines and a message that says what to do. Neither contains text of the document.

use crate::media_type::MediaType;

/// Extraction failed. A document is read as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The format is not supported.
    #[error("cannot read {found}; send one of {}", supported())]
    Unsupported {
        /// The format in words, with its article, such as "a PNG image".
        found: String,
    },
    /// More bytes than [`Limits::decoded_bytes`](crate::Limits::decoded_bytes), or more Markdown than
    /// [`Limits::markdown_bytes`](crate::Limits::markdown_bytes).
    #[error("the document is larger than {limit_bytes} bytes; {advice}")]
    TooLarge {
        limit_bytes: u64,
        /// What the sender can do.
        advice: &'static str,
    },
    /// More nested regions or hidden elements than [`Limits::depth`](crate::Limits::depth).
    #[error(
        "the document nests more than {limit} regions or hidden elements; close them, or send its text as text/plain"
    )]
    TooDeep { limit: u32 },
    /// One part of the document needs more memory than allowed.
    #[error(
        "{what} is longer than {limit_bytes} bytes; shorten it, or send the document's text as text/plain"
    )]
    TooComplex {
        /// Which part, in words.
        what: &'static str,
        limit_bytes: usize,
    },
    /// The document has more of something than allowed.
    #[error("the document has more than {limit} {what}; split it, or send its text as text/plain")]
    TooMany {
        /// Of what, in words.
        what: &'static str,
        limit: u64,
    },
    /// The document is encrypted.
    #[error("the {format} document is encrypted; save it without a password and send it again")]
    Encrypted {
        /// The name of the format.
        format: &'static str,
    },
    /// The document breaks the rules of its format, or is truncated.
    #[error("the {format} document is broken: {reason}; open it in its program, save it and send it again")]
    Broken {
        /// The name of the format.
        format: &'static str,
        /// What is wrong and where, in words.
        reason: String,
    },
    /// An [`Extractor`](crate::Extractor) got a format that only [`parse_buffered`](crate::parse_buffered) reads.
    #[error("a {} document cannot be streamed", .0.name())]
    NotStreamable(MediaType),
    /// The declared charset can hide text from filters. Browsers do not read it either.
    #[error("the charset {label:?} is refused because it can hide text; convert the document to UTF-8")]
    RefusedCharset {
        /// The declared label, cut to 64 characters.
        label: String,
    },
}

impl ExtractError {
    /// The stable name of the kind, for problem types, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported { .. } => "unsupported_media_type",
            Self::TooLarge { .. } => "document_too_large",
            Self::TooDeep { .. } => "document_too_deep",
            Self::TooComplex { .. } => "document_too_complex",
            Self::TooMany { .. } => "document_too_complex",
            Self::Encrypted { .. } => "document_encrypted",
            Self::Broken { .. } => "document_broken",
            Self::NotStreamable(_) => "document_not_streamed",
            Self::RefusedCharset { .. } => "charset_refused",
        }
    }

    pub(crate) fn unsupported(found: impl Into<String>) -> Self {
        Self::Unsupported { found: found.into() }
    }
}

fn supported() -> String {
    let names: Vec<_> = MediaType::ALL.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::ExtractError;

    #[test]
    fn unsupported_error_lists_the_supported_formats() {
        let error = ExtractError::unsupported("a PNG image");
        let expected = "cannot read a PNG image; send one of plain text, Markdown, HTML, CSV, TSV, SRT, WebVTT, \
                        SSA/ASS, PO, XLIFF, TMX, DOCX, ODT, flat ODT, EPUB, PDF";
        assert_eq!(error.to_string(), expected);
    }
}
