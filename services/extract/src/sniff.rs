//! Which format a body is: by its first bytes, then by its `Content-Type`, then by its name.
//!
//! Decides only; it neither decodes nor keeps anything.

mod binary;
mod markup;

use crate::charset::byte_order_mark;
use crate::declared::Declared;
use crate::failure::ExtractError;
use crate::media::MediaType;
use binary::{is_binary, known_binary};
use markup::{Signature, signature};

/// How many bytes [`sniff`] looks at; more change nothing.
pub(crate) const SNIFFED: usize = 4096;

/// The format of a body that starts with `first_bytes` (4 KiB are enough; fewer only at the end of the body).
///
/// What the bytes are beyond doubt (a PDF, a picture, `<!doctype html>`) wins, then the declared type, then the name.
/// A body declared `text/plain` or `text/markdown` stays that, though it may look like HTML.
///
/// # Errors
/// [`ExtractError::Unsupported`], which names what was found and what is supported.
pub fn sniff(first_bytes: &[u8], declared: &Declared<'_>) -> Result<MediaType, ExtractError> {
    let head = &first_bytes[..first_bytes.len().min(SNIFFED)];
    if let Some(found) = known_binary(head) {
        return Err(ExtractError::unsupported(found));
    }
    let wide = byte_order_mark(head).is_some_and(|mark| !mark.is_utf8()) || declares_utf16(declared);
    if !wide && is_binary(head) {
        return Err(ExtractError::unsupported(binary_found(declared)));
    }
    let essence = declared.essence();
    match essence.as_deref().map(by_type) {
        Some(ByType::Sure(media_type)) => Ok(media_type),
        Some(ByType::Unsupported) => Err(ExtractError::unsupported(essence.unwrap_or_default())),
        Some(ByType::Text) if signature(head) == Some(Signature::Document) => Ok(MediaType::Html),
        Some(ByType::Text) => Ok(MediaType::PlainText),
        Some(ByType::Unknown) | None => Ok(undeclared(head, declared)),
    }
}

fn undeclared(head: &[u8], declared: &Declared<'_>) -> MediaType {
    let looks = signature(head);
    if looks == Some(Signature::Document) {
        return MediaType::Html;
    }
    let by_name = declared.extension().and_then(|extension| by_extension(&extension));
    let by_tag = looks.map(|_| MediaType::Html);
    by_name.or(by_tag).unwrap_or(MediaType::PlainText)
}

enum ByType {
    /// Believed against all but a known binary format.
    Sure(MediaType),
    /// Some text, which may yet be a whole HTML document sent under a wrong name.
    Text,
    Unsupported,
    /// Says nothing, such as `application/octet-stream`.
    Unknown,
}

fn by_type(essence: &str) -> ByType {
    match essence {
        "text/plain" => return ByType::Sure(MediaType::PlainText),
        "text/markdown" | "text/x-markdown" => return ByType::Sure(MediaType::Markdown),
        "text/html" | "application/xhtml+xml" => return ByType::Sure(MediaType::Html),
        "application/octet-stream" | "binary/octet-stream" | "application/unknown" | "unknown/unknown" => {
            return ByType::Unknown;
        }
        _ => {}
    }
    let structured = essence.ends_with("+json") || essence.ends_with("+xml") || essence.ends_with("+yaml");
    let (kind, subtype) = essence.split_once('/').unwrap_or((essence, ""));
    match kind {
        "image" | "audio" | "video" | "font" | "model" | "multipart" => ByType::Unsupported,
        "application" if structured => ByType::Text,
        "application" if subtype.starts_with("vnd.") || BINARY_APPLICATIONS.contains(&subtype) => {
            ByType::Unsupported
        }
        _ => ByType::Text,
    }
}

const BINARY_APPLICATIONS: [&str; 13] = [
    "epub+zip",
    "gzip",
    "java-archive",
    "msword",
    "ogg",
    "pdf",
    "postscript",
    "rtf",
    "wasm",
    "x-7z-compressed",
    "x-gzip",
    "x-tar",
    "zip",
];

fn by_extension(extension: &str) -> Option<MediaType> {
    match extension {
        "html" | "htm" | "xhtml" | "xht" | "shtml" => Some(MediaType::Html),
        "md" | "markdown" | "mdown" | "mkd" | "mkdn" => Some(MediaType::Markdown),
        "txt" | "text" | "log" | "csv" | "tsv" | "json" | "rst" | "adoc" | "org" | "tex" => {
            Some(MediaType::PlainText)
        }
        _ => None,
    }
}

fn declares_utf16(declared: &Declared<'_>) -> bool {
    declared.charset().is_some_and(|label| label.trim().to_ascii_lowercase().starts_with("utf-16"))
}

fn binary_found(declared: &Declared<'_>) -> String {
    match declared.essence() {
        Some(essence) if !essence.starts_with("text/") => format!("binary data declared as {essence}"),
        _ => "binary data (or UTF-16 without a byte order mark)".to_owned(),
    }
}

#[cfg(test)]
mod tests;
