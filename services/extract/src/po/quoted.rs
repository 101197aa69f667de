//! Decodes quoted strings with C escapes.
//!
//! Lenient: an unknown escape stays as it is, and the closing quotation mark may be missing.

use std::borrow::Cow;

/// The characters of a quoted string; empty if it does not start with a quotation mark.
pub(super) fn unquoted(string: &str) -> Cow<'_, str> {
    let Some(inside) = string.strip_prefix('"') else { return Cow::Borrowed("") };
    let end = memchr::memchr2(b'"', b'\\', inside.as_bytes());
    match end {
        None => Cow::Borrowed(inside),
        Some(at) if inside.as_bytes()[at] == b'"' => Cow::Borrowed(&inside[..at]),
        Some(_) => Cow::Owned(unescaped(inside)),
    }
}

fn unescaped(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        if rest.as_bytes()[at] == b'"' {
            return text;
        }
        let mut behind = rest[at + 1..].chars();
        match behind.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(sign @ ('"' | '\\')) => text.push(sign),
            // The bell and other control characters are not text.
            Some('a' | 'b' | 'f' | 'v') => {}
            Some(other) => {
                text.push('\\');
                text.push(other);
            }
            None => text.push('\\'),
        }
        rest = behind.as_str();
    }
    text.push_str(rest);
    text
}
