//! The content stream of a page or form: its operators, decompressed, and whether all are there.
//!
//! The parser silently returns what it can of a damaged stream. So Flate, which nearly all documents use, is
//! decompressed here, up to its end marker.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

/// Added after the last operator. The parser ends in the same way after the last operator and before an unreadable one.
pub(super) const END_MARKER: &[u8] = b"Tally.End";

/// Filters that may expand what they read sixtyfold and more.
const EXPANDING: [Filter; 3] = [Filter::FlateDecode, Filter::LzwDecode, Filter::RunLengthDecode];

/// All filters but those of pictures, which no text has.
const TEXT_FILTERS: [Filter; 6] = [
    Filter::AsciiHexDecode,
    Filter::Ascii85Decode,
    Filter::RunLengthDecode,
    Filter::Crypt,
    Filter::FlateDecode,
    Filter::LzwDecode,
];

/// Operators, followed by [`END_MARKER`].
pub(super) struct ContentStream {
    pub(super) bytes: Vec<u8>,
    /// Whether nothing is missing.
    pub(super) complete: bool,
    /// How many bytes are read.
    max: usize,
}

impl ContentStream {
    /// The content of a page: one stream, or several that are concatenated, up to `max` bytes.
    pub(super) fn of_page(page: &Dict<'_>, max: usize) -> Self {
        let mut contents = Self { bytes: Vec::new(), complete: true, max };
        match page.get::<Object<'_>>(b"Contents") {
            Some(Object::Stream(stream)) => contents.add(&stream),
            Some(Object::Array(streams)) => contents.add_all(&streams),
            Some(Object::Null(_)) => {}
            Some(_) => contents.complete = false,
            None => contents.complete = !page.contains_key(b"Contents"),
        }
        contents.finished()
    }

    pub(super) fn of_form(form: &Stream<'_>, max: usize) -> Self {
        let mut contents = Self { bytes: Vec::new(), complete: true, max };
        contents.add(form);
        contents.finished()
    }

    fn add_all(&mut self, streams: &Array<'_>) {
        // `iter` skips what cannot be resolved.
        let named = streams.raw_iter().count();
        let mut resolved = 0;
        for stream in streams.iter::<Object<'_>>() {
            resolved += 1;
            match stream {
                Object::Stream(stream) => self.add(&stream),
                _ => self.complete = false,
            }
        }
        self.complete &= resolved == named;
    }

    fn add(&mut self, stream: &Stream<'_>) {
        let (data, complete) = decoded(stream, self.max.saturating_sub(self.bytes.len()));
        self.complete &= complete;
        if self.bytes.is_empty() {
            self.bytes = data;
        } else {
            self.bytes.extend_from_slice(&data);
        }
        // Two streams are separate, even in the middle of a word.
        self.bytes.push(b'\n');
    }

    fn finished(mut self) -> Self {
        self.bytes.extend_from_slice(END_MARKER);
        self
    }
}

/// The decompressed data of a stream, up to `max` bytes, and whether that is everything.
pub(super) fn decoded(stream: &Stream<'_>, max: usize) -> (Vec<u8>, bool) {
    let filters = stream.filters();
    let known = filters.len() == named_filters(stream.dict());
    if filters[..] == [Filter::FlateDecode] && !has_parameters(stream.dict()) {
        let mut data = Vec::new();
        let complete = inflate(&stream.raw_data(), &mut data, max);
        return (data, complete && known);
    }
    // The parser decompresses without a limit, so what Flate expands is measured before.
    let is_flate = filters.first().is_some_and(|filter| *filter == Filter::FlateDecode);
    let mut measured = Vec::new();
    if is_flate {
        inflate(&stream.raw_data(), &mut measured, max);
    }
    let expansions = filters.iter().filter(|filter| EXPANDING.contains(filter)).count();
    let is_picture = filters.iter().any(|filter| !TEXT_FILTERS.contains(filter));
    if measured.len() > max || expansions > 1 || is_picture {
        return (Vec::new(), false);
    }
    match stream.decoded_data() {
        Ok(data) => (data[..data.len().min(max)].to_vec(), known && data.len() <= max),
        Err(_) => (Vec::new(), false),
    }
}

/// How many filters a stream names. The parser's own list leaves out unknown ones.
fn named_filters(stream: &Dict<'_>) -> usize {
    match stream.get::<Object<'_>>(b"Filter") {
        Some(Object::Name(_)) => 1,
        Some(Object::Array(names)) => names.iter::<Name<'_>>().count(),
        _ => 0,
    }
}

/// Whether a predictor or the like was applied before compression.
fn has_parameters(stream: &Dict<'_>) -> bool {
    [&b"DecodeParms"[..], b"DP"].into_iter().any(|key| stream.contains_key(key))
}

/// Decompresses as much as possible, until the output is longer than `max`. Returns whether that is everything. The
/// checksum is not checked, because many documents lack it.
fn inflate(compressed: &[u8], output: &mut Vec<u8>, max: usize) -> bool {
    let headed = compressed.len() >= 2
        && compressed[0] & 0x0F == 8
        && u16::from_be_bytes([compressed[0], compressed[1]]).is_multiple_of(31);
    let mut rest = if headed { &compressed[2..] } else { compressed };
    let mut inflater = Decompress::new(false);
    loop {
        output.reserve(rest.len().saturating_mul(4).clamp(4 * 1024, 1024 * 1024));
        if output.len() > max {
            return false;
        }
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress_vec(rest, output, FlushDecompress::None);
        rest = &rest[(inflater.total_in() - before.0) as usize..];
        match status {
            Ok(Status::StreamEnd) => return true,
            Ok(_) if before != (inflater.total_in(), inflater.total_out()) => {}
            _ => return false,
        }
    }
}
