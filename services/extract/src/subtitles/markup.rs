//! The tags in a line of subtitles, taken out. They set type, colour and place, and cut no word.
//!
//! Knows one line; a tag that its line does not end is text in SubRip's format, where nothing is certain.

use std::borrow::Cow;

/// Whose tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `<i>`, `<font color=red>`, and `{\an8}`, `\N` and `\h` of SubStation, which players understand here too.
    Srt,
    /// `<c.loud>`, `<v Mary>`, `<00:00:01.000>`.
    Vtt,
}

/// The line as a viewer reads it, with character references resolved.
pub(super) fn plain(line: &str, dialect: Dialect) -> Cow<'_, str> {
    let bare = without_tags(line, dialect);
    if !bare.contains('&') {
        return bare;
    }
    Cow::Owned(htmlize::unescape(bare.as_ref()).into_owned())
}

fn without_tags(line: &str, dialect: Dialect) -> Cow<'_, str> {
    if memchr::memchr3(b'<', b'{', b'\\', line.as_bytes()).is_none() {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    // Where no end is left, looking for it again at every start would take time by the square.
    let (mut angles, mut braces) = (true, dialect == Dialect::Srt);
    while let Some(at) = memchr::memchr3(b'<', b'{', b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let behind = match rest.as_bytes()[0] {
            b'<' if angles && is_tag(rest, dialect) => end_of(rest, b'>', &mut angles),
            b'{' if braces && rest.starts_with("{\\") => end_of(rest, b'}', &mut braces),
            b'\\' if dialect == Dialect::Srt => escape(rest, &mut text),
            _ => None,
        };
        let length = behind.unwrap_or(1);
        if behind.is_none() {
            text.push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// How long the tag is that starts here; `false` in `any` once there is no end to be found.
fn end_of(rest: &str, end: u8, any: &mut bool) -> Option<usize> {
    let found = memchr::memchr(end, rest.as_bytes());
    *any = found.is_some();
    found.map(|at| at + 1)
}

/// SubStation's line break and hard space.
fn escape(rest: &str, text: &mut String) -> Option<usize> {
    match rest.as_bytes().get(1) {
        Some(b'N' | b'n') => text.push('\n'),
        Some(b'h') => text.push('\u{A0}'),
        _ => return None,
    }
    Some(2)
}

/// In WebVTT every `<` begins a tag; in SubRip's format only what looks like one of HTML.
fn is_tag(rest: &str, dialect: Dialect) -> bool {
    let name = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
    dialect == Dialect::Vtt || name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
}
