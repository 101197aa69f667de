//! OpenDocument texts to text, each part of the document in its region.
//!
//! The body is in one part of the archive, headers and footers in another; what their tags mean is in `text`. Not
//! read: charts, formulas and other embedded objects, which are counted and told.

mod text;

use crate::archive::Archive;
use crate::document_info::DocumentInfo;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::office::{Titled, read_part};
use crate::sink::Sink;
use crate::warning::Warning;
use crate::xml::{Charsets, Handler, Tag};
use text::Text;

/// Reads a document from its archive.
pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut archive = Archive::open(document, "ODT", limits)?;
    let mut charsets = Charsets::default();
    let mut manifest = Manifest { encrypted: false };
    read_part(&mut archive, "META-INF/manifest.xml", limits, &mut charsets, &mut manifest)?;
    if manifest.encrypted {
        return Err(ExtractError::Encrypted { format: archive.format() });
    }
    let mut info = DocumentInfo::default();
    let mut titled = Titled::new(sink);
    let mut unresolved =
        read_part(&mut archive, "meta.xml", limits, &mut charsets, &mut titled)?.unwrap_or(0);
    info.title = titled.title();
    let mut text = Text::new(sink);
    match read_part(&mut archive, "content.xml", limits, &mut charsets, &mut text)? {
        Some(left_out) => unresolved += left_out,
        None => {
            let why = "content.xml is not in the file".to_owned();
            return Err(ExtractError::Broken { format: archive.format(), why });
        }
    }
    unresolved += read_part(&mut archive, "styles.xml", limits, &mut charsets, &mut text)?.unwrap_or(0);
    let embedded = text.finish();
    if embedded > 0 {
        info.warnings.push(Warning::EmbeddedObjects { count: embedded });
    }
    info.add_unresolved(unresolved);
    info.set_charsets(charsets);
    Ok(info)
}

/// Whether the list of the archive's parts says that any is encrypted.
struct Manifest {
    encrypted: bool,
}

impl Handler for Manifest {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        self.encrypted |= tag.local() == "encryption-data";
        Ok(())
    }
}

#[cfg(test)]
mod tests;
