//! Reads the relationships of an Office Open XML package: which part refers to which, and as what.

use crate::error::ExtractError;
use crate::limits::Limits;
use crate::xml::{DecodingStats, XmlHandler, XmlTag};
use crate::xml_package::read_part;
use crate::zip_reader::{ZipReader, resolve};

/// A reference from one part to another.
pub(super) struct Relationship {
    /// The last segment of the relationship type, such as `header` or `footnotes`. Both editions of the standard share
    /// it.
    pub(super) kind: String,
    /// The name of the part that is referred to.
    pub(super) target: String,
}

/// Reads the relationships of the part `of` from the part `part`; empty if that part does not exist.
pub(super) fn relationships(
    archive: &mut ZipReader<'_>,
    part: &str,
    of: &str,
    limits: Limits,
    stats: &mut DecodingStats,
) -> Result<Vec<Relationship>, ExtractError> {
    let mut found = RelationshipHandler { of, all: Vec::new() };
    read_part(archive, part.trim_start_matches('/'), limits, stats, &mut found)?;
    Ok(found.all)
}

struct RelationshipHandler<'a> {
    of: &'a str,
    all: Vec<Relationship>,
}

impl XmlHandler for RelationshipHandler<'_> {
    fn start_element(&mut self, tag: &XmlTag<'_>) -> Result<(), ExtractError> {
        if tag.local_name() != "Relationship" || tag.attribute_is("TargetMode", "External") {
            return Ok(());
        }
        let (Some(kind), Some(target)) = (tag.attribute("Type"), tag.attribute("Target")) else {
            return Ok(());
        };
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        let target = resolve(self.of, &target);
        // A part that is referenced twice must be counted once.
        if !self.all.iter().any(|known| known.target == target) {
            self.all.push(Relationship { kind, target });
        }
        Ok(())
    }
}
