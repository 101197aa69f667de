//! Decides the format of a body: by its first bytes, then by its `Content-Type`, then by its name.

mod binary;
mod signature;
mod text;

use crate::charset::byte_order_mark;
use crate::declared::Declared;
use crate::error::ExtractError;
use crate::media_type::MediaType;
use binary::{BinaryFormat, is_binary, is_late_pdf, known_binary};
use signature::{MarkupSignature, signature};
use text::format_of;

/// How many bytes [`sniff`] examines.
pub const SNIFF_BYTES: usize = 4096;

/// The format of a body that starts with `first_bytes`. Pass [`SNIFF_BYTES`] bytes, or fewer if the body is shorter.
///
/// Unmistakable bytes win (a PDF, a picture, `<!doctype html>`), then the declared type, then the name, then the look
/// of the text. Servers send much as `text/plain`, so there unmistakable first lines of a text format win too (`WEBVTT`,
/// `<xliff`). A body that only starts with some tag stays plain text or Markdown, if it is declared so.
///
/// # Errors
/// [`ExtractError::Unsupported`], which names the format found and those supported.
pub fn sniff(first_bytes: &[u8], declared: &Declared<'_>) -> Result<MediaType, ExtractError> {
    let head = &first_bytes[..first_bytes.len().min(SNIFF_BYTES)];
    let essence = declared.essence();
    let by_declared = essence.as_deref().map(by_type);
    let by_name = declared.extension().and_then(|extension| by_extension(&extension));
    // The format that the sender declares. Only this distinguishes some archives.
    let sandboxed = match by_declared {
        Some(DeclaredType::Sandboxed(format)) => Some(format),
        Some(DeclaredType::Unknown) | None => by_name.filter(|format| format.needs_sandbox()),
        _ => None,
    };
    match known_binary(head, sandboxed) {
        Some(BinaryFormat::Supported(format)) => return Ok(format),
        Some(BinaryFormat::Unsupported(found)) => return Err(ExtractError::unsupported(found)),
        None if sandboxed == Some(MediaType::Pdf) && is_late_pdf(head) => return Ok(MediaType::Pdf),
        None => {}
    }
    let wide = byte_order_mark(head).is_some_and(|mark| !mark.is_utf8()) || declares_utf16(declared);
    if !wide && is_binary(head) {
        return Err(ExtractError::unsupported(binary_found(declared)));
    }
    match by_declared {
        Some(DeclaredType::Certain(format)) => Ok(format),
        Some(DeclaredType::Plain(format)) => Ok(unmistakable(head, format).unwrap_or(format)),
        Some(DeclaredType::Spreadsheet) => {
            let table = by_name.filter(|format| !format.needs_sandbox());
            match (signature(head), table) {
                (Some(MarkupSignature::Document), _) => Ok(MediaType::Html),
                (_, Some(format)) => Ok(format),
                (Some(MarkupSignature::Tag), None) => Ok(MediaType::Html),
                // Nothing but the type says what it is, and a workbook would be binary.
                (None, None) if declared.extension().is_none() && has_cells(head) => Ok(MediaType::Csv),
                _ => Err(ExtractError::unsupported(essence.unwrap_or_default())),
            }
        }
        Some(DeclaredType::Unsupported) => Err(ExtractError::unsupported(essence.unwrap_or_default())),
        Some(DeclaredType::Sandboxed(format)) if is_xml(format) => Ok(format),
        Some(DeclaredType::Sandboxed(format)) => Err(misdeclared(format)),
        Some(DeclaredType::Text(format)) => Ok(match signature(head) {
            Some(MarkupSignature::Document) => MediaType::Html,
            Some(MarkupSignature::Xml(known)) if format == MediaType::PlainText => known,
            _ => format,
        }),
        Some(DeclaredType::Unknown) | None => undeclared(head, by_name),
    }
}

fn undeclared(head: &[u8], by_name: Option<MediaType>) -> Result<MediaType, ExtractError> {
    if let Some(format) = unmistakable(head, by_name.unwrap_or(MediaType::PlainText)) {
        return Ok(format);
    }
    if let Some(format) = by_name {
        // All of these except XML start with a magic number, which is missing here.
        let is_text = !format.needs_sandbox() || is_xml(format);
        return if is_text { Ok(format) } else { Err(misdeclared(format)) };
    }
    Ok(if signature(head).is_some() { MediaType::Html } else { MediaType::PlainText })
}

/// The format that first bytes show for certain, where `declared` is what type or name say.
fn unmistakable(head: &[u8], declared: MediaType) -> Option<MediaType> {
    match signature(head) {
        Some(MarkupSignature::Document) => Some(MediaType::Html),
        // A text in Markdown may be about other formats.
        _ if declared != MediaType::PlainText => None,
        Some(MarkupSignature::Xml(known)) => Some(known),
        Some(MarkupSignature::Tag) => None,
        None => format_of(head),
    }
}

