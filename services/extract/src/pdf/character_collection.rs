//! Maps the codes of Chinese, Japanese and Korean fonts to characters through Adobe's published character collections.
//!
//! An embedded font that names such a collection may lack its own character map. The published maps are compiled in.

use hayro_cmap::{BfString, CMap, CMapName, CidFamily};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::{Array, Dict, Object, String as PdfString};

/// Maps character codes to CIDs, and CIDs to characters.
pub(super) struct CharacterCollection {
    codes_to_cids: CMap,
    cids_to_characters: CMap,
}

impl CharacterCollection {
    /// The collection of a composite font; `None` if it is not a published one.
    pub(super) fn of_font(font: &Dict<'_>, maps: &CMapResolverFn) -> Option<Self> {
        let codes_to_cids = match font.get::<Object<'_>>(b"Encoding")? {
            Object::Name(name) => match CMapName::from_bytes(&name) {
                CMapName::IdentityH => CMap::identity_h(),
                CMapName::IdentityV => CMap::identity_v(),
                name => published(name, maps)?,
            },
            Object::Stream(stream) => parsed(&stream.decoded_data().ok()?, maps)?,
            _ => return None,
        };
        let of_numbers =
            codes_to_cids.metadata().character_collection.as_ref().map(|named| named.family.clone());
        let family = of_numbers.filter(|family| family.ucs2_cmap().is_some()).or_else(|| named(font))?;
        let cids_to_characters = published(family.ucs2_cmap()?, maps)?;
        Some(Self { codes_to_cids, cids_to_characters })
    }

    /// The character of a code that has `bytes` bytes.
    pub(super) fn character(&self, code: u32, bytes: usize) -> Option<BfString> {
        let number = self.codes_to_cids.lookup_cid_code(code, u8::try_from(bytes).ok()?)?;
        self.cids_to_characters.lookup_bf_string(number)
    }
}

fn published(name: CMapName<'_>, maps: &CMapResolverFn) -> Option<CMap> {
    parsed(maps(name)?, maps)
}

fn parsed(map: &[u8], maps: &CMapResolverFn) -> Option<CMap> {
    let maps = maps.clone();
    CMap::parse(map, move |name| maps(name))
}

/// The collection that a font names.
fn named(font: &Dict<'_>) -> Option<CidFamily> {
    let described = font.get::<Array<'_>>(b"DescendantFonts")?.iter::<Dict<'_>>().next()?;
    let system = described.get::<Dict<'_>>(b"CIDSystemInfo")?;
    let text = |key: &[u8]| system.get::<PdfString<'_>>(key);
    Some(CidFamily::from_registry_ordering(&text(b"Registry")?, &text(b"Ordering")?))
}
