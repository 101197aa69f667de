//! Which format a body is: by its first bytes, then by its `Content-Type`, then by its name.
//!
//! Decides only; it neither decodes nor keeps anything.

mod binary;
mod markup;
mod text;

use crate::charset::byte_order_mark;
use crate::declared::Declared;
use crate::failure::ExtractError;
use crate::media::MediaType;
use binary::{Known, is_binary, is_late_pdf, known_binary};
use markup::{Signature, signature};
use text::format_of;

/// How many bytes [`sniff`] looks at; more change nothing.
pub const SNIFF_BYTES: usize = 4096;

/// The format of a body that starts with `first_bytes` ([`SNIFF_BYTES`] are enough; fewer only at the end of the body).
///
/// What the bytes are beyond doubt (a PDF, a picture, `<!doctype html>`) wins, then the declared type, then the name,
/// then how the text looks. A body declared `text/plain` or `text/markdown` stays that, though it may look like HTML.
///
/// # Errors
/// [`ExtractError::Unsupported`], which names what was found and what is supported.
pub fn sniff(first_bytes: &[u8], declared: &Declared<'_>) -> Result<MediaType, ExtractError> {
    let head = &first_bytes[..first_bytes.len().min(SNIFF_BYTES)];
    let essence = declared.essence();
    let by_declared = essence.as_deref().map(by_type);
    let by_name = declared.extension().and_then(|extension| by_extension(&extension));
    // What its sender says it is: only this tells some archives from others.
    let said = match by_declared {
        Some(ByType::Whole(format)) => Some(format),
        Some(ByType::Unknown) | None => by_name.filter(|format| format.needs_sandbox()),
        _ => None,
    };
    match known_binary(head, said) {
        Some(Known::Format(format)) => return Ok(format),
        Some(Known::Other(found)) => return Err(ExtractError::unsupported(found)),
        None if said == Some(MediaType::Pdf) && is_late_pdf(head) => return Ok(MediaType::Pdf),
        None => {}
    }
    let wide = byte_order_mark(head).is_some_and(|mark| !mark.is_utf8()) || declares_utf16(declared);
    if !wide && is_binary(head) {
        return Err(ExtractError::unsupported(binary_found(declared)));
    }
    match by_declared {
        Some(ByType::Sure(format)) => Ok(format),
        Some(ByType::Unsupported) => Err(ExtractError::unsupported(essence.unwrap_or_default())),
        Some(ByType::Whole(MediaType::Xliff)) => Ok(MediaType::Xliff),
        Some(ByType::Whole(format)) => Err(misdeclared(format)),
        Some(ByType::Text(format)) => Ok(match signature(head) {
            Some(Signature::Document) => MediaType::Html,
            Some(Signature::Xliff) if format == MediaType::PlainText => MediaType::Xliff,
            _ => format,
        }),
        Some(ByType::Unknown) | None => undeclared(head, by_name),
    }
}

fn undeclared(head: &[u8], by_name: Option<MediaType>) -> Result<MediaType, ExtractError> {
    let looks = signature(head);
    if looks == Some(Signature::Document) {
        return Ok(MediaType::Html);
    }
    if let Some(format) = by_name {
        // Those but XLIFF begin with a mark that is not here.
        let is_text = !format.needs_sandbox() || format == MediaType::Xliff;
        return if is_text { Ok(format) } else { Err(misdeclared(format)) };
    }
    Ok(match looks {
        Some(Signature::Xliff) => MediaType::Xliff,
        Some(_) => MediaType::Html,
        None => format_of(head).unwrap_or(MediaType::PlainText),
    })
}

/// What was said to be a format whose mark is not there: often the page of an error in its place.
fn misdeclared(format: MediaType) -> ExtractError {
    ExtractError::unsupported(format!("a document that is called {} and is none", format.name()))
}

