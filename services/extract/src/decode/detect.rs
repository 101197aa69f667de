//! Finds the charset of a document that nobody declared.
//!
//! ASCII is the same in all charsets that are guessed, so it flows through; the first other byte starts a window of
//! bytes that are held back until there are enough to judge by.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8};

/// Bytes that are judged, from the first outside ASCII on.
const WINDOW: usize = 32 * 1024;

/// Of how many characters outside ASCII one may be broken in a text that is still called UTF-8.
const UTF8_PER_ERROR: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Undecided {
    held: Vec<u8>,
    /// How many bytes of the last push went into `held` or through as ASCII.
    taken: usize,
}

impl Undecided {
    /// Takes in bytes: returns those at the start that are the same in every charset, and holds back the others.
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

/// Bytes before the first that a charset may change: one outside ASCII, or the escape that starts ISO-2022-JP.
fn plain_prefix(bytes: &[u8]) -> usize {
    let ascii = Encoding::ascii_valid_up_to(bytes);
    memchr::memchr(0x1B, &bytes[..ascii]).unwrap_or(ascii)
}

/// The likeliest charset of bytes of which at least one is outside ASCII or an escape.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    let ascii = bytes.is_ascii();
    if !ascii && is_mostly_utf8(bytes) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Escapes in ASCII are Japanese mail or a coloured log, and a log goes on in UTF-8.
    if ascii && guess != ISO_2022_JP { UTF_8 } else { guess }
}

/// A few broken bytes in much UTF-8 are damage, not another charset. A character that the window's end cut is fine.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut errors, mut wide) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        errors += usize::from(!chunk.invalid().is_empty());
    }
    let cut_off = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    (cut_off && wide > 0) || errors * UTF8_PER_ERROR <= wide
}
