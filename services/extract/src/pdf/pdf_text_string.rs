//! Text outside of pages, such as titles and the values of fields: in one of four encodings.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use super::pdf_doc_encoding::character;

pub(super) fn decode_text(bytes: &[u8]) -> String {
    for (mark, encoding) in
        [(&[0xFE, 0xFF][..], UTF_16BE), (&[0xFF, 0xFE], UTF_16LE), (&[0xEF, 0xBB, 0xBF], UTF_8)]
    {
        if let Some(text) = bytes.strip_prefix(mark) {
            return encoding.decode_without_bom_handling(text).0.into_owned();
        }
    }
    bytes.iter().map(|byte| character(*byte)).collect()
}
