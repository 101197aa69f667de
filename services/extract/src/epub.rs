//! EPUB to text: the chapters in reading order, each parsed as HTML.
//!
//! Finds the chapters; `html` parses them. A book is not part of a site, so headers, footers and asides of a chapter
//! are text of the book.

mod chapter_reader;
mod package_document;

use crate::document_info::DocumentInfo;
use crate::error::ExtractError;
use crate::limits::Limits;
use crate::sink::Sink;
use crate::warning::ExtractWarning;
use crate::xml::{DecodingStats, XmlHandler, XmlTag};
use crate::xml_package::{TitleHandler, read_part};
use crate::zip_reader::{ZipReader, resolve};
use chapter_reader::{ChapterKind, ChapterReader};
use package_document::PackageDocument;

/// The media type of the package document.
const PACKAGE_TYPE: &str = "application/oebps-package+xml";

/// How many unreadable chapters are listed one by one.
const MAX_LISTED: usize = 10;

pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut archive = ZipReader::open(document, "EPUB", limits)?;
    let mut stats = DecodingStats::default();
    let root = package_name(&mut archive, limits, &mut stats)?;
    let mut info = DocumentInfo::default();
    let mut title_handler = TitleHandler::new(sink);
    let mut unresolved = read_part(&mut archive, &root, limits, &mut stats, &mut title_handler)?.unwrap_or(0);
    info.title = title_handler.into_title();
    let mut package = PackageDocument::new(&root);
    unresolved += read_part(&mut archive, &root, limits, &mut stats, &mut package)?.unwrap_or(0);
    if package.has_empty_spine() {
        return Err(broken(&archive, format!("the spine in {} names no chapters", shown(&root))));
    }
    let mut encrypted = EncryptedParts { names: Vec::new() };
    read_part(&mut archive, "META-INF/encryption.xml", limits, &mut stats, &mut encrypted)?;
    let mut chapters = ChapterReader::new(sink, limits);
    let mut unread = 0usize;
    let spine = package.chapters().map(|name| (name, ChapterKind::Chapter));
    let contents = package.contents().map(|name| (name, ChapterKind::Contents));
    for (name, kind) in spine.chain(contents) {
        if encrypted.names.contains(&name) {
            return Err(ExtractError::Encrypted { format: archive.format() });
        }
        let read = match archive.part(&name)? {
            Some(part) => chapters.read(part, &name, kind)?,
            None => Err("it is not in the file".to_owned()),
        };
        if let Err(reason) = read {
            unread += 1;
            if unread <= MAX_LISTED {
                info.warnings.push(ExtractWarning::UnreadPart { part: shown(&name), reason });
            }
        }
    }
    if unread > MAX_LISTED {
        let part = format!("and {} more parts", unread - MAX_LISTED);
        info.warnings.push(ExtractWarning::UnreadPart { part, reason: "like the parts above".to_owned() });
    }
    info.add_unresolved(unresolved + chapters.declared_entities());
    info.replacements = chapters.replacements();
    info.add_decoding_stats(stats);
    Ok(info)
}

/// The name of the package document, which is in the archive.
fn package_name(
    archive: &mut ZipReader<'_>,
    limits: Limits,
    stats: &mut DecodingStats,
) -> Result<String, ExtractError> {
    const CONTAINER: &str = "META-INF/container.xml";
    let mut container = ContainerHandler::default();
    if read_part(archive, CONTAINER, limits, stats, &mut container)?.is_none() {
        return Err(broken(archive, format!("{CONTAINER} is not in the file")));
    }
    let Some(path) = container.package.or(container.untyped) else {
        return Err(broken(archive, format!("{CONTAINER} names no package of the type {PACKAGE_TYPE}")));
    };
    let name = resolve("", &path);
    let decoded = resolve("", &package_document::percent_decoded(&path));
    let found = [decoded, name].into_iter().find(|name| archive.contains(name));
    found.ok_or_else(|| {
        broken(archive, format!("{CONTAINER} names the package {}, which is not in the file", shown(&path)))
    })
}

fn broken(archive: &ZipReader<'_>, reason: String) -> ExtractError {
    ExtractError::Broken { format: archive.format(), reason }
}

/// The name of a part as messages show it.
fn shown(name: &str) -> String {
    name.chars().take(100).collect()
}

/// Finds the package document: the first rootfile of its type. A container may name other renditions, such as a PDF.
#[derive(Default)]
struct ContainerHandler {
    package: Option<String>,
    /// The first rootfile without a type.
    untyped: Option<String>,
}

impl XmlHandler for ContainerHandler {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        if tag.local_name() != "rootfile" {
            return Ok(());
        }
        let Some(path) = tag.attribute("full-path") else { return Ok(()) };
        let place = match tag.attribute("media-type") {
            None => &mut self.untyped,
            Some(kind) if kind.trim() == PACKAGE_TYPE => &mut self.package,
            Some(_) => return Ok(()),
        };
        place.get_or_insert_with(|| path.into_owned());
        Ok(())
    }
}

/// The names of encrypted parts. Fonts are often obfuscated, which hides no text; encrypted chapters mean copy
/// protection.
struct EncryptedParts {
    names: Vec<String>,
}

impl XmlHandler for EncryptedParts {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        if tag.local_name() == "CipherReference"
            && let Some(name) = tag.attribute("URI")
        {
            self.names.push(package_document::percent_decoded(&name));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
