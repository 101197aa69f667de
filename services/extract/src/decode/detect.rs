//! Detects the charset of a document that declares none.
//!
//! All candidate charsets agree on ASCII, so leading ASCII passes through. The first other byte starts a window of
//! bytes that are held back until the guess is made.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8};

/// How many bytes are examined, from the first byte outside ASCII.
const WINDOW: usize = 32 * 1024;

/// A text counts as UTF-8 if at most one in this many characters outside ASCII is invalid.
const UTF8_PER_ERROR: usize = 10;

#[derive(Debug, Default)]
pub(super) struct CharsetDetector {
    held: Vec<u8>,
    /// How many bytes of the last push were consumed.
    taken: usize,
}

impl CharsetDetector {
    /// Returns the leading bytes that are the same in every charset, and holds back the others up to the window.
    pub(super) fn push<'a>(&mut self, bytes: &'a [u8]) -> &'a str {
        let ascii = if self.held.is_empty() { plain_prefix(bytes) } else { 0 };
        let room = WINDOW - self.held.len();
        let held = &bytes[ascii..];
        let held = &held[..held.len().min(room)];
        self.held.extend_from_slice(held);
        self.taken = ascii + held.len();
        std::str::from_utf8(&bytes[..ascii]).expect("ASCII is UTF-8")
    }

    pub(super) fn is_full(&self) -> bool {
        self.held.len() == WINDOW
    }

    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    pub(super) fn take_held(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

/// The number of bytes before the first that depends on the charset: one outside ASCII, or the ISO-2022-JP escape.
fn plain_prefix(bytes: &[u8]) -> usize {
    let ascii = Encoding::ascii_valid_up_to(bytes);
    memchr::memchr(0x1B, &bytes[..ascii]).unwrap_or(ascii)
}

/// The likeliest charset. `bytes` must contain a byte outside ASCII or an escape.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let ascii = bytes.is_ascii();
    if !ascii && is_mostly_utf8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // ASCII with escapes is either Japanese mail or a log with colours. Such a log continues in UTF-8.
    if ascii && guess != ISO_2022_JP { UTF_8 } else { guess }
}

/// A few invalid bytes in much UTF-8 are damage, not another charset. The window may cut its last character.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut errors, mut wide) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        errors += usize::from(!chunk.invalid().is_empty());
    }
    let cut_off = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    (cut_off && wide > 0) || errors * UTF8_PER_ERROR <= wide
}
