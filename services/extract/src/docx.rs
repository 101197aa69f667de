//! Word documents (Office Open XML) to text, each part of the document in its region.
//!
//! Which parts there are is read from the relationships, what their tags mean is in `text`. Not read: charts,
//! diagrams and embedded documents, which are counted and told.

mod relationships;
mod styles;
mod text;

use crate::archive::{Archive, resolve};
use crate::document_info::DocumentInfo;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::office::{Titled, read_part};
use crate::region::Region;
use crate::sink::Sink;
use crate::warning::Warning;
use crate::xml::Charsets;
use relationships::{Relationship, relationships};
use styles::Styles;
use text::Text;

/// Reads a document from its archive.
pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut archive = Archive::open(document, "DOCX", limits)?;
    let mut reading = Reading { limits, charsets: Charsets::default(), unresolved: 0 };
    let package = reading.relationships(&mut archive, "_rels/.rels", "")?;
    let main = main_part(&archive, &package)?;
    let mut info = DocumentInfo::default();
    if let Some(core) = package.iter().find(|one| one.kind == "core-properties") {
        let mut titled = Titled::new(sink);
        reading.unresolved +=
            read_part(&mut archive, &core.target, limits, &mut reading.charsets, &mut titled)?.unwrap_or(0);
        info.title = titled.title();
    }
    let (folder, file) = main.rsplit_once('/').map_or(("", main.as_str()), |(folder, file)| (folder, file));
    let related = reading.relationships(&mut archive, &format!("{folder}/_rels/{file}.rels"), &main)?;
    let mut styles = Styles::default();
    if let Some(part) = related.iter().find(|one| one.kind == "styles") {
        read_part(&mut archive, &part.target, limits, &mut reading.charsets, &mut styles)?;
    }
    let mut text = Text::new(sink, &styles);
    let parts = std::iter::once((main.as_str(), Region::Body)).chain(
        related.iter().filter_map(|one| region_of(&one.kind).map(|region| (one.target.as_str(), region))),
    );
    for (part, region) in parts {
        text.begin_part(region);
        let read = read_part(&mut archive, part, limits, &mut reading.charsets, &mut text)?;
        match read {
            Some(unresolved) => reading.unresolved += unresolved,
            None => info.warnings.push(missing(part)),
        }
    }
    let embedded = text.finish();
    if embedded > 0 {
        info.warnings.push(Warning::EmbeddedObjects { count: embedded });
    }
    info.add_unresolved(reading.unresolved);
    info.set_charsets(reading.charsets);
    Ok(info)
}

/// What goes on from part to part.
struct Reading {
    limits: Limits,
    charsets: Charsets,
    unresolved: u64,
}

impl Reading {
    fn relationships(
        &mut self,
        archive: &mut Archive<'_>,
        part: &str,
        of: &str,
    ) -> Result<Vec<Relationship>, ExtractError> {
        relationships(archive, part, of, self.limits, &mut self.charsets)
    }
}

/// The part that the document's own text is in.
fn main_part(archive: &Archive<'_>, package: &[Relationship]) -> Result<String, ExtractError> {
    const USUAL: &str = "word/document.xml";
    let named = package.iter().find(|one| one.kind == "officeDocument").map(|one| one.target.clone());
    let main = named.unwrap_or_else(|| resolve("", USUAL));
    if archive.holds(&main) && !main.starts_with("xl/") && !main.starts_with("ppt/") {
        return Ok(main);
    }
    Err(match main.split('/').next() {
        Some("xl") => ExtractError::unsupported("an Excel workbook (XLSX)"),
        Some("ppt") => ExtractError::unsupported("a PowerPoint presentation (PPTX)"),
        _ => ExtractError::unsupported("a ZIP archive without a Word document in it"),
    })
}

/// The region of a part's text by its relationship to the main part; `None` for parts without text.
fn region_of(kind: &str) -> Option<Region> {
    match kind {
        "footnotes" | "endnotes" => Some(Region::Notes),
        "header" => Some(Region::Header),
        "footer" => Some(Region::Footer),
        "comments" => Some(Region::Comments),
        _ => None,
    }
}

fn missing(part: &str) -> Warning {
    Warning::UnreadPart { part: part.chars().take(100).collect(), why: "it is not in the file".to_owned() }
}

#[cfg(test)]
mod tests;
