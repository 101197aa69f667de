//! Why no text could be taken from a document.
//!
//! Each failure has a stable code for machines and a sentence for people that says what to do; neither holds any of
//! the document's text.

use crate::media::MediaType;

/// No text: a document is read whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The body is of a format that is not read.
    #[error("cannot read {found}; send one of {}", supported())]
    Unsupported {
        /// The format in words for people, with its article, such as "a PDF document".
        found: String,
    },
    /// More bytes than [`Limits::decoded_bytes`](crate::Limits::decoded_bytes), or than
    /// [`Limits::markdown_bytes`](crate::Limits::markdown_bytes) of Markdown.
    #[error("the document is larger than {limit_bytes} bytes; {advice}")]
    TooLarge {
        /// The limit that was passed.
        limit_bytes: u64,
        /// What to do, in words for people.
        advice: &'static str,
    },
    /// More meaningful elements inside each other than [`Limits::depth`](crate::Limits::depth).
    #[error(
        "the document nests more than {limit} regions or hidden elements; close them, or send its text as text/plain"
    )]
    TooDeep {
        /// The limit that was passed.
        limit: u32,
    },
    /// One part of the document needs more memory than it may take.
    #[error(
        "{what} is longer than {limit_bytes} bytes; shorten it, or send the document's text as text/plain"
    )]
    TooComplex {
        /// Which part, in words for people.
        what: &'static str,
        /// The limit that was passed.
        limit_bytes: usize,
    },
    /// The document has more of something than is read of one.
    #[error("the document has more than {limit} {what}; split it, or send its text as text/plain")]
    TooMuch {
        /// Of what, in words for people.
        what: &'static str,
        /// The limit that was passed.
        limit: u64,
    },
    /// The document's content is a secret.
    #[error("the {format} document is encrypted; save it without a password and send it again")]
    Encrypted {
        /// The name of its format.
        format: &'static str,
    },
    /// The document breaks the rules of its format, or was cut short.
    #[error("the {format} document is broken: {why}; open it in its program, save it and send it again")]
    Broken {
        /// The name of its format.
        format: &'static str,
        /// What is wrong where, in words for people.
        why: String,
    },
    /// A format that [`parse_buffered`](crate::parse_buffered) reads was given to an [`Extractor`](crate::Extractor).
    #[error("a {} document can only be read as a whole", .0.name())]
    NotStreamed(MediaType),
    /// The declared charset is one that hides text from filters, so no browser reads it either.
    #[error("the charset {label:?} is not read because it can hide text; convert the document to UTF-8")]
    RefusedCharset {
        /// The label as declared, cut to 64 characters.
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
            Self::TooMuch { .. } => "document_too_complex",
            Self::Encrypted { .. } => "document_encrypted",
            Self::Broken { .. } => "document_broken",
            Self::NotStreamed(_) => "document_not_streamed",
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
    fn an_unsupported_body_is_told_what_is_supported() {
        let error = ExtractError::unsupported("a PNG image");
        let expected = "cannot read a PNG image; send one of plain text, Markdown, HTML, CSV, TSV, SRT, WebVTT, PO, \
                        XLIFF, DOCX, ODT, EPUB, PDF";
        assert_eq!(error.to_string(), expected);
    }
}
