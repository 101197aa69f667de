//! Maps the codes of fonts to characters and advance widths.
//!
//! `hayro-font` reads each font once per document, and each code is looked up once. After that, a code of one or two
//! bytes is a table access. No outlines are drawn.

use std::collections::HashMap;
use std::sync::Arc;

use hayro_cmap::BfString;
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontResolverFn, GlyphId};
use hayro_syntax::object::{Array, Dict, Name, Object};
use hayro_syntax::page::Resources;

use super::character_collection::CharacterCollection;
use super::pdf_doc_encoding;

/// A font file without glyphs. `hayro-font` requires a file for a font that is not embedded, although it takes neither
/// characters nor widths from it.
const EMPTY: &[u8] = &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// The characters that a code stands for.
#[derive(Debug)]
pub(super) enum GlyphText {
    /// The font does not say.
    Unknown,
    /// The usual case.
    One(char),
    /// Several characters, as for a ligature.
    Several(Box<str>),
}

/// What a code shows.
#[derive(Debug)]
pub(super) struct Glyph {
    pub(super) characters: GlyphText,
    /// How far it moves the position, in units of the font size.
    pub(super) advance: f64,
    /// The length of the code in bytes.
    pub(super) bytes: usize,
    /// Whether word spacing applies to it.
    pub(super) is_space: bool,
}

/// The fonts of a document.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    files: FontResolverFn,
    maps: CMapResolverFn,
    /// Font numbers by the address of the font's dictionary. `None`: the font cannot be read.
    known: HashMap<usize, Option<usize>>,
    fonts: Vec<FontDecoder<'a>>,
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Self {
            cache: FontCache::new(),
            files: Arc::new(|_| Some((Arc::new(EMPTY), 0))),
            maps: Arc::new(hayro_cmap::load_embedded),
            known: HashMap::new(),
            fonts: Vec::new(),
        }
    }

    /// The number of the font with this name; `None` if it does not exist or cannot be read.
    pub(super) fn find(&mut self, name: &Name<'_>, resources: &Resources<'a>) -> Option<usize> {
        let dictionary = resources.get_font(name)?;
        let address = dictionary.data().as_ptr().addr();
        if let Some(known) = self.known.get(&address) {
            return *known;
        }
        let font = self.cache.font(&dictionary, &self.files, &self.maps);
        let number = font.map(|font| {
            self.fonts.push(FontDecoder::new(font, dictionary, Arc::clone(&self.maps)));
            self.fonts.len() - 1
        });
        self.known.insert(address, number);
        number
    }

    pub(super) fn font(&mut self, number: usize) -> &mut FontDecoder<'a> {
        &mut self.fonts[number]
    }
}

/// A font, and a cache of its decoded codes.
pub(super) struct FontDecoder<'a> {
    font: Font<'a>,
    dictionary: Dict<'a>,
    maps: CMapResolverFn,
    /// Whether codes may have more than one byte.
    composite: bool,
    /// The published collection of the font, looked up when the font does not explain a code.
    collection: Option<Option<CharacterCollection>>,
    glyphs: Vec<Glyph>,
    /// A cache by first byte (0 for codes of one byte) and second byte: the index in `glyphs` plus one.
    table: Vec<Option<Box<[u32; 256]>>>,
    /// Indexes in `glyphs` by code and length.
    indexes: HashMap<(u32, usize), u32>,
}

impl<'a> FontDecoder<'a> {
    fn new(font: Font<'a>, dictionary: Dict<'a>, maps: CMapResolverFn) -> Self {
        let composite = dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Type0");
        let table = std::iter::repeat_with(|| None).take(if composite { 256 } else { 1 }).collect();
        let glyphs = Vec::new();
        Self { font, dictionary, maps, composite, collection: None, glyphs, table, indexes: HashMap::new() }
    }

    pub(super) fn is_horizontal(&self) -> bool {
        self.font.is_horizontal()
    }

