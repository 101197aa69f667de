//! Documents that are read from all of their bytes: archives of XML, XML, PDF.
//!
//! Only chooses the format's reader and puts together what it learned. Pure like the rest of the crate: who calls it
//! on documents of strangers does so in a process that may die.

use crate::charset::CharsetSource;
use crate::declared::Declared;
use crate::extractor::Extraction;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::media::MediaType;
use crate::sink::Sink;
use crate::sniff::sniff;
use crate::warning::Warning;
use crate::xml::Charsets;
use crate::{docx, epub, odt, pdf, xliff};

/// What a reader of one format learned beside the text.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// The document's title.
    pub(crate) title: Option<String>,
    /// The charset of its text, and what decided it.
    pub(crate) charset: Option<(String, CharsetSource)>,
    /// Sequences of bytes that were no characters.
    pub(crate) replacements: u64,
    /// What its reader should know.
    pub(crate) warnings: Vec<Warning>,
}

impl Learned {
    /// Takes over what decoding its parts showed.
    pub(crate) fn decoded(&mut self, charsets: Charsets) {
        self.replacements += charsets.replacements;
        let charset = charsets.last.unwrap_or_else(|| ("utf-8".to_owned(), CharsetSource::Default));
        if self.replacements > 0 {
            let (charset, replacements) = (charset.0.clone(), self.replacements);
            self.warnings.push(Warning::LossyCharset { charset, replacements });
        }
        self.charset = Some(charset);
    }

    /// Takes over how many references to entities were left out.
    pub(crate) fn unresolved(&mut self, count: u64) {
        if count > 0 {
            self.warnings.push(Warning::UnresolvedEntities { count });
        }
    }
}

/// Takes the text of a document of which [`MediaType::is_whole`] holds, and gives it to a sink.
///
/// # Errors
/// Any [`ExtractError`]; what the sink has then is a part of the document.
pub fn read_whole(
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
    let learned = match media_type {
        MediaType::Docx => docx::read(document, limits, sink)?,
        MediaType::Odt => odt::read(document, limits, sink)?,
        MediaType::Epub => epub::read(document, limits, sink)?,
        MediaType::Pdf => pdf::read(document, limits, sink)?,
        MediaType::Xliff => xliff::read(document, limits, sink)?,
        _ => return Err(ExtractError::unsupported("a document of another type here")),
    };
    let (charset, charset_source) =
        learned.charset.unwrap_or_else(|| ("utf-8".to_owned(), CharsetSource::Document));
    Ok(Extraction {
        media_type,
        charset,
        charset_source,
        replacement_characters: learned.replacements,
        bytes,
        title: learned.title,
        warnings: learned.warnings,
    })
}
