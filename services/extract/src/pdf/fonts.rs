//! What characters a font's codes stand for, and how far each moves on.
//!
//! Reading a font is `hayro-font`'s. It is done once for a document, and each code is looked up once: after that a
//! code of one or two bytes costs a look into a table. No outline is ever drawn.

use std::collections::HashMap;
use std::sync::Arc;

use hayro_cmap::BfString;
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontResolverFn, GlyphId};
use hayro_syntax::object::{Array, Dict, Name, Object};
use hayro_syntax::page::Resources;

use super::collection::Collection;
use super::latin;

/// A font file without any glyph. The reader of fonts wants one for a font that the document names and does not
/// hold, though neither the characters nor the widths that it then tells come from it.
const EMPTY: &[u8] = &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// The characters that a code stands for.
#[derive(Debug)]
pub(super) enum Characters {
    /// The font does not say.
    Unknown,
    /// Nearly always one.
    One(char),
    /// Several, as a ligature does.
    Several(Box<str>),
}

/// What a code shows.
#[derive(Debug)]
pub(super) struct Glyph {
    pub(super) characters: Characters,
    /// How far it moves on in the direction of writing, in parts of the type's size.
    pub(super) advance: f64,
    /// How many bytes the code is long.
    pub(super) bytes: usize,
    /// It is the code that the space between words is added to.
    pub(super) is_space: bool,
}

/// The fonts of a document.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    files: FontResolverFn,
    maps: CMapResolverFn,
    /// By where the font's dictionary is. `None`: it cannot be read.
    known: HashMap<usize, Option<usize>>,
    fonts: Vec<Codes<'a>>,
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

    /// The number of the font that goes by this name; `None` if there is none that can be read.
    pub(super) fn find(&mut self, name: &Name<'_>, resources: &Resources<'a>) -> Option<usize> {
        let dictionary = resources.get_font(name)?;
        let place = dictionary.data().as_ptr().addr();
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let font = self.cache.font(&dictionary, &self.files, &self.maps);
        let number = font.map(|font| {
            self.fonts.push(Codes::new(font, dictionary, Arc::clone(&self.maps)));
            self.fonts.len() - 1
        });
        self.known.insert(place, number);
        number
    }

    /// The font with a number that was found before.
    pub(super) fn font(&mut self, number: usize) -> &mut Codes<'a> {
        &mut self.fonts[number]
    }
}

/// A font, and its codes as far as they were seen.
pub(super) struct Codes<'a> {
    font: Font<'a>,
    dictionary: Dict<'a>,
    maps: CMapResolverFn,
    /// Its codes may be longer than one byte.
    composite: bool,
    /// The published collection that its characters are of, looked for when a code is not explained otherwise.
    collection: Option<Option<Collection>>,
    glyphs: Vec<Glyph>,
    /// By first byte (of those of one byte: 0) and second: one more than the place in `glyphs`.
    table: Vec<Option<Box<[u32; 256]>>>,
    /// By code and length.
    places: HashMap<(u32, usize), u32>,
}

impl<'a> Codes<'a> {
    fn new(font: Font<'a>, dictionary: Dict<'a>, maps: CMapResolverFn) -> Self {
        let composite = dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Type0");
        let table = std::iter::repeat_with(|| None).take(if composite { 256 } else { 1 }).collect();
        let glyphs = Vec::new();
        Self { font, dictionary, maps, composite, collection: None, glyphs, table, places: HashMap::new() }
    }

    pub(super) fn is_horizontal(&self) -> bool {
        self.font.is_horizontal()
    }

    /// What the first code of some text shows, of which there is at least a byte.
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
        let place = known.unwrap_or_else(|| self.look_up(text, cell));
        &self.glyphs[place as usize]
    }

    #[cold]
    fn look_up(&mut self, text: &[u8], cell: Option<(u8, u8)>) -> u32 {
        let (code, bytes) = self.font.read_code(text, 0);
        let bytes = bytes.max(1);
        let place = match self.places.get(&(code, bytes)) {
            Some(place) => *place,
            None => {
                let glyph = self.glyph(code, bytes);
                self.glyphs.push(glyph);
                let place = (self.glyphs.len() - 1) as u32;
                self.places.insert((code, bytes), place);
                place
            }
        };
        // A code of more bytes is not told by two, nor is it by two that there is none.
        let told = bytes <= 2 && (code, bytes) != (0, 1);
        if let Some((row, column)) = cell
            && (told || !self.composite)
        {
            let row = self.table[usize::from(row)].get_or_insert_with(|| Box::new([0; 256]));
            row[usize::from(column)] = place + 1;
        }
        place
    }

    fn glyph(&mut self, code: u32, bytes: usize) -> Glyph {
        let told = match self.font.glyph(GlyphId::NOTDEF, code) {
            FontGlyph::Outline(glyph) => glyph.as_unicode(),
            FontGlyph::Type3(glyph) => glyph.as_unicode(),
        };
        let characters = match told.or_else(|| self.guessed(code, bytes)) {
            None => Characters::Unknown,
            Some(BfString::Char(character)) => Characters::One(character),
            Some(BfString::String(several)) => Characters::Several(several.into()),
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

    /// What a code stands for that the font does not explain.
    fn guessed(&mut self, code: u32, bytes: usize) -> Option<BfString> {
        if !self.composite {
            let guessed = self.is_bitmap() || self.is_named_by_number(code);
            let code = u8::try_from(code).ok().filter(|_| guessed);
            return code.map(|code| BfString::Char(latin::character(code)));
        }
        let collection =
            self.collection.get_or_insert_with(|| Collection::of_font(&self.dictionary, &self.maps));
        collection.as_ref()?.character(code, bytes)
    }

    /// Fonts of bitmaps are seldom more than the codes that some program had for its characters.
    fn is_bitmap(&self) -> bool {
        self.dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Type3")
    }

    /// Whether a code's name is the code itself behind letters: `c65`, `G41`.
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
