//! The options of a count: JSON of what differs from the defaults, nothing at all when nothing does.

use bytes::Bytes;
use serde::Serializer;
use serde_json::{Map, Value};
use tally_count::{Case, Definition};
use tally_extract::Region;

use super::UnreadablePart;
use crate::options::CountOptions;

/// The one option that is stored in another form, as it was before it had a name.
const KEEP_CASE: &str = "keep_case";

/// What absent options mean.
const ABSENT: CountOptions = CountOptions {
    definition: None,
    top: 100,
    case: Case::Fold,
    why: false,
    ngrams: 0,
    regions: None,
    language: None,
};

/// The bytes to store.
#[must_use]
pub fn write(options: &CountOptions) -> Bytes {
    let values = CountOptions::TABLE.iter().map(|row| (row.name, (row.get)(options), (row.get)(&ABSENT)));
    let stored = values.filter(|(_, value, absent)| value != absent).map(|(name, value, _)| match name {
        "case" => (KEEP_CASE, true.into()),
        _ => (name, value),
    });
    let stored: Vec<(&str, Value)> = stored.collect();
    if stored.is_empty() {
        return Bytes::new();
    }
    let mut json = Vec::new();
    let written = serde_json::Serializer::new(&mut json).collect_map(stored);
    written.expect("text and numbers always serialise");
    json.into()
}

/// Reads them back.
pub fn read(spec: &[u8]) -> Result<CountOptions, UnreadablePart> {
    let mut options = ABSENT;
    if spec.is_empty() {
        return Ok(options);
    }
    let stored: Map<String, Value> = serde_json::from_slice(spec)?;
    if stored.get(KEEP_CASE) == Some(&true.into()) {
        options.case = Case::Keep;
    }
    for row in CountOptions::TABLE {
        if let Some(value) = stored.get(row.name).filter(|value| !value.is_null()) {
            let name = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let unknown = || UnreadablePart::Name { what: row.name, name: name() };
            (row.set)(&mut options, value).ok_or_else(unknown)?;
        }
    }
    Ok(options)
}

/// Reads the name of a definition.
pub(crate) fn definition(name: &str) -> Result<Definition, UnreadablePart> {
    name.parse().map_err(|_| UnreadablePart::Name { what: "definition", name: name.to_owned() })
}

/// Reads the name of a region.
pub(crate) fn region(name: &str) -> Result<Region, UnreadablePart> {
    name.parse().map_err(|_| UnreadablePart::Name { what: "region", name: name.to_owned() })
}
