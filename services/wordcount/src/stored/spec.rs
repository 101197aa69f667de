//! The options of a count: JSON of what differs from the defaults, nothing at all when nothing does.

use std::borrow::Cow;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tally_count::{Case, Definition};
use tally_extract::Region;

use super::UnreadablePart;
use crate::options::{CountOptions, LanguageTag};

/// What an absent `top` means.
const TOP: usize = 100;

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SpecShape<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    definition: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<usize>,
    #[serde(skip_serializing_if = "is_false")]
    keep_case: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    regions: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    language: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "is_false")]
    why: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ngrams: Option<usize>,
}

/// The bytes to store.
#[must_use]
pub fn write(options: &CountOptions) -> Bytes {
    let shape = SpecShape {
        definition: options.definition.map(|one| one.as_str().into()),
        top: (options.top != TOP).then_some(options.top),
        keep_case: options.case == Case::Keep,
        regions: options.regions.as_ref().map(|some| some.iter().map(|one| one.as_str().into()).collect()),
        language: options.language.as_ref().map(|tag| tag.as_str().into()),
        why: options.why,
        ngrams: (options.ngrams != 0).then_some(options.ngrams),
    };
    if shape == SpecShape::default() {
        return Bytes::new();
    }
    serde_json::to_vec(&shape).expect("text and numbers always serialise").into()
}

/// Reads them back.
pub fn read(spec: &[u8]) -> Result<CountOptions, UnreadablePart> {
    if spec.is_empty() {
        return Ok(CountOptions { top: TOP, ..CountOptions::default() });
    }
    let shape: SpecShape<'_> = serde_json::from_slice(spec)?;
    Ok(CountOptions {
        definition: shape.definition.map(|name| definition(&name)).transpose()?,
        top: shape.top.unwrap_or(TOP),
        case: if shape.keep_case { Case::Keep } else { Case::Fold },
        why: shape.why,
        ngrams: shape.ngrams.unwrap_or(0),
        regions: shape.regions.map(|names| names.iter().map(|name| region(name)).collect()).transpose()?,
        language: shape.language.map(|tag| language(&tag)).transpose()?,
    })
}

/// Reads the name of a definition.
pub(crate) fn definition(name: &str) -> Result<Definition, UnreadablePart> {
    name.parse().map_err(|_| UnreadablePart::Name { what: "definition", name: name.to_owned() })
}

/// Reads the name of a region.
pub(crate) fn region(name: &str) -> Result<Region, UnreadablePart> {
    name.parse().map_err(|_| UnreadablePart::Name { what: "region", name: name.to_owned() })
}

fn language(tag: &str) -> Result<LanguageTag, UnreadablePart> {
    LanguageTag::parse(tag).ok_or_else(|| UnreadablePart::Name { what: "language", name: tag.to_owned() })
}

fn is_false(value: &bool) -> bool {
    !value
}
