//! PDFDocEncoding, the encoding of bytes for which nothing else is declared.

/// The characters from 0x18 that differ from Latin-1.
const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];

/// The characters from 0x80 that differ from Latin-1.
const SIGNS: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ',
    'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', ' ', '€',
];

pub(super) const fn character(byte: u8) -> char {
    match byte {
        0x18..0x20 => ACCENTS[byte as usize - 0x18],
        0x80..=0xA0 => SIGNS[byte as usize - 0x80],
        _ => byte as char,
    }
}
