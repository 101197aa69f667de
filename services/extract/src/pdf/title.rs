//! The title that a document gives itself, from bytes in one of three encodings.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::latin::character;

/// A title is kept up to this many bytes.
const KEPT: usize = 1024;

/// One line, without what is no text; `None` if nothing is left.
pub(super) fn of(bytes: &[u8]) -> Option<String> {
    let text = decoded(bytes);
    let words = text.split(|sign: char| sign.is_whitespace() || sign == '\0');
    let mut title = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    title.truncate(title.floor_char_boundary(KEPT));
    (!title.is_empty()).then_some(title)
}

fn decoded(bytes: &[u8]) -> String {
    for (mark, encoding) in
        [(&[0xFE, 0xFF][..], UTF_16BE), (&[0xFF, 0xFE], UTF_16LE), (&[0xEF, 0xBB, 0xBF], UTF_8)]
    {
        if let Some(text) = bytes.strip_prefix(mark) {
            return encoding.decode_without_bom_handling(text).0.into_owned();
        }
    }
    bytes.iter().map(|byte| character(*byte)).collect()
}
