//! ODT to text, each part of the document in its region.
//!
//! One part of the archive holds the body, another one the named styles, headers and footers; `text_handler` interprets
//! their tags, and `styles` knows which styles hide text. Charts, formulas and other embedded objects are not read but
//! counted for a warning.

mod flat;
mod styles;
mod text_handler;

use crate::document_info::DocumentInfo;
use crate::error::ExtractError;
use crate::limits::Limits;
use crate::sink::Sink;
use crate::warning::ExtractWarning;
use crate::xml::{DecodingStats, XmlHandler, XmlTag};
use crate::xml_package::{TitleHandler, read_part};
use crate::zip_reader::ZipReader;
pub(crate) use flat::parse_flat;
use styles::NamedStyleHandler;
use text_handler::OdtTextHandler;

pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut archive = ZipReader::open(document, "ODT", limits)?;
    let mut stats = DecodingStats::default();
    let mut manifest = ManifestHandler { encrypted: false };
    read_part(&mut archive, "META-INF/manifest.xml", limits, &mut stats, &mut manifest)?;
    if manifest.encrypted {
        return Err(ExtractError::Encrypted { format: archive.format() });
    }
    let mut info = DocumentInfo::default();
    let mut title_handler = TitleHandler::new(sink);
    let mut unresolved =
        read_part(&mut archive, "meta.xml", limits, &mut stats, &mut title_handler)?.unwrap_or(0);
    info.title = title_handler.into_title();
    let mut named = NamedStyleHandler::default();
    read_part(&mut archive, "styles.xml", limits, &mut stats, &mut named)?;
    let mut text = OdtTextHandler::new(sink, named.into_styles());
    match read_part(&mut archive, "content.xml", limits, &mut stats, &mut text)? {
        Some(left_out) => unresolved += left_out,
        None => {
            let reason = "content.xml is not in the file".to_owned();
            return Err(ExtractError::Broken { format: archive.format(), reason });
        }
    }
    unresolved += read_part(&mut archive, "styles.xml", limits, &mut stats, &mut text)?.unwrap_or(0);
    let embedded = text.finish();
    if embedded > 0 {
        info.warnings.push(ExtractWarning::EmbeddedObjects { count: embedded });
    }
    info.add_unresolved(unresolved);
    info.add_decoding_stats(stats);
    Ok(info)
}

/// Checks the manifest for encrypted parts.
struct ManifestHandler {
    encrypted: bool,
}

impl XmlHandler for ManifestHandler {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        self.encrypted |= tag.local_name() == "encryption-data";
        Ok(())
    }
}

#[cfg(test)]
mod tests;
