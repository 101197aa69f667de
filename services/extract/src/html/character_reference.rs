//! Collects a character reference until it is complete.
//!
//! Memory is bounded: the longest name has 33 bytes, and leading zeros of numbers are dropped. `htmlize` looks up the
//! characters.

use std::borrow::Cow;

/// Longer than the longest name with its `;`.
const MAX_BYTES: usize = 40;

/// `&` and the bytes after it that may belong to the reference.
#[derive(Debug, Default)]
pub(super) struct CharacterReference {
    text: String,
}

/// What a byte is to the reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReferenceStep {
    More,
    Last,
    /// Not part of the reference, which ended before it.
    After,
}

impl CharacterReference {
    pub(super) fn begin(&mut self) {
        self.text.clear();
        self.text.push('&');
    }

    pub(super) fn push(&mut self, byte: u8) -> ReferenceStep {
        let numeric = self.text.as_bytes().get(1) == Some(&b'#');
        let belongs = match byte {
            b';' => self.text.len() > 1,
            b'#' => self.text.len() == 1,
            b'x' | b'X' if numeric && self.text.len() == 2 => true,
            _ if numeric => self.is_digit(byte),
            _ => byte.is_ascii_alphanumeric(),
        };
        if !belongs || self.text.len() >= MAX_BYTES {
            return ReferenceStep::After;
        }
        self.append(byte, numeric);
        if byte == b';' { ReferenceStep::Last } else { ReferenceStep::More }
    }

    /// The characters that the reference stands for, or the reference itself if there are none.
    pub(super) fn characters(&self) -> Cow<'_, str> {
        if self.text.len() == 1 { Cow::Borrowed("&") } else { htmlize::unescape(self.text.as_str()) }
    }

    /// The name of an entity that HTML does not define.
    pub(super) fn entity(&self) -> Option<&str> {
        let name = self.text.strip_prefix('&')?.strip_suffix(';')?;
        let is_number = name.is_empty() || name.starts_with('#');
        (!is_number && self.characters() == self.text).then_some(name)
    }

    fn is_digit(&self, byte: u8) -> bool {
        let hexadecimal = matches!(self.text.as_bytes().get(2), Some(b'x' | b'X'));
        if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() }
    }

    /// Adds a byte. Of a number it keeps only what decides the result: no leading zeros, and no digits once the value
    /// exceeds every code point.
    fn append(&mut self, byte: u8, numeric: bool) {
        const TOO_LARGE: usize = 12;
        let start = if matches!(self.text.as_bytes().get(2), Some(b'x' | b'X')) { 3 } else { 2 };
        let is_digit = numeric && byte != b';' && byte.is_ascii_hexdigit();
        if is_digit && self.text.len() >= start + TOO_LARGE {
            return;
        }
        if is_digit && self.text.len() == start + 1 && self.text.ends_with('0') {
            self.text.pop();
        }
        self.text.push(char::from(byte));
    }
}

#[cfg(test)]
mod tests {
    use super::{CharacterReference, ReferenceStep};

    /// The text with its leading reference resolved.
    fn read(text: &str) -> String {
        let mut reference = CharacterReference::default();
        reference.begin();
        let mut used = 1;
        for byte in text.bytes().skip(1) {
            match reference.push(byte) {
                ReferenceStep::More => used += 1,
                ReferenceStep::Last => {
                    used += 1;
                    break;
                }
                ReferenceStep::After => break,
            }
        }
        format!("{}{}", reference.characters(), &text[used..])
    }

    #[test]
    fn resolves_references_as_browsers_do() {
        for (text, expected) in [
            ("&amp;", "&"),
            ("&amp", "&"),
            ("&ampere", "&ere"),
            ("&notit;", "¬it;"),
            ("&notin;", "∉"),
            ("&eacute;t&", "ét&"),
            ("&CounterClockwiseContourIntegral;", "∳"),
            ("&bogus;", "&bogus;"),
            ("&;", "&;"),
            ("& x", "& x"),
            ("&#65;", "A"),
            ("&#65x", "Ax"),
            ("&#x41;", "A"),
            ("&#X4a", "J"),
            ("&#x;", "&#x;"),
            ("&#;", "&#;"),
            ("&#x80;", "€"),
            ("&#0;", "\u{FFFD}"),
            ("&#xD800;", "\u{FFFD}"),
            ("&#1114112;", "\u{FFFD}"),
            ("&#x110000;", "\u{FFFD}"),
            ("&#128512;", "😀"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn resolves_very_long_numbers() {
        let zeros = "0".repeat(10_000);
        assert_eq!(read(&format!("&#{zeros}65;")), "A");
        assert_eq!(read(&format!("&#x{zeros}41;")), "A");
        assert_eq!(read(&format!("&#{zeros};")), "\u{FFFD}");
        assert_eq!(read(&format!("&#{};", "9".repeat(10_000))), "\u{FFFD}");
    }

    #[test]
    fn overlong_names_are_not_references() {
        let name = format!("&{};", "x".repeat(100));
        assert_eq!(read(&name), name);
        assert_eq!(read(&format!("&amp{};", "x".repeat(100))), format!("&{};", "x".repeat(100)));
    }
}