/// Whether a text may be a table: it has several cells or several rows.
fn has_cells(head: &[u8]) -> bool {
    head.iter().any(|byte| matches!(byte, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r'))
}

/// Whether the format is text, but parsed by a reader that needs the whole document.
fn is_xml(format: MediaType) -> bool {
    matches!(format, MediaType::Xliff | MediaType::Tmx | MediaType::FlatOdt)
}

/// The body lacks the magic number of its declared format. Often it is an error page.
fn misdeclared(format: MediaType) -> ExtractError {
    ExtractError::unsupported(format!("a document declared as {} that is not one", format.name()))
}

#[derive(Clone, Copy)]
enum DeclaredType {
    /// Trusted against everything except a known binary format.
    Certain(MediaType),
    /// Plain text or Markdown, unless the first bytes show another format for certain.
    Plain(MediaType),
    /// A workbook, which is not read. Browsers on Windows with Excel send tables in text so, and sites HTML.
    Spreadsheet,
    /// A text format. The body may still be an HTML document sent with the wrong type.
    Text(MediaType),
    /// A format that must be buffered and needs a sandbox.
    Sandboxed(MediaType),
    Unsupported,
    /// Says nothing, such as `application/octet-stream`.
    Unknown,
}

fn by_type(essence: &str) -> DeclaredType {
    if let Some(known) = known_type(essence) {
        return known;
    }
    let structured = essence.ends_with("+json") || essence.ends_with("+xml") || essence.ends_with("+yaml");
    let (kind, subtype) = essence.split_once('/').unwrap_or((essence, ""));
    match kind {
        "image" | "audio" | "video" | "font" | "model" | "multipart" => DeclaredType::Unsupported,
        "application" if structured => DeclaredType::Text(MediaType::PlainText),
        "application" if subtype.starts_with("vnd.") || BINARY_APPLICATIONS.contains(&subtype) => {
            DeclaredType::Unsupported
        }
        _ => DeclaredType::Text(MediaType::PlainText),
    }
}

fn known_type(essence: &str) -> Option<DeclaredType> {
    Some(match essence {
        "text/plain" => DeclaredType::Plain(MediaType::PlainText),
        "text/markdown" | "text/x-markdown" => DeclaredType::Plain(MediaType::Markdown),
        "text/html" | "application/xhtml+xml" => DeclaredType::Certain(MediaType::Html),
        "application/octet-stream"
        | "application/x-octet-stream"
        | "binary/octet-stream"
        | "application/binary"
        | "application/unknown"
        | "unknown/unknown" => DeclaredType::Unknown,
        // Servers use these to make a browser save the document.
        "application/force-download"
        | "application/x-force-download"
        | "application/x-forcedownload"
        | "application/download"
        | "application/x-download"
        | "application/x-msdownload" => DeclaredType::Unknown,
        // Archives are often declared by this general type.
        "application/zip" | "application/x-zip-compressed" => DeclaredType::Unknown,
        "text/csv"
        | "text/x-csv"
        | "application/csv"
        | "application/x-csv"
        | "text/comma-separated-values"
        | "text/x-comma-separated-values" => DeclaredType::Text(MediaType::Csv),
        "application/vnd.ms-excel"
        | "application/vnd.msexcel"
        | "application/msexcel"
        | "application/x-msexcel"
        | "application/excel"
        | "application/x-excel" => DeclaredType::Spreadsheet,
        "text/tab-separated-values" | "text/tsv" | "text/x-tsv" => DeclaredType::Text(MediaType::Tsv),
        "application/x-subrip" | "text/srt" | "text/x-srt" => DeclaredType::Text(MediaType::SubRip),
        "text/vtt" => DeclaredType::Text(MediaType::WebVtt),
        "text/x-ssa" | "text/x-ass" | "application/x-ssa" | "application/x-ass" => {
            DeclaredType::Text(MediaType::SubStationAlpha)
        }
        "text/x-gettext-translation"
        | "text/x-gettext-translation-template"
        | "text/x-po"
        | "application/x-po"
        | "application/x-gettext" => DeclaredType::Text(MediaType::Po),
        "application/xliff+xml" | "application/x-xliff+xml" | "application/x-xliff" => {
            DeclaredType::Sandboxed(MediaType::Xliff)
        }
        "application/x-tmx+xml" | "application/x-tmx" | "application/tmx+xml" | "text/x-tmx" => {
            DeclaredType::Sandboxed(MediaType::Tmx)
        }
        "application/vnd.oasis.opendocument.text-flat-xml" => DeclaredType::Sandboxed(MediaType::FlatOdt),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.template"
        | "application/vnd.ms-word.document.macroenabled.12" => DeclaredType::Sandboxed(MediaType::Docx),
        "application/vnd.oasis.opendocument.text" | "application/vnd.oasis.opendocument.text-template" => {
            DeclaredType::Sandboxed(MediaType::Odt)
        }
        "application/epub+zip" => DeclaredType::Sandboxed(MediaType::Epub),
        "application/pdf" | "application/x-pdf" => DeclaredType::Sandboxed(MediaType::Pdf),
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
        "ass" | "ssa" => MediaType::SubStationAlpha,
        "po" | "pot" => MediaType::Po,
        "xlf" | "xliff" | "sdlxliff" | "mqxliff" | "mxliff" => MediaType::Xliff,
        "tmx" => MediaType::Tmx,
        "fodt" => MediaType::FlatOdt,
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