    /// The glyph of the first code in `text`, which must not be empty.
    #[inline]
    pub(super) fn first(&mut self, text: &[u8]) -> &Glyph {
        let cell = match *text {
            [column, ..] if !self.composite => Some((0, column)),
            [row, column, ..] => Some((row, column)),
            _ => None,
        };
        let known = cell.and_then(|(row, column)| {
            let row = self.table[usize::from(row)].as_ref()?;
            row[usize::from(column)].checked_sub(1)
        });
        let index = known.unwrap_or_else(|| self.look_up(text, cell));
        &self.glyphs[index as usize]
    }

    #[cold]
    fn look_up(&mut self, text: &[u8], cell: Option<(u8, u8)>) -> u32 {
        let (code, bytes) = self.font.read_code(text, 0);
        let bytes = bytes.max(1);
        let index = match self.indexes.get(&(code, bytes)) {
            Some(index) => *index,
            None => {
                let glyph = self.glyph(code, bytes);
                self.glyphs.push(glyph);
                let index = (self.glyphs.len() - 1) as u32;
                self.indexes.insert((code, bytes), index);
                index
            }
        };
        // Codes longer than two bytes cannot be cached in the two-byte table, nor can (0, 1), which means that no code
        // matched.
        let cacheable = bytes <= 2 && (code, bytes) != (0, 1);
        if let Some((row, column)) = cell
            && (cacheable || !self.composite)
        {
            let row = self.table[usize::from(row)].get_or_insert_with(|| Box::new([0; 256]));
            row[usize::from(column)] = index + 1;
        }
        index
    }

    fn glyph(&mut self, code: u32, bytes: usize) -> Glyph {
        let declared = match self.font.glyph(GlyphId::NOTDEF, code) {
            FontGlyph::Outline(glyph) => glyph.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let characters = match declared.or_else(|| self.fallback(code, bytes)) {
            None => GlyphText::Unknown,
            Some(BfString::Char(character)) => GlyphText::One(character),
            Some(BfString::String(several)) => GlyphText::Several(several.into()),
        };
        let advance = self.font.code_advance(code);
        let thousandths = if self.is_horizontal() { advance.x } else { advance.y };
        let advance = thousandths / 1000.0;
        Glyph {
            characters,
            advance: if advance.is_finite() { advance } else { 0.0 },
            bytes,
            is_space: code == 32 && bytes == 1,
        }
    }

    /// The character of a code that the font does not explain.
    fn fallback(&mut self, code: u32, bytes: usize) -> Option<BfString> {
        if !self.composite {
            let guessed = self.is_bitmap() || self.is_named_by_number(code);
            let code = u8::try_from(code).ok().filter(|_| guessed);
            return code.map(|code| BfString::Char(pdf_doc_encoding::character(code)));
        }
        let collection =
            self.collection.get_or_insert_with(|| CharacterCollection::of_font(&self.dictionary, &self.maps));
        collection.as_ref()?.character(code, bytes)
    }

    /// The codes of bitmap fonts are mostly the character codes of the program that made them.
    fn is_bitmap(&self) -> bool {
        self.dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Type3")
    }

    /// Whether the code's glyph name is the code itself after letters, such as `c65` or `G41`.
    fn is_named_by_number(&self, code: u32) -> bool {
        let encoding = self.dictionary.get::<Dict<'_>>(b"Encoding");
        let names = encoding.and_then(|encoding| encoding.get::<Array<'_>>(b"Differences"));
        let mut next = 0;
        for entry in names.iter().flat_map(|names| names.iter::<Object<'_>>()) {
            match entry {
                Object::Number(number) => next = number.as_i64(),
                Object::Name(name) => {
                    if next == i64::from(code) {
                        let digits =
                            name.as_str().trim_start_matches(|sign: char| sign.is_ascii_alphabetic());
                        return [10, 16]
                            .into_iter()
                            .any(|base| u32::from_str_radix(digits, base) == Ok(code));
                    }
                    next = next.saturating_add(1);
                }
                _ => {}
            }
        }
        false
    }
}
