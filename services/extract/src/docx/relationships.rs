//! Which parts of an Office Open XML package belong to which, and as what.

use crate::archive::{Archive, resolve};
use crate::failure::ExtractError;
use crate::limits::Limits;
use crate::office::read_part;
use crate::xml::{Charsets, Handler, Tag};

/// One part that another names.
pub(super) struct Relationship {
    /// The last step of its type: `header`, `footnotes`, the same in both editions of the standard.
    pub(super) kind: String,
    /// The name of the part.
    pub(super) target: String,
}

/// The relationships that the part `part` holds for the part `of`; none where there is no such part.
pub(super) fn relationships(
    archive: &mut Archive<'_>,
    part: &str,
    of: &str,
    limits: Limits,
    charsets: &mut Charsets,
) -> Result<Vec<Relationship>, ExtractError> {
    let mut found = Found { of, all: Vec::new() };
    read_part(archive, part.trim_start_matches('/'), limits, charsets, &mut found)?;
    Ok(found.all)
}

struct Found<'a> {
    of: &'a str,
    all: Vec<Relationship>,
}

impl Handler for Found<'_> {
    fn open(&mut self, tag: &Tag<'_>) -> Result<(), ExtractError> {
        if tag.local() != "Relationship" || tag.says("TargetMode", "External") {
            return Ok(());
        }
        let (Some(kind), Some(target)) = (tag.attribute("Type"), tag.attribute("Target")) else {
            return Ok(());
        };
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        let target = resolve(self.of, &target);
        // Named twice it is still one part, whose words count once.
        if !self.all.iter().any(|known| known.target == target) {
            self.all.push(Relationship { kind, target });
        }
        Ok(())
    }
}
