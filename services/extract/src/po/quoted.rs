//! Decodes quoted strings with C escapes, as the lexer of GNU gettext does.
//!
//! Lenient: an unknown escape stays as it is, and the closing quotation mark may be missing.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use crate::decode::UNDECODED;

/// The characters of quoted strings that follow each other; empty if there is none at the start. Escapes may stand for
/// bytes of the catalogue's charset.
pub(super) fn unquoted<'a>(string: &'a str, charset: &'static Encoding) -> Cow<'a, str> {
    let Some(inside) = string.strip_prefix('"') else { return Cow::Borrowed("") };
    let end = memchr::memchr2(b'"', b'\\', inside.as_bytes());
    match end {
        None => Cow::Borrowed(inside),
        Some(at) if inside[at..].trim_end() == "\"" => Cow::Borrowed(&inside[..at]),
        Some(_) => Cow::Owned(unescaped(inside, charset)),
    }
}

fn unescaped(inside: &str, charset: &'static Encoding) -> String {
    let mut text = EscapedText { text: String::with_capacity(inside.len()), bytes: Vec::new(), charset };
    let mut rest = inside;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        if rest.as_bytes()[at] == b'"' {
            // Another string may follow on the same line.
            match behind.trim_start().strip_prefix('"') {
                Some(next) => rest = next,
                None => return text.finish(),
            }
        } else {
            rest = &behind[text.push_escape(behind)..];
        }
    }
    text.push_str(rest);
    text.finish()
}

/// Text in which some characters were written as the escapes of their bytes.
struct EscapedText {
    text: String,
    /// Bytes outside ASCII that are not yet decoded, because the next escape may continue their character.
    bytes: Vec<u8>,
    charset: &'static Encoding,
}

impl EscapedText {
    fn push_str(&mut self, text: &str) {
        if !text.is_empty() {
            self.decode_bytes();
            self.text.push_str(text);
        }
    }

    fn push_byte(&mut self, byte: u8) {
        match byte {
            // A catalogue cannot contain it: strings end there.
            0 => {}
            1..0x80 => self.push_str(char::from(byte).encode_utf8(&mut [0; 4])),
            0x80.. => self.bytes.push(byte),
        }
    }

    /// Adds what the escape before `behind` stands for. Returns how many bytes of `behind` belong to it.
    fn push_escape(&mut self, behind: &str) -> usize {
        let Some(sign) = behind.chars().next() else {
            self.push_str("\\");
            return 0;
        };
        let byte = match sign {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 0x07,
            'b' => 0x08,
            'v' => 0x0B,
            'f' => 0x0C,
            '"' => b'"',
            '\\' => b'\\',
            '0'..='7' => return self.push_number(&behind[..digits(behind, 8).min(3)], 8),
            'x' if digits(&behind[1..], 16) > 0 => {
                let run = &behind[1..1 + digits(&behind[1..], 16)];
                // As in C, all digits belong to the number. More than a byte is two digits and text after them.
                let fits = run.trim_start_matches('0').len() <= 2;
                return 1 + self.push_number(if fits { run } else { &run[..2] }, 16);
            }
            other => {
                self.push_str("\\");
                self.push_str(other.encode_utf8(&mut [0; 4]));
                return other.len_utf8();
            }
        };
        self.push_byte(byte);
        1
    }

    /// Adds the byte with this number and returns its length. Of octal numbers only the lowest eight bits count.
    fn push_number(&mut self, digits: &str, radix: u32) -> usize {
        self.push_byte(u32::from_str_radix(digits, radix).unwrap_or_default() as u8);
        digits.len()
    }

    /// Bytes that are UTF-8 are so in any catalogue: in other charsets such sequences are not words.
    fn decode_bytes(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let charset = if std::str::from_utf8(&self.bytes).is_ok() { UTF_8 } else { self.charset };
        let (decoded, _) = charset.decode_without_bom_handling(&self.bytes);
        self.text.extend(decoded.chars().map(|c| if c == '\u{FFFD}' { UNDECODED } else { c }));
        self.bytes.clear();
    }

    fn finish(mut self) -> String {
        self.decode_bytes();
        self.text
    }
}

/// How many digits `text` starts with.
fn digits(text: &str, radix: u32) -> usize {
    text.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count()
}
