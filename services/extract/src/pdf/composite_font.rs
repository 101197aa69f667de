//! Composite fonts: codes of several bytes, for text in any script.
//!
//! Only what text needs is read: the encoding, the character maps and the widths. Widths are kept as the ranges in which
//! a document states them, so their number is bounded by its size. The font program itself is not read.

use std::collections::HashMap;

use hayro_cmap::{BfString, CMap, CMapName, WritingMode};
use hayro_font::CMapResolverFn;
use hayro_syntax::object::{Array, Dict, Object, Stream};

use super::character_collection::{cids_to_characters, parsed, published};
use super::content_stream::decoded;

/// A longer text for one code makes the code unknown. The standard allows 512 bytes.
const MAX_CODE_TEXT: usize = 512;

pub(super) struct CompositeFont<'a> {
    dictionary: Dict<'a>,
    maps: CMapResolverFn,
    codes_to_cids: CMap,
    to_unicode: Option<CMap>,
    /// The published map of the font's character collection, looked up when the font does not explain a code.
    collection: Option<Option<CMap>>,
    widths: CidWidths,
}

impl<'a> CompositeFont<'a> {
    /// `None` without a readable encoding. Maps that decompress to more than `max_map` bytes are not read.
    pub(super) fn new(dictionary: Dict<'a>, maps: CMapResolverFn, max_map: usize) -> Option<Self> {
        let map_of = |key: &[u8]| match dictionary.get::<Object<'_>>(key)? {
            Object::Name(name) => match CMapName::from_bytes(&name) {
                CMapName::IdentityH => Some(CMap::identity_h()),
                CMapName::IdentityV => Some(CMap::identity_v()),
                name => published(name, &maps),
            },
            Object::Stream(stream) => parsed(&map_data(&stream, max_map)?, &maps),
            _ => None,
        };
        let codes_to_cids = map_of(b"Encoding")?;
        let to_unicode = map_of(b"ToUnicode");
        let descendant = dictionary.get::<Array<'_>>(b"DescendantFonts")?.iter::<Dict<'_>>().next()?;
        let is_vertical = codes_to_cids.metadata().writing_mode == Some(WritingMode::Vertical);
        let widths =
            if is_vertical { CidWidths::vertical(&descendant) } else { CidWidths::horizontal(&descendant) };
        Some(Self { dictionary, maps, codes_to_cids, to_unicode, collection: None, widths })
    }

    pub(super) fn is_horizontal(&self) -> bool {
        self.codes_to_cids.metadata().writing_mode != Some(WritingMode::Vertical)
    }

    /// The first code in a text and its length: 0 and one byte if no code matches.
    pub(super) fn read_code(&self, text: &[u8]) -> (u32, usize) {
        let mut code = 0;
        for (byte, length) in text.iter().take(4).zip(1..) {
            code = (code << 8) | u32::from(*byte);
            if self.codes_to_cids.lookup_cid_code(code, length).is_some() {
                return (code, usize::from(length));
            }
        }
        (0, 1)
    }

    /// The characters of a code, by the font's own map, otherwise by its published collection.
    pub(super) fn characters(&mut self, code: u32, bytes: usize) -> Option<BfString> {
        let own = self.to_unicode.as_ref().and_then(|map| map.lookup_bf_string(code));
        let found = own.or_else(|| self.published_characters(code, bytes))?;
        match &found {
            BfString::String(text) if text.len() > MAX_CODE_TEXT => None,
            _ => Some(found),
        }
    }

    fn published_characters(&mut self, code: u32, bytes: usize) -> Option<BfString> {
        let cid = self.codes_to_cids.lookup_cid_code(code, u8::try_from(bytes).ok()?)?;
        let collection = self
            .collection
            .get_or_insert_with(|| cids_to_characters(&self.dictionary, &self.codes_to_cids, &self.maps));
        collection.as_ref()?.lookup_bf_string(cid)
    }

    /// How far a code moves the position, in thousandths of the font size.
    pub(super) fn advance(&self, code: u32) -> f64 {
        let cid = (1..=4).find_map(|length| self.codes_to_cids.lookup_cid_code(code, length)).unwrap_or(0);
        f64::from(self.widths.of(cid))
    }
}

/// The bytes of a character map, if it is not too large.
fn map_data(stream: &Stream<'_>, max_map: usize) -> Option<Vec<u8>> {
    let (data, complete) = decoded(stream, max_map);
    (complete && data.len() <= max_map).then_some(data)
}

/// The widths of a font's glyphs, or their heights for vertical text.
#[derive(Debug, Default)]
struct CidWidths {
    single: HashMap<u32, f32>,
    /// First and last CID, and the width of each, sorted by the first.
    ranges: Vec<(u32, u32, f32)>,
    default: f32,
}

impl CidWidths {
    fn horizontal(font: &Dict<'_>) -> Self {
        let mut widths = Self { default: font.get::<f32>(b"DW").unwrap_or(1000.0), ..Self::default() };
        let Some(array) = font.get::<Array<'_>>(b"W") else { return widths };
        let mut entries = array.flex_iter();
        loop {
            if let Some((first, list)) = entries.next::<(u32, Array<'_>)>() {
                widths.single.extend((first..=u32::MAX).zip(list.iter::<f32>()));
            } else if let Some(range) = entries.next::<(u32, u32, f32)>() {
                widths.ranges.push(range);
            } else {
                return widths.sorted();
            }
        }
    }

    fn vertical(font: &Dict<'_>) -> Self {
        let default = font.get::<[f32; 2]>(b"DW2").map_or(-1000.0, |[_, height]| height);
        let mut heights = Self { default, ..Self::default() };
        let Some(array) = font.get::<Array<'_>>(b"W2") else { return heights };
        let mut entries = array.flex_iter();
        loop {
            if let Some((first, list)) = entries.next::<(u32, Array<'_>)>() {
                // Each height is followed by the position of the glyph.
                heights.single.extend((first..=u32::MAX).zip(list.iter::<f32>().step_by(3)));
            } else if let Some((first, last, height, _, _)) = entries.next::<(u32, u32, f32, f32, f32)>() {
                heights.ranges.push((first, last, height));
            } else {
                return heights.sorted();
            }
        }
    }

    fn sorted(mut self) -> Self {
        self.ranges.sort_by_key(|(first, ..)| *first);
        self
    }

    fn of(&self, cid: u32) -> f32 {
        if let Some(width) = self.single.get(&cid) {
            return *width;
        }
        let after = self.ranges.partition_point(|(first, ..)| *first <= cid);
        let range = after.checked_sub(1).map(|before| self.ranges[before]);
        range.filter(|(_, last, _)| *last >= cid).map_or(self.default, |(.., width)| width)
    }
}
