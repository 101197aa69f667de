//! Decides a document's charset from what the document and its sender declare.
//!
//! The byte order mark wins, then the `Content-Type` header, then the document's own declaration. Without any of these
//! the decoder detects the charset from the bytes. Encodings are those of the WHATWG Encoding Standard. Encodings that
//! can hide text from a filter are refused.

mod prescan;

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use crate::declared::Declared;
use crate::error::ExtractError;
use crate::media_type::MediaType;

/// What decided the charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CharsetSource {
    /// A byte order mark.
    Bom,
    /// The `charset` of the `Content-Type`.
    Header,
    /// The document's own declaration: `<meta charset>`, `<meta http-equiv>`, the XML declaration, the header of a PO
    /// file. For a PDF document: what its fonts say.
    Document,
    /// Nothing was declared. The charset was guessed from the bytes outside ASCII.
    Detected,
    /// Nothing was declared, and the text is ASCII, which is the same in every charset. It is reported as UTF-8.
    Default,
}

impl CharsetSource {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bom => "bom",
            Self::Header => "header",
            Self::Document => "document",
            Self::Detected => "detected",
            Self::Default => "default",
        }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct ByteOrderMark {
    pub(crate) encoding: &'static Encoding,
    pub(crate) length: usize,
}

impl ByteOrderMark {
    pub(crate) fn is_utf8(self) -> bool {
        self.encoding == UTF_8
    }
}

pub(crate) fn byte_order_mark(head: &[u8]) -> Option<ByteOrderMark> {
    let (encoding, length) = Encoding::for_bom(head)?;
    Some(ByteOrderMark { encoding, length })
}

/// The charset that a document or its sender declares.
pub(crate) struct DeclaredCharset {
    /// `None` if nothing usable was declared; the charset must then be detected.
    pub(crate) known: Option<(&'static Encoding, CharsetSource)>,
    /// Length of the byte order mark, which is not text.
    pub(crate) skip: usize,
    /// A declared label that no encoding has.
    pub(crate) unknown_label: Option<String>,
}

/// Reads the declarations. `head` is the start of the body: at least 1 KiB, unless the body is shorter.
pub(crate) fn declared_charset(
    head: &[u8],
    declared: &Declared<'_>,
    media_type: MediaType,
) -> Result<DeclaredCharset, ExtractError> {
    if let Some(mark) = byte_order_mark(head) {
        let known = Some((mark.encoding, CharsetSource::Bom));
        return Ok(DeclaredCharset { known, skip: mark.length, unknown_label: None });
    }
    let mut unknown_label = None;
    let found = match media_type {
        MediaType::Po => prescan::catalogue_charset(head),
        media_type => prescan::document_charset(head, media_type == MediaType::Html),
    };
    let in_document = found.map(|label| {
        let label = String::from_utf8_lossy(&label).into_owned();
        (label, CharsetSource::Document)
    });
    let in_header = declared.charset().map(|label| (label.to_owned(), CharsetSource::Header));
    for (label, source) in in_header.into_iter().chain(in_document) {
        if media_type != MediaType::Html && is_ascii_label(&label) {
            continue;
        }
        match by_label(&label)? {
            Some(encoding) => {
                let known = Some((corrected(encoding, source), source));
                return Ok(DeclaredCharset { known, skip: 0, unknown_label });
            }
            None => unknown_label = unknown_label.or(Some(shortened(&label))),
        }
    }
    Ok(DeclaredCharset { known: None, skip: 0, unknown_label })
}

/// The encoding of a label; `None` if the label is unknown.
fn by_label(label: &str) -> Result<Option<&'static Encoding>, ExtractError> {
    let found = Encoding::for_label(label.as_bytes());
    let folded = label.trim().to_ascii_lowercase();
    let utf7 = matches!(folded.as_str(), "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7");
    if found == Some(REPLACEMENT) || utf7 {
        return Err(ExtractError::RefusedCharset { label: shortened(label) });
    }
    Ok(found)
}

/// Whether the label means ASCII and nothing more. Such a text has no other characters, or the label is a default that
/// was never checked; then the bytes say more. The Encoding Standard reads these labels as windows-1252, for HTML.
fn is_ascii_label(label: &str) -> bool {
    const LABELS: [&str; 6] = ["ascii", "us-ascii", "ansi_x3.4-1968", "iso-ir-6", "iso646-us", "646"];
    LABELS.iter().any(|ascii| label.trim().eq_ignore_ascii_case(ascii))
}

/// Applies the exceptions of the HTML standard. A document whose declaration can be read as ASCII is not in UTF-16.
fn corrected(encoding: &'static Encoding, source: CharsetSource) -> &'static Encoding {
    let wide = encoding == UTF_16LE || encoding == UTF_16BE;
    if source == CharsetSource::Document && wide {
        UTF_8
    } else if source == CharsetSource::Document && encoding == encoding_rs::X_USER_DEFINED {
        encoding_rs::WINDOWS_1252
    } else {
        encoding
    }
}

fn shortened(label: &str) -> String {
    label.chars().take(64).collect()
}

#[cfg(test)]
mod tests;
