//! PDFDocEncoding: what a byte stands for where nothing else is said.

/// The characters of PDFDocEncoding that are others than in Latin-1: from 0x18 on,
const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];

/// and from 0x80 on.
const SIGNS: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ',
    'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', ' ', '€',
];

/// The character of a byte.
pub(super) const fn character(byte: u8) -> char {
    match byte {
        0x18..0x20 => ACCENTS[byte as usize - 0x18],
        0x80..=0xA0 => SIGNS[byte as usize - 0x80],
        _ => byte as char,
    }
}
