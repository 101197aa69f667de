//! DOCX (Office Open XML) to text, each part of the document in its region.
//!
//! Finds the parts through the relationships; `text_handler` interprets their tags. Charts, diagrams and embedded
//! documents are not read but counted for a warning.

mod alternate_content;
mod relationships;
mod styles;
mod text_handler;

use crate::document_info::DocumentInfo;
use crate::error::ExtractError;
use crate::limits::Limits;
use crate::region::Region;
use crate::sink::Sink;
use crate::warning::ExtractWarning;
use crate::xml::DecodingStats;
use crate::xml_package::{TitleHandler, read_part};
use crate::zip_reader::{ZipReader, resolve};
use relationships::{Relationship, relationships};
use styles::Styles;
use text_handler::DocxTextHandler;

pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut archive = ZipReader::open(document, "DOCX", limits)?;
    let mut parser = DocxParser { limits, stats: DecodingStats::default(), unresolved: 0 };
    let package = parser.relationships(&mut archive, "_rels/.rels", "")?;
    let main = main_part(&archive, &package)?;
    let mut info = DocumentInfo::default();
    if let Some(core) = package.iter().find(|one| one.kind == "core-properties") {
        let mut title_handler = TitleHandler::new(sink);
        parser.unresolved +=
            read_part(&mut archive, &core.target, limits, &mut parser.stats, &mut title_handler)?
                .unwrap_or(0);
        info.title = title_handler.into_title();
    }
    let (folder, file) = main.rsplit_once('/').map_or(("", main.as_str()), |(folder, file)| (folder, file));
    let related = parser.relationships(&mut archive, &format!("{folder}/_rels/{file}.rels"), &main)?;
    let mut styles = Styles::default();
    if let Some(part) = related.iter().find(|one| one.kind == "styles") {
        read_part(&mut archive, &part.target, limits, &mut parser.stats, &mut styles)?;
    }
    let mut text = DocxTextHandler::new(sink, &styles);
    let parts = std::iter::once((main.as_str(), Region::Body)).chain(
        related.iter().filter_map(|one| region_of(&one.kind).map(|region| (one.target.as_str(), region))),
    );
    for (part, region) in parts {
        text.begin_part(region);
        let read = read_part(&mut archive, part, limits, &mut parser.stats, &mut text)?;
        match read {
            Some(unresolved) => parser.unresolved += unresolved,
            None => info.warnings.push(missing(part)),
        }
    }
    let embedded = text.finish();
    if embedded > 0 {
        info.warnings.push(ExtractWarning::EmbeddedObjects { count: embedded });
    }
    info.add_unresolved(parser.unresolved);
    info.add_decoding_stats(parser.stats);
    Ok(info)
}

/// State shared by all parts of a document.
struct DocxParser {
    limits: Limits,
    stats: DecodingStats,
    unresolved: u64,
}

impl DocxParser {
    fn relationships(
        &mut self,
        archive: &mut ZipReader<'_>,
        part: &str,
        of: &str,
    ) -> Result<Vec<Relationship>, ExtractError> {
        relationships(archive, part, of, self.limits, &mut self.stats)
    }
}

/// The part that holds the document's own text.
fn main_part(archive: &ZipReader<'_>, package: &[Relationship]) -> Result<String, ExtractError> {
    const USUAL: &str = "word/document.xml";
    let named = package.iter().find(|one| one.kind == "officeDocument").map(|one| one.target.clone());
    let main = named.unwrap_or_else(|| resolve("", USUAL));
    if archive.contains(&main) && !main.starts_with("xl/") && !main.starts_with("ppt/") {
        return Ok(main);
    }
    Err(match main.split('/').next() {
        Some("xl") => ExtractError::unsupported("an Excel workbook (XLSX)"),
        Some("ppt") => ExtractError::unsupported("a PowerPoint presentation (PPTX)"),
        _ => ExtractError::unsupported("a ZIP archive without a Word document in it"),
    })
}

/// The region of a part, from its relationship to the main part; `None` for parts without text.
fn region_of(kind: &str) -> Option<Region> {
    match kind {
        "footnotes" | "endnotes" => Some(Region::Notes),
        "header" => Some(Region::Header),
        "footer" => Some(Region::Footer),
        "comments" => Some(Region::Comments),
        _ => None,
    }
}

fn missing(part: &str) -> ExtractWarning {
    ExtractWarning::UnreadPart {
        part: part.chars().take(100).collect(),
        reason: "it is not in the file".to_owned(),
    }
}

#[cfg(test)]
mod tests;
