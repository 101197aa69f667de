//! Characters of Chinese, Japanese and Korean fonts by their numbers in Adobe's published collections.
//!
//! A font that is in the document and names such a collection need not say which characters it shows; the maps that
//! tell it are compiled in.

use hayro_cmap::{BfString, CMap, CMapName, CidFamily};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::{Array, Dict, Object, String as PdfString};

/// How a font's codes become numbers, and these characters.
pub(super) struct Collection {
    numbers: CMap,
    characters: CMap,
}

impl Collection {
    /// That of a composite font; `None` if it is of no published one.
    pub(super) fn of_font(font: &Dict<'_>, maps: &CMapResolverFn) -> Option<Self> {
        let numbers = match font.get::<Object<'_>>(b"Encoding")? {
            Object::Name(name) => match CMapName::from_bytes(&name) {
                CMapName::IdentityH => CMap::identity_h(),
                CMapName::IdentityV => CMap::identity_v(),
                name => published(name, maps)?,
            },
            Object::Stream(stream) => parsed(&stream.decoded_data().ok()?, maps)?,
            _ => return None,
        };
        let of_numbers = numbers.metadata().character_collection.as_ref().map(|named| named.family.clone());
        let family = of_numbers.filter(|family| family.ucs2_cmap().is_some()).or_else(|| named(font))?;
        let characters = published(family.ucs2_cmap()?, maps)?;
        Some(Self { numbers, characters })
    }

    /// The character that a code of so many bytes stands for.
    pub(super) fn character(&self, code: u32, bytes: usize) -> Option<BfString> {
        let number = self.numbers.lookup_cid_code(code, u8::try_from(bytes).ok()?)?;
        self.characters.lookup_bf_string(number)
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
