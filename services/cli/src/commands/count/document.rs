//! Counts one document: pieces in, numbers out.

use tally_extract::{Declared, ExtractError, Extraction, Extractor, Limits};

use super::Plan;
use super::crew::Crew;
use super::input::Input;
use super::parts::Parts;
use super::sum::Sum;
use crate::screen::Progress;

/// What one document came to.
pub(super) struct Counted {
    pub(super) sum: Sum,
    pub(super) extraction: Extraction,
}

/// Why a document could not be counted.
#[derive(Debug)]
pub(super) enum Refused {
    Read(String),
    Extract(ExtractError),
    Defect,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(said) => f.write_str(said),
            Self::Extract(error) => error.fmt(f),
            Self::Defect => f.write_str("counting met a defect in Tally; the message above says where"),
        }
    }
}

pub(super) fn count(
    input: &mut Input,
    plan: &Plan,
    crew: &Crew,
    progress: &Progress,
) -> Result<Counted, Refused> {
    let (content_type, name) = input.declared();
    let declared = Declared { content_type: content_type.as_deref(), name: name.as_deref() };
    // The machine is the caller's own, so the size of a document is his affair; memory stays bounded anyway.
    let limits = Limits { decoded_bytes: u64::MAX, ..Limits::default() };
    let mut extractor = Extractor::new(&declared, limits, Parts::new(plan, crew));
    loop {
        let piece = input.next().map_err(Refused::Read)?;
        if piece.is_empty() {
            break;
        }
        extractor.push(piece).map_err(Refused::Extract)?;
        progress.advance(piece.len() as u64);
    }
    let (extraction, parts) = extractor.finish().map_err(Refused::Extract)?;
    let sum = parts.finish().ok_or(Refused::Defect)?;
    Ok(Counted { sum, extraction })
}
