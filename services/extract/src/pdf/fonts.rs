//! Maps the codes of fonts to characters and advance widths.
//!
//! `hayro-font` reads each simple font once per document, `composite_font` the others, and each code is looked up once.
//! After that, a code of one or two bytes is a table access. No outlines are drawn.

use std::collections::HashMap;
use std::sync::Arc;

use hayro_cmap::BfString;
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontResolverFn, GlyphId};
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro_syntax::page::Resources;

use super::composite_font::CompositeFont;
use super::content_stream::decoded;
use super::pdf_doc_encoding;

/// What a character map and a font program may decompress to, in bytes, and all of a document together.
const MAX_MAP_BYTES: usize = 4 << 20;
const MAX_PROGRAM_BYTES: usize = 64 << 20;
const MAX_ALL_BYTES: usize = 256 << 20;
/// A compressed stream below this size cannot exceed the others: Flate compresses at most a thousandfold.
const MIN_MEASURED_BYTES: usize = 4 * 1024;
/// Simple fonts have codes of one byte. `hayro-font` makes a list as long as the first code that a font states.
const MAX_FIRST_CODE: f64 = 255.0;

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
    /// What the streams of all fonts decompress to, as far as they were measured.
    bytes: usize,
    fonts: Vec<FontDecoder<'a>>,
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Self {
            cache: FontCache::new(),
            files: Arc::new(|_| Some((Arc::new(EMPTY), 0))),
            maps: Arc::new(hayro_cmap::load_embedded),
            known: HashMap::new(),
            bytes: 0,
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
        let number = self.reader(dictionary).map(|(reader, dictionary)| {
            self.fonts.push(FontDecoder::new(reader, dictionary));
            self.fonts.len() - 1
        });
        self.known.insert(address, number);
        number
    }

    /// The reader of a font, unless the font would cost more than it can show.
    fn reader(&mut self, dictionary: Dict<'a>) -> Option<(FontReader<'a>, Dict<'a>)> {
        if dictionary.get::<Name<'_>>(b"Subtype").is_some_and(|kind| *kind == *b"Type0") {
            if !self.affords(&dictionary, &[b"ToUnicode", b"Encoding"], MAX_MAP_BYTES) {
                return None;
            }
            let font = CompositeFont::new(dictionary.clone(), Arc::clone(&self.maps), MAX_MAP_BYTES)?;
            return Some((FontReader::Composite(font), dictionary));
        }
        let descriptor = dictionary.get::<Dict<'_>>(b"FontDescriptor").unwrap_or_default();
        let programs: [&[u8]; 3] = [b"FontFile", b"FontFile2", b"FontFile3"];
        let is_affordable = self.affords(&dictionary, &[b"ToUnicode"], MAX_MAP_BYTES)
            && self.affords(&descriptor, &programs, MAX_PROGRAM_BYTES)
            && dictionary.get::<f64>(b"FirstChar").is_none_or(|first| first <= MAX_FIRST_CODE);
        let font = is_affordable.then(|| self.cache.font(&dictionary, &self.files, &self.maps)).flatten()?;
        Some((FontReader::Simple(font), dictionary))
    }

    /// Whether none of these streams decompresses to more than `max` bytes, nor all of the document to more than they
    /// may.
    fn affords(&mut self, dictionary: &Dict<'_>, keys: &[&[u8]], max: usize) -> bool {
        keys.iter().filter_map(|key| dictionary.get::<Stream<'_>>(*key)).all(|stream| {
            if stream.raw_data().len() < MIN_MEASURED_BYTES {
                return true;
            }
            let bytes = decoded(&stream, max + 1).0.len();
            self.bytes += bytes;
            bytes <= max && self.bytes <= MAX_ALL_BYTES
        })
    }

    pub(super) fn font(&mut self, number: usize) -> &mut FontDecoder<'a> {
        &mut self.fonts[number]
    }
}

/// What explains the codes of a font.
enum FontReader<'a> {
    Simple(Font<'a>),
    Composite(CompositeFont<'a>),
}

/// A font, and a cache of its decoded codes.
pub(super) struct FontDecoder<'a> {
    font: FontReader<'a>,
    dictionary: Dict<'a>,
    /// Whether codes may have more than one byte.
    composite: bool,
    glyphs: Vec<Glyph>,
    /// A cache by first byte (0 for codes of one byte) and second byte: the index in `glyphs` plus one.
    table: Vec<Option<Box<[u32; 256]>>>,
    /// Indexes in `glyphs` by code and length.
    indexes: HashMap<(u32, usize), u32>,
}

impl<'a> FontDecoder<'a> {
    fn new(font: FontReader<'a>, dictionary: Dict<'a>) -> Self {
        let composite = matches!(font, FontReader::Composite(_));
        let table = std::iter::repeat_with(|| None).take(if composite { 256 } else { 1 }).collect();
        Self { font, dictionary, composite, glyphs: Vec::new(), table, indexes: HashMap::new() }
    }

    pub(super) fn is_horizontal(&self) -> bool {
        match &self.font {
            FontReader::Simple(font) => font.is_horizontal(),
            FontReader::Composite(font) => font.is_horizontal(),
        }
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
        let (code, bytes) = match &self.font {
            FontReader::Simple(font) => font.read_code(text, 0),
            FontReader::Composite(font) => font.read_code(text),
        };
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
        let characters = match self.characters(code, bytes) {
            None => GlyphText::Unknown,
            Some(BfString::Char(character)) => GlyphText::One(character),
            Some(BfString::String(several)) => GlyphText::Several(several.into()),
        };
        let thousandths = match &self.font {
            FontReader::Simple(font) if font.is_horizontal() => font.code_advance(code).x,
            FontReader::Simple(font) => font.code_advance(code).y,
            FontReader::Composite(font) => font.advance(code),
        };
        let advance = thousandths / 1000.0;
        Glyph {
            characters,
            advance: if advance.is_finite() { advance } else { 0.0 },
            bytes,
            is_space: code == 32 && bytes == 1,
        }
    }

    fn characters(&mut self, code: u32, bytes: usize) -> Option<BfString> {
        let declared = match &mut self.font {
            FontReader::Composite(font) => return font.characters(code, bytes),
            FontReader::Simple(font) => match font.glyph(GlyphId::NOTDEF, code) {
                FontGlyph::Outline(glyph) => glyph.as_unicode(),
                FontGlyph::Type3(glyph) => glyph.as_unicode(),
            },
        };
        declared.or_else(|| self.guessed(code))
    }

    /// The character of a code that a simple font does not explain.
    fn guessed(&self, code: u32) -> Option<BfString> {
        let is_guessed = self.is_bitmap() || self.is_named_by_number(code);
        let code = u8::try_from(code).ok().filter(|_| is_guessed);
        code.map(|code| BfString::Char(pdf_doc_encoding::character(code)))
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
