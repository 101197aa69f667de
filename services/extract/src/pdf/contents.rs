//! What a page or a form draws: its operators, unpacked, and whether they are all there.
//!
//! The parser unpacks as much as it can of a stream that is damaged and does not say so; for the packing that nearly
//! all documents use it is therefore done here, to the sign that ends it. Knows no operators.

use flate2::{Decompress, FlushDecompress, Status};
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

/// Stands after the last operator, since the parser's end is the same after the last and after one it cannot read.
pub(super) const END: &[u8] = b"Tally.End";

/// Operators, with [`END`] after them.
pub(super) struct Contents {
    pub(super) bytes: Vec<u8>,
    /// Nothing is missing.
    pub(super) whole: bool,
}

impl Contents {
    /// Those of a page: one stream, or several that are read as one.
    pub(super) fn of_page(page: &Dict<'_>) -> Self {
        let mut contents = Self { bytes: Vec::new(), whole: true };
        match page.get::<Object<'_>>(b"Contents") {
            Some(Object::Stream(stream)) => contents.add(&stream),
            Some(Object::Array(streams)) => contents.add_all(&streams),
            Some(Object::Null(_)) => {}
            Some(_) => contents.whole = false,
            None => contents.whole = !page.contains_key(b"Contents"),
        }
        contents.finished()
    }

    /// Those of a form.
    pub(super) fn of_form(form: &Stream<'_>) -> Self {
        let mut contents = Self { bytes: Vec::new(), whole: true };
        contents.add(form);
        contents.finished()
    }

    fn add_all(&mut self, streams: &Array<'_>) {
        // What cannot be resolved is passed over by the second.
        let named = streams.raw_iter().count();
        let mut resolved = 0;
        for stream in streams.iter::<Object<'_>>() {
            resolved += 1;
            match stream {
                Object::Stream(stream) => self.add(&stream),
                _ => self.whole = false,
            }
        }
        self.whole &= resolved == named;
    }

    fn add(&mut self, stream: &Stream<'_>) {
        let filters = stream.filters();
        self.whole &= filters.len() == named_filters(stream.dict());
        if filters[..] == [Filter::FlateDecode] && !has_parameters(stream.dict()) {
            self.whole &= inflate(&stream.raw_data(), &mut self.bytes);
        } else {
            match stream.decoded_data() {
                Ok(data) => self.bytes.extend_from_slice(&data),
                Err(_) => self.whole = false,
            }
        }
        // Two streams are apart even in the middle of a word.
        self.bytes.push(b'\n');
    }

    fn finished(mut self) -> Self {
        self.bytes.extend_from_slice(END);
        self
    }
}

/// How many filters a stream names. Those that the parser does not know are left out of its own list.
fn named_filters(stream: &Dict<'_>) -> usize {
    match stream.get::<Object<'_>>(b"Filter") {
        Some(Object::Name(_)) => 1,
        Some(Object::Array(names)) => names.iter::<Name<'_>>().count(),
        _ => 0,
    }
}

/// Whether it was changed in a way of its own before it was packed.
fn has_parameters(stream: &Dict<'_>) -> bool {
    [&b"DecodeParms"[..], b"DP"].into_iter().any(|key| stream.contains_key(key))
}

/// Unpacks as much as can be had, and tells whether that is all. The checksum behind the end is not asked for: many
/// documents lack it.
fn inflate(packed: &[u8], unpacked: &mut Vec<u8>) -> bool {
    let headed = packed.len() >= 2
        && packed[0] & 0x0F == 8
        && u16::from_be_bytes([packed[0], packed[1]]).is_multiple_of(31);
    let mut rest = if headed { &packed[2..] } else { packed };
    let mut inflater = Decompress::new(false);
    loop {
        unpacked.reserve(rest.len().saturating_mul(4).clamp(4 * 1024, 1024 * 1024));
        let before = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress_vec(rest, unpacked, FlushDecompress::None);
        rest = &rest[(inflater.total_in() - before.0) as usize..];
        match status {
            Ok(Status::StreamEnd) => return true,
            Ok(_) if before != (inflater.total_in(), inflater.total_out()) => {}
            _ => return false,
        }
    }
}
