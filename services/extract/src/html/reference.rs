//! A character reference, collected until it is complete.
//!
//! Bounded: the longest name has 33 bytes and leading zeros of numbers are not kept. What a reference stands for is
//! looked up by `htmlize`.

use std::borrow::Cow;

/// More than the longest name has, `;` included.
const LONGEST: usize = 40;

/// `&` and what follows it, as far as it may belong to a reference.
#[derive(Debug, Default)]
pub(super) struct Reference {
    text: String,
}

/// What a byte is to a reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Part of it; more may come.
    More,
    /// Its last.
    Last,
    /// No part of it: it ended before.
    Behind,
}

impl Reference {
    pub(super) fn begin(&mut self) {
        self.text.clear();
        self.text.push('&');
    }

    pub(super) fn push(&mut self, byte: u8) -> Step {
        let numeric = self.text.as_bytes().get(1) == Some(&b'#');
        let belongs = match byte {
            b';' => self.text.len() > 1,
            b'#' => self.text.len() == 1,
            b'x' | b'X' if numeric && self.text.len() == 2 => true,
            _ if numeric => self.is_digit(byte),
            _ => byte.is_ascii_alphanumeric(),
        };
        if !belongs || self.text.len() >= LONGEST {
            return Step::Behind;
        }
        self.keep(byte, numeric);
        if byte == b';' { Step::Last } else { Step::More }
    }

    /// The characters it stands for, or itself if it stands for none.
    pub(super) fn characters(&self) -> Cow<'_, str> {
        if self.text.len() == 1 { Cow::Borrowed("&") } else { htmlize::unescape(self.text.as_str()) }
    }

    fn is_digit(&self, byte: u8) -> bool {
        let hexadecimal = matches!(self.text.as_bytes().get(2), Some(b'x' | b'X'));
        if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() }
    }

    /// Of a number only what it takes to know it: no leading zeros, and no digits once it is too large for any
    /// character.
    fn keep(&mut self, byte: u8, numeric: bool) {
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
    use super::{Reference, Step};

    /// What the text turns into, the rest left as it is.
    fn read(text: &str) -> String {
        let mut reference = Reference::default();
        reference.begin();
        let mut used = 1;
        for byte in text.bytes().skip(1) {
            match reference.push(byte) {
                Step::More => used += 1,
                Step::Last => {
                    used += 1;
                    break;
                }
                Step::Behind => break,
            }
        }
        format!("{}{}", reference.characters(), &text[used..])
    }

    #[test]
    fn references_are_read_as_browsers_do() {
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
    fn long_numbers_take_no_memory() {
        let zeros = "0".repeat(10_000);
        assert_eq!(read(&format!("&#{zeros}65;")), "A");
        assert_eq!(read(&format!("&#x{zeros}41;")), "A");
        assert_eq!(read(&format!("&#{zeros};")), "\u{FFFD}");
        assert_eq!(read(&format!("&#{};", "9".repeat(10_000))), "\u{FFFD}");
    }

    #[test]
    fn a_long_name_is_no_reference() {
        let name = format!("&{};", "x".repeat(100));
        assert_eq!(read(&name), name);
        assert_eq!(read(&format!("&amp{};", "x".repeat(100))), format!("&{};", "x".repeat(100)));
    }
}
