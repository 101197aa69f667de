//! Removes the tags from a line of subtitles. They set font, colour and position, and do not separate words.
//!
//! In SubRip, a tag that does not end in its line is text.

use std::borrow::Cow;

/// The format that the tags belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagDialect {
    /// `<i>`, `<font color=red>`, and from SubStation `{\an8}`, `\N` and `\h`, which players also accept here.
    Srt,
    /// `<c.loud>`, `<v Mary>`, `<00:00:01.000>`.
    Vtt,
}

/// The line as a viewer reads it, with character references resolved.
pub(super) fn plain_text(line: &str, dialect: TagDialect) -> Cow<'_, str> {
    let bare = without_tags(line, dialect);
    if !bare.contains('&') {
        return bare;
    }
    Cow::Owned(htmlize::unescape(bare.as_ref()).into_owned())
}

fn without_tags(line: &str, dialect: TagDialect) -> Cow<'_, str> {
    if memchr::memchr3(b'<', b'{', b'\\', line.as_bytes()).is_none() {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    // Once no end is left, searching for it at every start would take quadratic time.
    let (mut angles, mut braces) = (true, dialect == TagDialect::Srt);
    while let Some(at) = memchr::memchr3(b'<', b'{', b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let behind = match rest.as_bytes()[0] {
            b'<' if angles && is_tag(rest, dialect) => end_of(rest, b'>', &mut angles),
            b'{' if braces && rest.starts_with("{\\") => end_of(rest, b'}', &mut braces),
            b'\\' if dialect == TagDialect::Srt => escape(rest, &mut text),
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

/// The length of the tag that starts here. Sets `any` to `false` once no end is left.
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

/// In WebVTT every `<` starts a tag; in SubRip only what looks like an HTML tag.
fn is_tag(rest: &str, dialect: TagDialect) -> bool {
    let name = rest[1..].strip_prefix('/').unwrap_or(&rest[1..]);
    dialect == TagDialect::Vtt || name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
}
