//! Parses a document that must be in memory as a whole: DOCX, ODT, EPUB, PDF, XLIFF, TMX.
//!
//! Only chooses the format's parser and turns what it learned into an [`Extraction`]. It does no I/O. A hostile document
//! may crash these parsers or keep them busy, so call it in a process that may die.

use crate::charset::CharsetSource;
use crate::declared::Declared;
use crate::error::ExtractError;
use crate::extractor::Extraction;
use crate::limits::Limits;
use crate::media_type::MediaType;
use crate::sink::Sink;
use crate::sniff::sniff;
use crate::{docx, epub, odt, pdf, tmx, xliff};

/// Extracts the text of a buffered document whose format [needs a sandbox](MediaType::needs_sandbox).
///
/// # Errors
/// Any [`ExtractError`]. The sink may then hold a part of the text.
pub fn parse_buffered(
    document: &[u8],
    declared: &Declared<'_>,
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<Extraction, ExtractError> {
    let bytes = document.len() as u64;
    if bytes > limits.decoded_bytes {
        let advice = "split it and send the parts";
        return Err(ExtractError::TooLarge { limit_bytes: limits.decoded_bytes, advice });
    }
    let media_type = sniff(document, declared)?;
    let info = match media_type {
        MediaType::Docx => docx::parse(document, limits, sink)?,
        MediaType::Odt => odt::parse(document, limits, sink)?,
        MediaType::FlatOdt => odt::parse_flat(document, limits, sink)?,
        MediaType::Epub => epub::parse(document, limits, sink)?,
        MediaType::Pdf => pdf::parse(document, limits, sink)?,
        MediaType::Xliff => xliff::parse(document, limits, sink)?,
        MediaType::Tmx => tmx::parse(document, limits, sink)?,
        _ => return Err(ExtractError::unsupported("a document of a streamed format")),
    };
    let (charset, charset_source) =
        info.charset.unwrap_or_else(|| ("utf-8".to_owned(), CharsetSource::Document));
    Ok(Extraction {
        media_type,
        charset,
        charset_source,
        replacement_characters: info.replacements,
        bytes,
        title: info.title,
        warnings: info.warnings,
    })
}
