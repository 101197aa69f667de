//! The character maps that Adobe publishes for Chinese, Japanese and Korean fonts.
//!
//! An embedded font that names such a collection may lack its own character map. The published maps are compiled in.

use hayro_cmap::{CMap, CMapName, CidFamily};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::{Array, Dict, String as PdfString};

/// The map from CIDs to characters of a composite font's collection; `None` if it is not a published one.
pub(super) fn cids_to_characters(
    font: &Dict<'_>,
    codes_to_cids: &CMap,
    maps: &CMapResolverFn,
) -> Option<CMap> {
    let of_numbers = codes_to_cids.metadata().character_collection.as_ref().map(|named| named.family.clone());
    let family = of_numbers.filter(|family| family.ucs2_cmap().is_some()).or_else(|| named(font))?;
    published(family.ucs2_cmap()?, maps)
}

pub(super) fn published(name: CMapName<'_>, maps: &CMapResolverFn) -> Option<CMap> {
    parsed(maps(name)?, maps)
}

pub(super) fn parsed(map: &[u8], maps: &CMapResolverFn) -> Option<CMap> {
    let maps = maps.clone();
    CMap::parse(map, move |name| maps(name))
}

fn named(font: &Dict<'_>) -> Option<CidFamily> {
    let described = font.get::<Array<'_>>(b"DescendantFonts")?.iter::<Dict<'_>>().next()?;
    let system = described.get::<Dict<'_>>(b"CIDSystemInfo")?;
    let text = |key: &[u8]| system.get::<PdfString<'_>>(key);
    Some(CidFamily::from_registry_ordering(&text(b"Registry")?, &text(b"Ordering")?))
}
