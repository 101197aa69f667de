//! The title in the document's metadata.

use super::pdf_text_string::decode_text;

const MAX_TITLE_BYTES: usize = 1024;

/// The title as one line; `None` if nothing is left.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let text = decode_text(bytes);
    let words = text.split(|sign: char| sign.is_whitespace() || sign == '\0');
    let mut title = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    title.truncate(title.floor_char_boundary(MAX_TITLE_BYTES));
    (!title.is_empty()).then_some(title)
}
