//! The title in the document's metadata, in one of three encodings.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::pdf_doc_encoding::character;

const MAX_TITLE_BYTES: usize = 1024;

/// The title as one line; `None` if nothing is left.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let text = decode_text(bytes);
    let words = text.split(|sign: char| sign.is_whitespace() || sign == '\0');
    let mut title = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    title.truncate(title.floor_char_boundary(MAX_TITLE_BYTES));
    (!title.is_empty()).then_some(title)
}

fn decode_text(bytes: &[u8]) -> String {
    for (mark, encoding) in
        [(&[0xFE, 0xFF][..], UTF_16BE), (&[0xFF, 0xFE], UTF_16LE), (&[0xEF, 0xBB, 0xBF], UTF_8)]
    {
        if let Some(text) = bytes.strip_prefix(mark) {
            return encoding.decode_without_bom_handling(text).0.into_owned();
        }
    }
    bytes.iter().map(|byte| character(*byte)).collect()
}
