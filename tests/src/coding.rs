//! gzip for bodies that tests send and pages that they serve.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// The bytes in gzip.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes every byte")
}

/// The bytes that were compressed. Panics if the input is not gzip.
#[must_use]
pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut plain).expect("this is gzip");
    plain
}

/// A body of this many equal letters, compressed to a thousandth of their size.
#[must_use]
pub fn bomb(bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = [b'a'; 65_536];
    let mut left = bytes;
    while left > 0 {
        let part = left.min(block.len());
        encoder.write_all(&block[..part]).expect("memory takes every byte");
        left -= part;
    }
    encoder.finish().expect("memory takes every byte")
}
