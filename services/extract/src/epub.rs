//! Electronic books to text: the chapters in the order of reading, each by the rules of HTML.
//!
//! Finds the chapters; what is in one is known to `html`. A book has no site around it, so a chapter's own header,
//! footer and asides are the book's text.

mod chapters;
mod package;

use crate::archive::{Archive, resolve};
use crate::document_info::DocumentInfo;
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::office::{Titled, read_part};
use crate::sink::Sink;
use crate::warning::Warning;
use crate::xml::{Charsets, Handler, Tag};
use chapters::{Chapters, Kind};
use package::Package;

/// How many chapters that could not be read are named.
const NAMED: usize = 10;

/// Reads a book from its archive.
pub(crate) fn parse(
    document: &[u8],
    limits: Limits,
    sink: &mut impl Sink,
) -> Result<DocumentInfo, ExtractError> {
    let mut archive = Archive::open(document, "EPUB", limits)?;
    let mut charsets = Charsets::default();
    let mut container = Container { package: None };
    read_part(&mut archive, "META-INF/container.xml", limits, &mut charsets, &mut container)?;
    let root = container.package.map(|path| resolve("", &path)).ok_or_else(|| ExtractError::Broken {
        format: "EPUB",
        why: "META-INF/container.xml names no package".to_owned(),
    })?;
    let mut info = DocumentInfo::default();
    let mut titled = Titled::new(sink);
    let mut unresolved = read_part(&mut archive, &root, limits, &mut charsets, &mut titled)?.unwrap_or(0);
    info.title = titled.title();
    let mut package = Package::new(&root);
    unresolved += read_part(&mut archive, &root, limits, &mut charsets, &mut package)?.unwrap_or(0);
    let mut secret = Secrets { names: Vec::new() };
    read_part(&mut archive, "META-INF/encryption.xml", limits, &mut charsets, &mut secret)?;
    let mut chapters = Chapters::new(sink, limits);
    let mut unread = 0usize;
    let spine = package.chapters().map(|name| (name, Kind::Chapter));
    let contents = package.contents().map(|name| (name, Kind::Contents));
    for (name, kind) in spine.chain(contents) {
        if secret.names.contains(&name) {
            return Err(ExtractError::Encrypted { format: archive.format() });
        }
        let read = match archive.part(&name)? {
            Some(part) => chapters.read(part, &name, kind)?,
            None => Err("it is not in the file".to_owned()),
        };
        if let Err(why) = read {
            unread += 1;
            if unread <= NAMED {
                info.warnings.push(Warning::UnreadPart { part: name.chars().take(100).collect(), why });
            }
        }
    }
    if unread > NAMED {
        let part = format!("and {} more parts", unread - NAMED);
        info.warnings.push(Warning::UnreadPart { part, why: "as those before".to_owned() });
    }
    info.add_unresolved(unresolved);
    info.replacements = chapters.replacements();
    info.set_charsets(charsets);
    Ok(info)
}

/// Where the package is.
struct Container {
    package: Option<String>,
}

impl Handler for Container {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        if tag.local() == "rootfile" && self.package.is_none() {
            self.package = tag.attribute("full-path").map(|path| path.into_owned());
        }
        Ok(())
    }
}

/// The parts that are encrypted. Fonts often are, in a way that hides nothing; chapters are where books are protected.
struct Secrets {
    names: Vec<String>,
}

impl Handler for Secrets {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        if tag.local() == "CipherReference"
            && let Some(name) = tag.attribute("URI")
        {
            self.names.push(package::decoded(&name));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