#[derive(Clone, Copy)]
enum ByType {
    /// Believed against all but a known binary format.
    Sure(MediaType),
    /// Some text, which may yet be a whole HTML document sent under a wrong name.
    Text(MediaType),
    /// A format that is read as a whole.
    Whole(MediaType),
    Unsupported,
    /// Says nothing, such as `application/octet-stream`.
    Unknown,
}

fn by_type(essence: &str) -> ByType {
    if let Some(known) = known_type(essence) {
        return known;
    }
    let structured = essence.ends_with("+json") || essence.ends_with("+xml") || essence.ends_with("+yaml");
    let (kind, subtype) = essence.split_once('/').unwrap_or((essence, ""));
    match kind {
        "image" | "audio" | "video" | "font" | "model" | "multipart" => ByType::Unsupported,
        "application" if structured => ByType::Text(MediaType::PlainText),
        "application" if subtype.starts_with("vnd.") || BINARY_APPLICATIONS.contains(&subtype) => {
            ByType::Unsupported
        }
        _ => ByType::Text(MediaType::PlainText),
    }
}

fn known_type(essence: &str) -> Option<ByType> {
    Some(match essence {
        "text/plain" => ByType::Sure(MediaType::PlainText),
        "text/markdown" | "text/x-markdown" => ByType::Sure(MediaType::Markdown),
        "text/html" | "application/xhtml+xml" => ByType::Sure(MediaType::Html),
        "application/octet-stream" | "binary/octet-stream" | "application/unknown" | "unknown/unknown" => {
            ByType::Unknown
        }
        // Archives are often named no further.
        "application/zip" | "application/x-zip-compressed" => ByType::Unknown,
        "text/csv" | "application/csv" => ByType::Text(MediaType::Csv),
        "text/tab-separated-values" => ByType::Text(MediaType::Tsv),
        "application/x-subrip" | "text/srt" | "text/x-srt" => ByType::Text(MediaType::SubRip),
        "text/vtt" => ByType::Text(MediaType::WebVtt),
        "text/x-gettext-translation"
        | "text/x-gettext-translation-template"
        | "text/x-po"
        | "application/x-po"
        | "application/x-gettext" => ByType::Text(MediaType::Po),
        "application/xliff+xml" | "application/x-xliff+xml" | "application/x-xliff" => {
            ByType::Whole(MediaType::Xliff)
        }
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.template"
        | "application/vnd.ms-word.document.macroenabled.12" => ByType::Whole(MediaType::Docx),
        "application/vnd.oasis.opendocument.text" | "application/vnd.oasis.opendocument.text-template" => {
            ByType::Whole(MediaType::Odt)
        }
        "application/epub+zip" => ByType::Whole(MediaType::Epub),
        "application/pdf" | "application/x-pdf" => ByType::Whole(MediaType::Pdf),
        _ => return None,
    })
}

const BINARY_APPLICATIONS: [&str; 10] = [
    "gzip",
    "java-archive",
    "msword",
    "ogg",
    "postscript",
    "rtf",
    "wasm",
    "x-7z-compressed",
    "x-gzip",
    "x-tar",
];

fn by_extension(extension: &str) -> Option<MediaType> {
    Some(match extension {
        "html" | "htm" | "xhtml" | "xht" | "shtml" => MediaType::Html,
        "md" | "markdown" | "mdown" | "mkd" | "mkdn" => MediaType::Markdown,
        "txt" | "text" | "log" | "json" | "rst" | "adoc" | "org" | "tex" => MediaType::PlainText,
        "csv" => MediaType::Csv,
        "tsv" | "tab" => MediaType::Tsv,
        "srt" => MediaType::SubRip,
        "vtt" => MediaType::WebVtt,
        "po" | "pot" => MediaType::Po,
        "xlf" | "xliff" | "sdlxliff" | "mqxliff" | "mxliff" => MediaType::Xliff,
        "docx" | "docm" | "dotx" | "dotm" => MediaType::Docx,
        "odt" | "ott" => MediaType::Odt,
        "epub" => MediaType::Epub,
        "pdf" => MediaType::Pdf,
        _ => return None,
    })
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
